/** Time as the agent uses it: the clock of the probes, and timers that tests replace by a virtual one. */
import type { Clock } from '../probes/probe.ts';

/** Stops a timer; harmless when it has fired. */
export type Cancel = () => void;

export interface Timers {
  /** Calls `run` once, `delayMs` from now at the earliest. */
  after(delayMs: number, run: () => void): Cancel;
}

/** The longest delay that Node's timers take; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), TIMER_MAX_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or as soon as `signal` aborts; never rejects. */
export function sleep(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
