/**
 * Takes the types out of TypeScript, once and in a worker that ends: what does it takes 20 MB and a tenth of a second, which a
 * light agent should not keep, nor every run pay.
 */
import { Worker } from 'node:worker_threads';

/** Plain JavaScript with every line where it was, or why there is none. */
export type Stripped = { readonly source: string } | { readonly problem: string };

const SOURCE = `
const { parentPort, workerData } = require('node:worker_threads');
const { stripTypeScriptTypes } = require('node:module');
const strip = (source) => {
  try {
    return { source: stripTypeScriptTypes(source) };
  } catch (error) {
    return { problem: String(error && error.message) };
  }
};
parentPort.postMessage(workerData.map(strip));
`;

/** In the order of `sources`. */
export function stripTypes(sources: readonly string[]): Promise<readonly Stripped[]> {
  if (sources.length === 0) return Promise.resolve([]);
  return new Promise((resolve, reject) => {
    // Its own stderr, since Node warns there that this is new.
    const worker = new Worker(SOURCE, {
      eval: true,
      workerData: sources,
      env: {},
      execArgv: [],
      stderr: true,
    });
    worker.stderr.resume();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The worker that takes types out ended without an answer.')));
  });
}
