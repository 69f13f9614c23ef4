/** The command line of the benchmarks: names, of one or of a family, and the folder of a corpus. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Benchmark } from './benchmark.ts';
import { corpusBenchmark } from './corpus.ts';

export interface Arguments {
  readonly names: readonly string[];
  readonly benchmarks: readonly Benchmark[];
}

/** A command line that cannot be meant. */
export class ArgumentsError extends Error {}

const OPTION = '--corpus';

/**
 * `[NAME…] [--corpus DIR]`. `agent` names `agent-blame` and its other relations too. With a folder the benchmark `corpus` is there, and is run beside those that are named.
 * @throws ArgumentsError
 */
export function readArguments(words: readonly string[], benchmarks: readonly Benchmark[]): Arguments {
  const names: string[] = [];
  let directory: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (word === OPTION) {
      at += 1;
      directory = words[at] ?? '';
    } else if (word.startsWith(`${OPTION}=`)) directory = word.slice(OPTION.length + 1);
    else names.push(...familyOf(word, benchmarks));
  }
  if (directory === undefined) {
    if (names.includes('corpus')) throw new ArgumentsError('corpus needs a folder: --corpus DIR');
    return { names, benchmarks };
  }
  // npm runs us in the folder of the package, whatever the folder of the user is.
  const folder = resolve(process.env.INIT_CWD ?? '', directory);
  if (directory === '' || !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new ArgumentsError(`${OPTION} needs a folder, and ${JSON.stringify(directory)} is none`);
  return {
    names: [...names.filter((name) => name !== 'corpus'), 'corpus'],
    benchmarks: [...benchmarks, corpusBenchmark(folder)],
  };
}

/** A benchmark with those whose names begin as its own; a name that nobody has stays as it is, to be refused by who runs it. */
function familyOf(name: string, benchmarks: readonly Benchmark[]): string[] {
  const relations = benchmarks.filter((one) => one.name === name || one.name.startsWith(`${name}-`));
  return relations.length > 0 ? relations.map((one) => one.name) : [name];
}
