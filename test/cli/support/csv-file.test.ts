import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliError } from '../../../cli/support/cli-error.ts';
import { CSV_LIMITS, openCsv, placesOf } from '../../../cli/support/csv-file.ts';
import { formatCsv } from '../../../cli/support/output.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'outrider-csv-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let files = 0;
function file(content: string | Buffer): string {
  files += 1;
  const path = join(dir, `${files}.csv`);
  writeFileSync(path, content);
  return path;
}

async function read(content: string | Buffer) {
  const csv = await openCsv(file(content));
  const rows = [];
  for await (const batch of csv.rows()) rows.push(...batch);
  return { columns: csv.columns, rows: rows.map(({ cells }) => cells), lines: rows.map(({ line }) => line) };
}

const failing = async (content: string | Buffer): Promise<CliError> =>
  read(content).then(
    () => expect.fail('it was read'),
    (error) => error as CliError,
  );

describe('a CSV file', () => {
  it('is a header and rows, plain or gzipped by what it holds and not by its name', async () => {
    const text = 'ts,value\n1,2\n3,4\n';
    const expected = {
      columns: ['ts', 'value'],
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
      lines: [2, 3],
    };
    expect(await read(text)).toEqual(expected);
    expect(await read(gzipSync(text))).toEqual(expected);
  });

  it('may begin with a byte order mark, end lines as Windows does, leave lines empty and the last one without an end', async () => {
    const { columns, lines, rows } = await read('\ufeffts,value\r\n\r\n1,2\r\n\r\n3,4');
    expect(columns).toEqual(['ts', 'value']);
    expect(rows).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(lines).toEqual([3, 5]);
  });

  it('keeps commas, quotes and line breaks in quotes, and counts lines past them', async () => {
    const { lines, rows } = await read('a,b\n"x, ""y""","1\n2"\n,""\nlast,row\n');
    expect(rows).toEqual([
      ['x, "y"', '1\n2'],
      ['', ''],
      ['last', 'row'],
    ]);
    expect(lines).toEqual([2, 4, 5]);
  });

  it('gives back what our own writer wrote, whatever stood in the cells', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'ü') });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: cell, b: cell }), { minLength: 1, maxLength: 8 }),
        async (rows) => {
          const read_ = await read(formatCsv(rows));
          expect(read_.rows).toEqual(rows.map(({ a, b }) => [a, b]));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is read in pieces: rows are whole wherever a piece ends', async () => {
    const wide = 'x'.repeat(1000);
    const text = `a,b\n${Array.from({ length: 2000 }, (_, i) => `${i},${wide}\n`).join('')}`;
    const { rows } = await read(text);
    expect(rows.length).toBe(2000);
    expect(rows.every(([i, x], at) => Number(i) === at && x === wide)).toBe(true);
  });
});

describe('a mistake in a CSV file', () => {
  it.each([
    ['', ':1: the file is empty'],
    ['a,,c\n', ':1: column 2 has no name'],
    ['a,b,a\n', ':1: column a stands twice'],
    ['a,b\n1,2\n1\n', ':3: 1 cells where the header has 2 columns: column b is missing'],
    ['a,b\n1,2,3\n', ':2: 3 cells where the header has 2 columns: "3" has none'],
    ['a,b\n1,"2\n3,4\n', ':2: a quote is not closed'],
    [`a,b\n"${'x\n'.repeat(CSV_LIMITS.lineChars.value)}`, ':2: the line has no end'],
    ['x'.repeat(CSV_LIMITS.lineChars.value + 1), ':1: the line has no end'],
    [Array.from({ length: 201 }, (_, i) => `c${i}`).join(), ':1: 201 columns; at most 200 are read'],
  ])('names the line and what is wrong (%#)', async (content, message) => {
    const error = await failing(content);
    expect(error.message).toContain(message);
    expect(error.exit).toBe(65);
  });

  it('is also a gzip file that was cut off, and a file that is not there', async () => {
    const cut = await failing(gzipSync(`a,b\n${'1,2\n'.repeat(10_000)}`).subarray(0, 60));
    expect(cut.message).toContain('cannot be read');
    expect(cut.exit).toBe(65);
    const gone = await openCsv(join(dir, 'none.csv')).catch((error) => error as CliError);
    expect(gone).toMatchObject({ exit: 65, why: expect.stringContaining('ENOENT') });
  });
});

describe('the places of columns', () => {
  it('are found by name, and one that is missing is named with the nearest there is', () => {
    const of = { path: 'f.csv', columns: ['ts', 'regoin'] };
    expect(placesOf(of, ['regoin', 'ts'])).toEqual({ ts: 0, regoin: 1 });
    expect(() => placesOf(of, ['ts', 'region'])).toThrowError('f.csv:1: column region is missing');
    expect(() => placesOf(of, ['region'])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('regoin') }),
    );
  });
});
