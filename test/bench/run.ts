/** `npm run bench [-- NAME…]`: tables on stdout, progress on stderr, figures in test/bench/results.json. */
import { join } from 'node:path';
import { BENCHMARKS } from './registry.ts';
import { runBenchmarks } from './runner.ts';

process.exitCode = await runBenchmarks(process.argv.slice(2), {
  benchmarks: BENCHMARKS,
  resultsFile: join(import.meta.dirname, 'results.json'),
  wallMs: Date.now,
  data: (text) => console.log(text),
  message: (text) => console.error(text),
});
