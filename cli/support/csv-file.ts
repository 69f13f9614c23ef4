/**
 * CSV files that people have of other programs, plain or gzipped, read as a stream: a header, then rows of as many cells (RFC
 * 4180). Every mistake names the file and the line.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { suggest } from '../../probes/suggest.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

export const CSV_LIMITS = {
  columns: {
    value: 200,
    reason: 'Labels of a fleet are a dozen; a row of thousands of cells is another kind of file.',
    past: 'The file is refused.',
  },
  lineChars: {
    value: 1_000_000,
    reason: 'A line without an end, as of a binary file, must not fill the memory.',
    past: 'The file is refused.',
  },
} as const;

export interface CsvRow {
  /** Of the file, from 1; a row with line breaks in quotes is where it begins. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvFile {
  readonly path: string;
  readonly columns: readonly string[];
  /**
   * Rows in the order of the file, some hundreds at a time; empty lines are none. Rejects with a `CliError`, exit code 65. A row with
   * too few or too many cells is such an error, unless somebody takes what is wrong with it: then it is left out.
   */
  rows(broken?: (error: CliError) => void): AsyncGenerator<readonly CsvRow[]>;
}

/** What files write for a value that is not there. */
const ABSENT = new Set(['', 'nan', 'null', 'none', 'na', 'n/a', '-', 'inf', 'infinity', '+inf', '-inf']);
export const isAbsent = (cell: string): boolean => cell === '' || ABSENT.has(cell.trim().toLowerCase());

/** A mistake in a file: where, what, and what to try. */
export function csvError(path: string, line: number, what: string, hint?: string): CliError {
  return new CliError(`${path}:${line}: ${what}`, { exit: EXIT.badConfig, ...(hint && { hint }) });
}

/** Opens a file and reads its header. Rejects with a `CliError`, exit code 65. */
export async function openCsv(path: string): Promise<CsvFile> {
  const batches = csvBatches(path, textOf(path, await isGzip(path)));
  const first = await batches.next();
  const header = first.done ? undefined : first.value[0];
  if (first.done || !header) throw csvError(path, 1, 'the file is empty', 'its first line names the columns');
  const columns = header.cells.map((cell) => cell.trim());
  checkHeader(path, columns);
  return { path, columns, rows: (broken) => rowsOf(path, columns, [first.value.slice(1), batches], broken) };
}

function checkHeader(path: string, columns: readonly string[]): void {
  if (columns.length > CSV_LIMITS.columns.value)
    throw csvError(path, 1, `${columns.length} columns; at most ${CSV_LIMITS.columns.value} are read`);
  for (const [i, name] of columns.entries()) {
    if (name === '') throw csvError(path, 1, `column ${i + 1} has no name`);
    if (columns.indexOf(name) !== i) throw csvError(path, 1, `column ${name} stands twice`);
  }
}

/** The places of columns by name. Throws a `CliError` that names one that is missing, exit code 65. */
export function placesOf<Name extends string>(
  { columns, path }: Pick<CsvFile, 'columns' | 'path'>,
  names: readonly Name[],
): Readonly<Record<Name, number>> {
  const places = {} as Record<Name, number>;
  for (const name of names) {
    const place = columns.indexOf(name);
    if (place < 0) {
      const near = suggest(name, columns);
      throw csvError(
        path,
        1,
        `column ${name} is missing`,
        near ? `the file has a column ${near}` : `the file has: ${columns.join(', ')}`,
      );
    }
    places[name] = place;
  }
  return places;
}

async function* rowsOf(
  path: string,
  columns: readonly string[],
  [begun, batches]: readonly [readonly CsvRow[], AsyncGenerator<readonly CsvRow[]>],
  broken: ((error: CliError) => void) | undefined,
): AsyncGenerator<readonly CsvRow[]> {
  const isWhole = ({ cells, line }: CsvRow): boolean => {
    if (cells.length === columns.length) return true;
    const error = lengthError(path, line, cells, columns);
    if (!broken) throw error;
    broken(error);
    return false;
  };
  const check = (rows: readonly CsvRow[]): readonly CsvRow[] =>
    rows.every(isOfLength) ? rows : rows.filter(isWhole);
  const isOfLength = ({ cells }: CsvRow): boolean => cells.length === columns.length;
  yield check(begun);
  for await (const rows of batches) yield check(rows);
}

function lengthError(
  path: string,
  line: number,
  cells: readonly string[],
  columns: readonly string[],
): CliError {
  const what = `${cells.length} cells where the header has ${columns.length} columns`;
  if (cells.length > columns.length)
    return csvError(path, line, `${what}: ${JSON.stringify(cells[columns.length])} has none`);
  return csvError(path, line, `${what}: column ${columns[cells.length]} is missing`);
}

async function isGzip(path: string): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): CliError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CliError(`${path} cannot be read`, { why, exit: EXIT.badConfig, cause });
}

async function* textOf(path: string, gzipped: boolean): AsyncGenerator<string> {
  const bytes = createReadStream(path, { highWaterMark: 256 * 1024 });
  let source: Readable = bytes;
  if (gzipped) {
    const out = new PassThrough();
    // Its rejection is the error of `out`, which is read below.
    void pipeline(bytes, createGunzip({ chunkSize: 256 * 1024 }), out).catch(() => undefined);
    source = out;
  }
  source.setEncoding('utf8');
  try {
    for await (const text of source) yield text as string;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Cuts text into rows. Quotes are rare: a line without one is split at once. */
async function* csvBatches(path: string, text: AsyncIterable<string>): AsyncGenerator<readonly CsvRow[]> {
  let rest = '';
  let line = 1;
  let open: { readonly text: string; readonly line: number } | undefined;
  let begun = false;
  const take = (ended: string, rows: CsvRow[]): void => {
    const whole = open ? `${open.text}\n${ended}` : ended;
    const at = open?.line ?? line;
    line += 1;
    if (whole.length > CSV_LIMITS.lineChars.value)
      throw csvError(path, at, 'the line has no end', 'is it a CSV file, and are its quotes closed?');
    // Only what has an even number of quotes is whole: the rest waits, and is looked at once.
    if ((open !== undefined) !== hasOddQuotes(ended)) {
      open = { text: whole, line: at };
      return;
    }
    open = undefined;
    const cells = cellsOf(whole);
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: at, cells });
  };
  for await (const chunk of text) {
    const lines = (rest + (begun ? chunk : chunk.replace(/^\ufeff/, ''))).split('\n');
    begun = true;
    rest = lines.pop() as string;
    if (rest.length > CSV_LIMITS.lineChars.value)
      throw csvError(path, line, 'the line has no end', 'is it a CSV file?');
    const rows: CsvRow[] = [];
    for (const one of lines) take(one, rows);
    if (rows.length > 0) yield rows;
  }
  const rows: CsvRow[] = [];
  if (rest !== '') take(rest, rows);
  if (open) throw csvError(path, open.line, 'a quote is not closed');
  if (rows.length > 0) yield rows;
}

function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

/** The cells of a line whose quotes are all closed. */
function cellsOf(text: string): string[] {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text;
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  for (const [, quoted, plain] of `,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g))
    cells.push(quoted === undefined ? (plain as string) : quoted.replaceAll('""', '"'));
  return cells;
}
