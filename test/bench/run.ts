/** `npm run bench [-- NAME… --corpus DIR]`: tables on stdout, progress on stderr, figures in test/bench/results.json. */
import { join } from 'node:path';
import { EXIT } from '../../cli/support/exit-codes.ts';
import { ArgumentsError, readArguments } from './arguments.ts';
import { BENCHMARKS } from './registry.ts';
import { runBenchmarks } from './runner.ts';

try {
  const { benchmarks, names } = readArguments(process.argv.slice(2), BENCHMARKS);
  process.exitCode = await runBenchmarks(names, {
    benchmarks,
    resultsFile: join(import.meta.dirname, 'results.json'),
    wallMs: Date.now,
    data: (text) => console.log(text),
    message: (text) => console.error(text),
  });
} catch (error) {
  if (!(error instanceof ArgumentsError)) throw error;
  console.error(`Error: ${error.message}`);
  process.exitCode = EXIT.usage;
}
