/** A file of a fleet's results through the very detector that runs live. */
import { Detector } from '../../collector/detect/detector.ts';
import { type MinEffect, openRules } from '../../collector/detect/metric-rules.ts';
import { OPEN_SETTINGS } from '../../collector/detect/settings.ts';
import { CliError } from './cli-error.ts';
import { type CsvRow, csvError, openCsv } from './csv-file.ts';
import { countsOf, HistoryReplay, type Replayed } from './history-replay.ts';
import { type ResultRow, ResultRows } from './result-rows.ts';
import { RunJoiner } from './run-joiner.ts';

/** Of so many rows before anything is said of their order. */
const ORDER_ROWS_MIN = 1000;
/** Share of rows that are late from which a file is not in the order of time at all. */
const DISORDER_SHARE = 0.5;

/**
 * Plays a file. `minEffect`: the smallest worsening worth an alarm, of every metric; little by default. Broken rows are left out and
 * counted. Rejects with a `CliError` that names line and column, exit code 65: for a column that is missing, and when every row is broken.
 */
export async function replayResults(path: string, minEffect?: Partial<MinEffect>): Promise<Replayed> {
  const file = await openCsv(path);
  const rows = new ResultRows(file);
  const joiner = new RunJoiner();
  const history = new HistoryReplay(new Detector({ metrics: openRules(minEffect), settings: OPEN_SETTINGS }));
  const broken: CliError[] = [];
  let brokenRows = 0;
  const leaveOut = (error: unknown): void => {
    if (!(error instanceof CliError)) throw error;
    brokenRows += 1;
    if (broken.length === 0) broken.push(error);
  };
  let read = 0;
  for await (const batch of file.rows(leaveOut)) {
    for (const one of batch) {
      const row = readOr(rows, one, leaveOut);
      if (!row) continue;
      for (const run of joiner.take(row)) history.take(run);
      read += 1;
    }
    if (read > ORDER_ROWS_MIN && joiner.late > DISORDER_SHARE * read)
      throw csvError(
        path,
        batch[0]?.line ?? 1,
        'rows are not in the order of ts',
        'sort the file by its column ts',
      );
  }
  const [first] = broken;
  if (first && read === 0) throw first;
  for (const run of joiner.rest()) history.take(run);
  const incidents = history.end();
  const notes = notesOf(read, history.detector, joiner.late, rows.leftOut);
  if (first) notes.push(`${brokenRows} broken rows left out, the first one: ${first.message}`);
  return { incidents, notes, ...(rows.tsOf && { tsOf: rows.tsOf }) };
}

function readOr(rows: ResultRows, row: CsvRow, broken: (error: unknown) => void): ResultRow | undefined {
  try {
    return rows.read(row);
  } catch (error) {
    broken(error);
    return undefined;
  }
}

function notesOf(read: number, { counters }: Detector, late: number, leftOut: readonly string[]): string[] {
  const notes = [`${read} rows`, ...countsOf(counters)];
  if (late > 0) notes.push(`${late} rows came half a minute late or later`);
  if (leftOut.length > 0) notes.push(`no labels, for their many values: ${leftOut.join(', ')}`);
  return notes;
}
