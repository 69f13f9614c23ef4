/** `npm run up`, `npm test`, `npm run bench`, `npm run chaos`, `npm run build`: set-up first, then the real thing under Node 24. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { environment, root, SetUpError, say, setUp } from './steps.mjs';

const VERBS = {
  up: ['cli/bin/outrider.js', 'up'],
  test: ['test/run.ts'],
  bench: ['test/bench/run.ts'],
  chaos: ['test/chaos/run.ts'],
  build: ['agent/deploy/build.ts'],
};

const [verb = '', ...args] = process.argv.slice(2);
const entry = VERBS[verb];
if (!entry) {
  say(`Unknown verb ${JSON.stringify(verb)}. Try: ${Object.keys(VERBS).join(', ')}`);
  process.exit(64);
}

try {
  await setUp({ forTests: verb === 'test' });
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  say(error.message);
  process.exit(1);
}

const node = join(root, 'node_modules', '.bin', 'node');
const child = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', join(root, entry[0]), ...entry.slice(1), ...args],
  {
    cwd: verb === 'up' ? process.cwd() : root,
    env: environment(),
    stdio: 'inherit',
  },
);
// Ctrl-C reaches the child through the terminal: here it must only not end the parent first.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('close', (code, signal) => {
  process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 1);
});
