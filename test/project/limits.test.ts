import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMIT_PARTS } from '../../cli/support/limit-table.ts';
import { ELSEWHERE, UNTESTED } from './limits-tested.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const sources = globSync('{probes,protocol,agent,collector,cli,sandbox}/**/*.ts', { cwd: root });
const tests = globSync('test/**/*.ts', { cwd: root }).filter((file) => !file.startsWith('test/project/'));
const testTexts = new Map(tests.map((file) => [file, read(file)]));

/** `file TABLE.name` of every limit in the table. */
const entries = LIMIT_PARTS.flatMap(({ limits, source }) =>
  Object.entries(limits).map(([name, limit]) => ({ key: `${source}.${name}`, source, name, limit })),
);

/** A test that takes the table from its file and names the limit. */
function isNamed(source: string, name: string): boolean {
  const [file = '', table = ''] = source.split(' ');
  const word = new RegExp(`\\b${name}\\b`);
  return [...testTexts.values()].some(
    (text) => text.includes(`/${basename(file)}'`) && text.includes(table) && word.test(text),
  );
}

describe('the table of limits', () => {
  it('has every table of limits that there is in the tree', () => {
    const found = sources.flatMap((file) =>
      [...read(file).matchAll(/^export const ([A-Z_]*LIMITS) = \{$/gm)].map(([, name]) => `${file} ${name}`),
    );
    expect(found.length).toBeGreaterThan(20);
    expect(LIMIT_PARTS.map(({ source }) => source).sort()).toEqual(found.sort());
  });

  it('says of each a number, why it is that, and what happens past it', () => {
    const lacking = entries.filter(
      ({ limit: { past, reason, value } }) =>
        !(Number.isFinite(value) && value > 0 && /^\S.{5,}/s.test(reason) && /^\S.{5,}\.$/s.test(past)),
    );
    expect(lacking.map(({ key }) => key)).toEqual([]);
  });

  it('has no limit that no test goes past, but those that are listed as such', () => {
    const untested = entries
      .filter(({ key, name, source }) => ELSEWHERE[key] === undefined && !isNamed(source, name))
      .map(({ key }) => key);
    expect(untested.sort()).toEqual([...UNTESTED].sort());
  });

  it('finds the tests that go past a limit without naming it', () => {
    for (const [key, [file, title]] of Object.entries(ELSEWHERE)) {
      expect(entries.map((entry) => entry.key)).toContain(key);
      expect(testTexts.get(file), `${key} is said to be tested in ${file}: ${title}`).toContain(title);
    }
  });
});
