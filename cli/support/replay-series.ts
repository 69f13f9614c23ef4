/** Plays one series of a CSV file through the change detector: `detect replay --series`. */
import type { MinEffect } from '../../collector/detect/metric-rules.ts';
import { type SeriesChange, SeriesChanges } from '../../collector/detect/series-changes.ts';
import { type CsvFile, csvError, openCsv, placesOf } from './csv-file.ts';

export interface SeriesReplay {
  readonly changes: readonly SeriesChange[];
  /** Rows that were played, and how many of them were timeouts. */
  readonly rows: number;
  readonly timeouts: number;
}

/** What files write for a value that is not there. */
const ABSENT = new Set(['', 'nan', 'null', 'none', 'na', 'n/a', '-', 'inf', 'infinity', '+inf', '-inf']);

/**
 * Plays a file, row after row: the order of the rows is the time, and the first row after the header is 0. What is no number above zero
 * is a timeout. Rejects with a `CliError`, exit code 65, that names what is wrong with the file.
 */
export async function replaySeries(
  path: string,
  column: string,
  options: { readonly minEffect?: MinEffect; readonly better?: 'lower' | 'higher' } = {},
): Promise<SeriesReplay> {
  const file = await openCsv(path);
  const detector = new SeriesChanges(options);
  const changes: SeriesChange[] = [];
  let timeouts = 0;
  for await (const value of valuesOf(file, column)) {
    if (value === undefined) timeouts += 1;
    const change = detector.take(value);
    if (change) changes.push(change);
  }
  return { changes, rows: detector.samples, timeouts };
}

async function* valuesOf(file: CsvFile, column: string): AsyncGenerator<number | undefined> {
  const { [column]: place = 0 } = placesOf(file, [column]);
  let lineBefore = 1;
  for await (const rows of file.rows()) {
    for (const { cells, line } of rows) {
      // In a file of one column a value that is missing is an empty line, which is no row to the reader.
      if (file.columns.length === 1)
        for (let missing = lineBefore + 1; missing < line; missing += 1) yield undefined;
      lineBefore = line;
      yield numberIn(file, column, line, cells[place] ?? '');
    }
  }
}

function numberIn(file: CsvFile, column: string, line: number, cell: string): number | undefined {
  const text = cell.trim();
  if (ABSENT.has(text.toLowerCase())) return undefined;
  const value = Number(text);
  if (Number.isNaN(value))
    throw csvError(
      file.path,
      line,
      `${column} is ${JSON.stringify(text.slice(0, 40))}, which is no number`,
      'a timeout is an empty cell, NaN, 0 or less',
    );
  return value > 0 && Number.isFinite(value) ? value : undefined;
}
