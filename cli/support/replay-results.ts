/** A file of a fleet's results through the very detector that runs live. */
import { Detector } from '../../collector/detect/detector.ts';
import { type MinEffect, openRules } from '../../collector/detect/metric-rules.ts';
import { OPEN_SETTINGS } from '../../collector/detect/settings.ts';
import { csvError, openCsv } from './csv-file.ts';
import { countsOf, HistoryReplay, type Replayed } from './history-replay.ts';
import { ResultRows } from './result-rows.ts';
import { RunJoiner } from './run-joiner.ts';

/** Of so many rows before anything is said of their order. */
const ORDER_ROWS_MIN = 1000;
/** Share of rows that are late from which a file is not in the order of time at all. */
const DISORDER_SHARE = 0.2;

/**
 * Plays a file. `minEffect`: the smallest worsening worth an alarm, of every metric; little by default. Rejects with a `CliError` that
 * names line and column, exit code 65.
 */
export async function replayResults(path: string, minEffect?: Partial<MinEffect>): Promise<Replayed> {
  const file = await openCsv(path);
  const rows = new ResultRows(file);
  const joiner = new RunJoiner();
  const history = new HistoryReplay(new Detector({ metrics: openRules(minEffect), settings: OPEN_SETTINGS }));
  let read = 0;
  for await (const batch of file.rows()) {
    for (const one of batch) {
      for (const run of joiner.take(rows.read(one))) history.take(run);
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
  for (const run of joiner.rest()) history.take(run);
  const incidents = history.end();
  return { incidents, notes: notesOf(read, history.detector, joiner.late, rows.leftOut) };
}

function notesOf(read: number, { counters }: Detector, late: number, leftOut: readonly string[]): string[] {
  const notes = [`${read} rows`, ...countsOf(counters)];
  if (late > 0) notes.push(`${late} rows came half a minute late or later`);
  if (leftOut.length > 0) notes.push(`no labels, for their many values: ${leftOut.join(', ')}`);
  return notes;
}
