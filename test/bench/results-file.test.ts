import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { thisMachine } from './provenance.ts';
import { type Entry, mergeResult, ResultsFileError, readResults } from './results-file.ts';

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const entry = (value: number): Entry => ({
  at: '2026-11-21T12:00:00.000Z',
  commit: 'abc1234',
  machine: thisMachine(),
  rows: [{ metric: 'rss', value, unit: 'MB' }],
});

const readBack = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

describe('the file of results', () => {
  it('begins with the first result', () => {
    const file = join(emptyFolder(), 'results.json');
    expect(readResults(file)).toEqual({});
    mergeResult(file, 'agent', entry(70));
    expect(readBack(file)).toEqual({ agent: entry(70) });
  });

  it('replaces the entry of the same name and keeps the others, fields that it does not know included', () => {
    const file = join(emptyFolder(), 'results.json');
    const older = { ...entry(1), host: 'lab-7' };
    writeFileSync(file, JSON.stringify({ codec: older, agent: entry(70) }));
    mergeResult(file, 'agent', entry(75));
    expect(readBack(file)).toEqual({ codec: older, agent: entry(75) });
  });

  it('is replaced whole: nothing beside it is left over', () => {
    const folder = emptyFolder();
    mergeResult(join(folder, 'results.json'), 'agent', entry(70));
    expect(readdirSync(folder)).toEqual(['results.json']);
  });

  it.each([
    ['{ "agent": ', 'is not a file of benchmark results'],
    ['[]', 'it is not a map of name to { rows }'],
    ['{ "agent": 3 }', 'it is not a map of name to { rows }'],
  ])('is left alone when it holds %s', (text, message) => {
    const file = join(emptyFolder(), 'results.json');
    writeFileSync(file, text);
    expect(() => mergeResult(file, 'agent', entry(70))).toThrow(ResultsFileError);
    expect(() => mergeResult(file, 'agent', entry(70))).toThrow(message);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('that cannot be read is an error that names it', () => {
    const folder = emptyFolder();
    expect(() => readResults(folder)).toThrow(`${folder} cannot be read`);
  });
});
