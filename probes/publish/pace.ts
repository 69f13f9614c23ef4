/** Turns at an interval, from start to start, and how well it was kept: that is the error bar of what is found by them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../probe.ts';

export class Pace {
  readonly #clock: Clock;
  readonly #everyMs: number;
  #lastMs: number | undefined;
  #longestMs: number;

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#longestMs = everyMs;
  }

  /** The longest that one turn came after another; the interval before there were two. */
  get longestMs(): number {
    return this.#longestMs;
  }

  /** Waits for the next turn; the first one is at once. False when the signal aborts before it comes. */
  async turn(signal: AbortSignal): Promise<boolean> {
    if (this.#lastMs !== undefined) {
      const waitMs = this.#lastMs + this.#everyMs - this.#clock.monotonicMs();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
    if (signal.aborted) return false;
    const nowMs = this.#clock.monotonicMs();
    if (this.#lastMs !== undefined) this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    return true;
  }
}
