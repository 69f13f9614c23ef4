/**
 * The process of an agent: `node agent/main.ts --config FILE.json [--stop-with-stdin]`, or `--compile-only` to fill the compile
 * cache and end. The cache is set up before everything else, so that what follows is read from it.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';

enableCompileCache();
const { runProcess } = await import('./process.ts');
// Written now and not at the exit, which may be a kill.
flushCompileCache();
await runProcess(process.argv.slice(2));
