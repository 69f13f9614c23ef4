/** From names on the command line to tables, results.json and an exit code. */
import { EXIT } from '../../cli/support/exit-codes.ts';
import { suggest } from '../../probes/suggest.ts';
import type { Benchmark } from './benchmark.ts';
import { checkedOutCommit, thisMachine } from './provenance.ts';
import { formatRows, verdictOf } from './report.ts';
import { mergeResult, ResultsFileError, readResults } from './results-file.ts';

export interface RunnerOptions {
  readonly benchmarks: readonly Benchmark[];
  readonly resultsFile: string;
  /** Unix milliseconds. */
  wallMs(): number;
  /** Data for stdout and messages for stderr, lines without their end. */
  data(text: string): void;
  message(text: string): void;
}

/**
 * Runs the named benchmarks one after the other, all when none is named. Resolves with the exit code: 0 also when goals were
 * missed, which is said; 64 for names that do not exist; 1 when something could not be measured or stored.
 */
export async function runBenchmarks(names: readonly string[], options: RunnerOptions): Promise<number> {
  const { benchmarks, message } = options;
  const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    for (const line of unknownNames(unknown, benchmarks)) message(line);
    return EXIT.usage;
  }
  const chosen = benchmarks.filter(({ name }) => names.length === 0 || names.includes(name));
  try {
    // Known before the minutes of measuring and not after.
    readResults(options.resultsFile);
    let code: number = EXIT.ok;
    for (const benchmark of chosen) if (!(await runOne(benchmark, options))) code = EXIT.failed;
    message(`results: ${options.resultsFile}`);
    return code;
  } catch (error) {
    if (!(error instanceof ResultsFileError)) throw error;
    message(`Error: ${error.message}`);
    return EXIT.failed;
  }
}

function unknownNames(unknown: readonly string[], benchmarks: readonly Benchmark[]): string[] {
  const names = benchmarks.map(({ name }) => name);
  const width = Math.max(...names.map(({ length }) => length));
  const what = unknown.map((name) => {
    const nearest = suggest(name, names);
    return `Error: there is no benchmark ${JSON.stringify(name)}${nearest ? `; did you mean ${nearest}?` : ''}`;
  });
  return [
    ...what,
    'There are:',
    ...benchmarks.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
  ];
}

/** Whether it could be measured. */
async function runOne(benchmark: Benchmark, options: RunnerOptions): Promise<boolean> {
  const { name, summary } = benchmark;
  const { data, message, resultsFile, wallMs } = options;
  message(`${name}: ${summary}`);
  // Taken before: what is checked out may change while it runs.
  const commit = checkedOutCommit();
  try {
    const rows = await benchmark.run((text) => message(`  ${text}`), data);
    mergeResult(resultsFile, name, {
      at: new Date(wallMs()).toISOString(),
      commit,
      machine: thisMachine(),
      rows,
    });
    data(`${name}\n${formatRows(rows)}\n${verdictOf(name, rows)}\n`);
    return true;
  } catch (error) {
    if (error instanceof ResultsFileError) throw error;
    message(
      `Error: ${name} could not be measured: ${error instanceof Error ? error.message : String(error)}`,
    );
    const { why, hint } = error as { why?: string; hint?: string };
    if (why) message(`  Why: ${why}`);
    if (hint) message(`  Try: ${hint}`);
    return false;
  }
}
