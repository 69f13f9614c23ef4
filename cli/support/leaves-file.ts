/** Files of leaves, `t,<dims…>,<bad>,total`: read as a stream, of which one minute and those before it are kept. */
import type { LeafTable } from '../../collector/detect/leaves/leaf-table.ts';
import { LeafMinutes } from '../../collector/detect/leaves/leaf-table.ts';
import { LEAF_LIMITS, LEAF_SETTINGS } from '../../collector/detect/leaves/settings.ts';
import { CliError } from './cli-error.ts';
import { type CsvFile, type CsvRow, csvError, openCsv } from './csv-file.ts';
import { EXIT } from './exit-codes.ts';
import { instantMs } from './result-rows.ts';

export interface LeavesAt {
  readonly table: LeafTable;
  /** Minutes before that have rows; missing ones are not counted. */
  readonly minutesBefore: number;
  /** Rows of leaves over the limit. */
  readonly leftOut: number;
  /** Rows that are no rows of leaves, and what is wrong with the first. */
  readonly broken: number;
  readonly firstBroken: CliError | undefined;
}

/** What people call the units that went wrong. One of these in another place than the last but one is a column too many. */
const BAD_NAMES = new Set(['bad', 'stalled', 'failed', 'failures', 'errors', 'exceeded']);

const FORM = 'the columns are t, any dimensions, the bad units (bad, stalled, …), total';

/**
 * Reads the leaves at an instant and in the minutes before it. `at` is a number as in the column `t`, or ISO 8601. Broken rows are left
 * out and counted. Rejects with a `CliError` that names file, line and column, exit code 65: for wrong columns, and when every row is
 * broken; for an instant that the file has no rows of, 64.
 */
export async function readLeaves(path: string, at: string): Promise<LeavesAt> {
  const atMs = instantMs(at.trim());
  if (Number.isNaN(atMs))
    throw new CliError(`--at ${at} is no time`, {
      hint: 'a number as in the column t, or 2026-11-21T18:00:00Z',
      exit: EXIT.usage,
    });
  const file = await openCsv(path);
  const dims = dimsOf(file);
  const minutes = new LeafMinutes(dims, atMs, LEAF_SETTINGS.baselineMinutes);
  const seen = new Nearest(atMs);
  const take = rowTaker(file, minutes, seen);
  let whole = 0;
  let broken = 0;
  let firstBroken: CliError | undefined;
  const leaveOut = (error: CliError): void => {
    broken += 1;
    firstBroken ??= error;
  };
  for await (const rows of file.rows(leaveOut)) {
    for (const row of rows) {
      const error = take(row);
      if (error) leaveOut(error);
      else whole += 1;
    }
  }
  if (firstBroken && whole === 0) throw firstBroken;
  if (!minutes.has.now) throw notThere(path, at, seen);
  const { has, leftOut } = minutes;
  return { table: minutes.table(), minutesBefore: has.before, leftOut, broken, firstBroken };
}

/** The dimensions, once every column is known to be what it has to be. */
function dimsOf({ columns, path }: CsvFile): readonly string[] {
  const wrong = (what: string): CliError => csvError(path, 1, what, FORM);
  const [first] = columns;
  if (first !== 't') throw wrong(`the first column is ${first}: column t is missing`);
  const total = columns.indexOf('total');
  if (total < 0) throw wrong(`column total is missing: the last one is ${columns.at(-1)}`);
  if (total < columns.length - 1) throw wrong(`column ${columns[total + 1]} is one too many after total`);
  const bad = columns.findIndex((name, i) => i > 0 && i < total - 1 && BAD_NAMES.has(name.toLowerCase()));
  if (bad > 0) throw wrong(`column ${columns[bad + 1]} is one too many between ${columns[bad]} and total`);
  if (total < 2) throw wrong('the columns of dimensions and of bad units are missing');
  if (total < 3)
    throw wrong(
      BAD_NAMES.has((columns[1] as string).toLowerCase())
        ? `a column with a dimension is missing between t and ${columns[1]}`
        : `the column of bad units is missing between ${columns[1]} and total`,
    );
  if (total - 2 > LEAF_LIMITS.dims.value)
    throw wrong(`${total - 2} dimensions; at most ${LEAF_LIMITS.dims.value} are looked at`);
  return columns.slice(1, -2);
}

/** Takes a row, or says what is wrong with it. */
function rowTaker(file: CsvFile, minutes: LeafMinutes, seen: Nearest): (row: CsvRow) => CliError | undefined {
  const { columns, path } = file;
  const last = columns.length - 1;
  const count = (row: CsvRow, place: number): number => {
    const text = (row.cells[place] as string).trim();
    const value = Number(text);
    return text !== '' && Number.isFinite(value) && value >= 0 ? value : Number.NaN;
  };
  const noCount = (row: CsvRow, place: number): CliError => {
    const text = quoted((row.cells[place] as string).trim());
    return csvError(path, row.line, `column ${columns[place]} is ${text}, no number of 0 or more`);
  };
  let lastText: string | undefined;
  let t = Number.NaN;
  return (row) => {
    const text = row.cells[0] as string;
    if (text !== lastText) {
      const at = instantMs(text.trim());
      if (Number.isNaN(at)) return csvError(path, row.line, `column t is ${quoted(text)}, no time`);
      t = at;
      seen.add(t, text.trim());
      lastText = text;
    }
    const bad = count(row, last - 1);
    if (Number.isNaN(bad)) return noCount(row, last - 1);
    const total = count(row, last);
    if (Number.isNaN(total)) return noCount(row, last);
    if (bad > total)
      return csvError(
        path,
        row.line,
        `column ${columns[last - 1]} is ${bad}, more than total, which is ${total}`,
        FORM,
      );
    if (t > minutes.at) return undefined;
    const values = row.cells.slice(1, -2);
    for (let i = 0; i < values.length; i += 1) values[i] = (values[i] as string).trim();
    minutes.add(t, values, bad, total);
    return undefined;
  };
}

const quoted = (text: string): string => JSON.stringify(text);

/** The instants next to one that was asked for. */
class Nearest {
  readonly #at: number;
  #before: { t: number; text: string } | undefined;
  #after: { t: number; text: string } | undefined;

  constructor(at: number) {
    this.#at = at;
  }

  add(t: number, text: string): void {
    if (t <= this.#at && !(this.#before && this.#before.t >= t)) this.#before = { t, text };
    if (t > this.#at && !(this.#after && this.#after.t <= t)) this.#after = { t, text };
  }

  get texts(): string[] {
    return [this.#before, this.#after].flatMap((one) => one?.text ?? []);
  }
}

function notThere(path: string, at: string, { texts }: Nearest): CliError {
  if (texts.length === 0) return csvError(path, 2, 'there are no rows');
  return new CliError(`${path} has no rows at ${at}`, {
    why: `the nearest ${texts.length === 1 ? 'time is' : 'times are'} ${texts.join(' and ')}`,
    hint: `--at ${texts[0]}`,
    exit: EXIT.usage,
  });
}
