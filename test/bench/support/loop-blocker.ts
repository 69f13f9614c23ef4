/**
 * Loaded into a process by `--import`: now and then its event loop stands still for OUTRIDER_BENCH_BLOCK_MS, and when it did is
 * written to the file that OUTRIDER_BENCH_BLOCKS names, in Unix milliseconds.
 */
import { appendFileSync } from 'node:fs';

const { OUTRIDER_BENCH_BLOCKS: file, OUTRIDER_BENCH_BLOCK_MS: text = '' } = process.env;
/** Between two of them, milliseconds: seldom enough that most runs are left alone. */
const PAUSE_MS = [200, 600] as const;

function block(file: string, blockMs: number): void {
  const fromMs = performance.timeOrigin + performance.now();
  const untilMs = fromMs + blockMs;
  while (performance.timeOrigin + performance.now() < untilMs);
  appendFileSync(file, `${fromMs} ${untilMs}\n`);
  again(file, blockMs);
}

function again(file: string, blockMs: number): void {
  const [least, most] = PAUSE_MS;
  setTimeout(() => block(file, blockMs), least + Math.random() * (most - least)).unref();
}

if (file !== undefined && Number(text) > 0) again(file, Number(text));
