import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeNewFile } from '../../../cli/support/new-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'outrider-new-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a new file is written over none, unless that is asked for', () => {
  const file = join(folder, 'report.html');
  writeNewFile(file, 'one', { force: false });
  expect(() => writeNewFile(file, 'two', { force: false })).toThrow(
    expect.objectContaining({ why: 'there is a file already', exit: 75 }),
  );
  expect(readFileSync(file, 'utf8')).toBe('one');
  writeNewFile(file, 'two', { force: true });
  expect(readFileSync(file, 'utf8')).toBe('two');
});

it.each([true, false])('a directory is no file, with --force %s: --force would not help', (force) => {
  expect(() => writeNewFile(folder, 'one', { force })).toThrow(
    expect.objectContaining({
      why: 'it is a directory',
      hint: 'name a file in it, or - for stdout',
      exit: 1,
    }),
  );
});
