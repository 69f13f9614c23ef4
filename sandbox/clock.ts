/** Time for the sandbox: read through a clock so that delays are exact and tests can move it. */

export interface Clock {
  /** Monotonic milliseconds, fractions included; only differences mean anything. */
  monotonicMs(): number;
}

export const systemClock: Clock = { monotonicMs: () => performance.now() };

/**
 * Waits until `delayMs` have passed on `clock`, or until `signal` aborts: it never rejects, so callers look at
 * their signal afterwards. A timer alone is not enough: Node's may fire up to a millisecond early.
 */
export async function sleep(delayMs: number, clock: Clock, signal?: AbortSignal): Promise<void> {
  const wakeMs = clock.monotonicMs() + delayMs;
  for (let leftMs = delayMs; leftMs > 0 && !signal?.aborted; leftMs = wakeMs - clock.monotonicMs()) {
    await timer(Math.ceil(leftMs), signal);
  }
}

function timer(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(handle);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const handle = setTimeout(done, delayMs);
    signal?.addEventListener('abort', done, { once: true });
  });
}
