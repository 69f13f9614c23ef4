/** Plays one series of a CSV file through the change detector: `detect replay --series`. */

import { HourOfWeek } from '../../collector/detect/hour-of-week.ts';
import { type MinEffect, openRules } from '../../collector/detect/metric-rules.ts';
import { driftOptions, type SeriesChange, SeriesChanges } from '../../collector/detect/series-changes.ts';
import { type CsvFile, csvError, isAbsent, openCsv, placesOf } from './csv-file.ts';
import { instantMs } from './result-rows.ts';

export interface SeriesReplay {
  readonly changes: readonly SeriesChange[];
  /** Rows that were played, and how many of them were timeouts. */
  readonly rows: number;
  readonly timeouts: number;
}

/** What names of columns say that has no timeouts, so that 0 and less are values like any other. */
const NO_TIMES = /ratio|share|percent|_pct|_rate|count|bytes|errors?$|failures|cpu|load|usage|util|temp/i;

export interface SeriesOptions {
  readonly minEffect?: MinEffect;
  /** By the name of the column when absent: lower, but for throughput and its like. */
  readonly better?: 'lower' | 'higher';
  /** The column with the times of the rows, when values are to be judged by what is usual at the hour of the week. */
  readonly time?: string;
  /** Whether to look for what creeps, in place of what jumps. */
  readonly slow?: boolean;
}

/** A row: its value, undefined for a timeout, and its time where that is asked for. */
interface Sample {
  readonly value: number | undefined;
  readonly atMs: number | undefined;
}

/**
 * Plays a file, row after row: the order of the rows is the time, and the first row after the header is 0. What is no number is a
 * timeout, and so is what is not above zero where the column has times. Rejects with a `CliError`, exit code 65, that names what is wrong with the file.
 */
export async function replaySeries(
  path: string,
  column: string,
  { slow = false, time, ...given }: SeriesOptions = {},
): Promise<SeriesReplay> {
  const file = await openCsv(path);
  const better = openRules()(column)?.better === 'higher' ? 'higher' : 'lower';
  const options = { better, ...given } as const;
  const hasTimes = options.better === 'lower' && !NO_TIMES.test(column);
  const detector = new SeriesChanges({
    ...(slow ? driftOptions(options) : options),
    ...(time === undefined ? {} : { season: new HourOfWeek() }),
  });
  const changes: SeriesChange[] = [];
  let timeouts = 0;
  for await (const { atMs, value: read } of samplesOf(file, column, time)) {
    const value = hasTimes && read !== undefined && read <= 0 ? undefined : read;
    if (value === undefined) timeouts += 1;
    const change = detector.take(value, atMs);
    if (change) changes.push(change);
  }
  return { changes, rows: detector.samples, timeouts };
}

async function* samplesOf(file: CsvFile, column: string, time: string | undefined): AsyncGenerator<Sample> {
  const places = placesOf(file, time === undefined ? [column] : [column, time]);
  let lineBefore = 1;
  for await (const rows of file.rows()) {
    for (const { cells, line } of rows) {
      // In a file of one column a value that is missing is an empty line, which is no row to the reader.
      if (file.columns.length === 1)
        for (let missing = lineBefore + 1; missing < line; missing += 1)
          yield { value: undefined, atMs: undefined };
      lineBefore = line;
      const atMs = time === undefined ? undefined : timeIn(file, time, line, cells[places[time] ?? 0] ?? '');
      yield { value: numberIn(file, column, line, cells[places[column] ?? 0] ?? ''), atMs };
    }
  }
}

function timeIn(file: CsvFile, column: string, line: number, cell: string): number {
  const atMs = instantMs(cell.trim());
  if (Number.isNaN(atMs))
    throw csvError(
      file.path,
      line,
      `${column} is ${JSON.stringify(cell.slice(0, 40))}, which is no time`,
      'Unix seconds or milliseconds, or an ISO time',
    );
  return atMs;
}

function numberIn(file: CsvFile, column: string, line: number, cell: string): number | undefined {
  const text = cell.trim();
  if (isAbsent(text)) return undefined;
  const value = Number(text);
  if (Number.isNaN(value))
    throw csvError(
      file.path,
      line,
      `${column} is ${JSON.stringify(text.slice(0, 40))}, which is no number`,
      'a timeout is an empty cell, NaN, 0 or less',
    );
  return Number.isFinite(value) ? value : undefined;
}
