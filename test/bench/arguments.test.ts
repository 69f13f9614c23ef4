import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ArgumentsError, readArguments } from './arguments.ts';

const benchmarks = [{ name: 'codec', summary: 'x', run: async () => [] }];

describe('the command line', () => {
  it('without a corpus is names', () => {
    expect(readArguments(['codec'], benchmarks)).toEqual({ names: ['codec'], benchmarks });
    expect(readArguments([], benchmarks).names).toEqual([]);
  });

  it.each([[['--corpus', tmpdir()]], [[`--corpus=${tmpdir()}`]], [['corpus', '--corpus', tmpdir()]]])(
    'with %j runs the corpus alone',
    (words) => {
      const read = readArguments(words, benchmarks);
      expect(read.names).toEqual(['corpus']);
      expect(read.benchmarks.map(({ name }) => name)).toEqual(['codec', 'corpus']);
    },
  );

  it('runs the corpus beside what is named', () => {
    expect(readArguments(['codec', '--corpus', tmpdir()], benchmarks).names).toEqual(['codec', 'corpus']);
  });

  it.each([
    [['corpus']],
    [['--corpus']],
    [['--corpus', '/no/such/folder']],
    [['--corpus', process.execPath]],
  ])('is refused where the folder is missing: %j', (words) => {
    expect(() => readArguments(words, benchmarks)).toThrow(ArgumentsError);
  });
});
