import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ArgumentsError, readArguments } from './arguments.ts';

const named = (name: string) => ({ name, summary: 'x', run: async () => [] });
const benchmarks = [named('codec')];

describe('the command line', () => {
  it('without a corpus is names', () => {
    expect(readArguments(['codec'], benchmarks)).toEqual({ names: ['codec'], benchmarks });
    expect(readArguments([], benchmarks).names).toEqual([]);
  });

  it('with a name means its relations too, and nobody else', () => {
    const family = ['agent', 'agent-blame', 'agents', 'agent-file', 'codec'].map(named);
    expect(readArguments(['agent'], family).names).toEqual(['agent', 'agent-blame', 'agent-file']);
    expect(readArguments(['agent-file'], family).names).toEqual(['agent-file']);
    expect(readArguments(['age'], family).names).toEqual(['age']);
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
