/** Waits for what processes do on their own account after the work, merges above all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { busyCpuMs } from './process-use.ts';

const LOOK_MS = 1000;
const IDLE_SHARE = 0.25;
const LONGEST_MS = 30_000;

/** Resolves when none of the processes used more than a quarter of a core for a second; after 30 s in any case. */
export async function untilIdle(pids: readonly number[]): Promise<void> {
  const used = (): number[] => pids.map(busyCpuMs);
  const deadlineMs = performance.now() + LONGEST_MS;
  for (let before = used(); performance.now() < deadlineMs; ) {
    await sleep(LOOK_MS);
    const now = used();
    if (now.every((ms, i) => ms - (before[i] ?? 0) <= IDLE_SHARE * LOOK_MS)) return;
    before = now;
  }
}
