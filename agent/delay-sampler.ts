/**
 * How long the event loop kept others waiting, for each run apart. One timer serves all runs, and none runs while nothing is
 * measured. `perf_hooks.monitorEventLoopDelay` is not used: it records nothing until its own timer fires, so that a run
 * which ends right after a stall, before that timer, would look undisturbed.
 */
import type { Clock } from '../probes/probe.ts';
import type { Cancel, Timers } from './time.ts';

/** Delays shorter than what disturbs a run need not be seen. */
const RESOLUTION_MS = 10;

export interface DelayWindow {
  /** Ends the window: the longest delay in it, milliseconds. */
  close(): number;
}

export class DelaySampler {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #windows = new Set<{ maxMs: number; readonly openedMs: number }>();
  #dueMs = 0;
  #cancel: Cancel | undefined;
  #worstMs = 0;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  open(): DelayWindow {
    if (this.#windows.size === 0) this.#arm();
    const window = { maxMs: 0, openedMs: this.#clock.monotonicMs() };
    this.#windows.add(window);
    return {
      close: () => {
        if (this.#windows.has(window)) {
          this.#observe();
          this.#windows.delete(window);
          if (this.#windows.size === 0) this.#cancel?.();
        }
        return window.maxMs;
      },
    };
  }

  /** The longest delay of any window since this was last asked, milliseconds. */
  takeWorstMs(): number {
    const worstMs = this.#worstMs;
    this.#worstMs = 0;
    return worstMs;
  }

  #observe(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#worstMs = Math.max(this.#worstMs, nowMs - this.#dueMs);
    // What had built up before a window opened belongs to the others.
    for (const window of this.#windows)
      window.maxMs = Math.max(window.maxMs, nowMs - Math.max(this.#dueMs, window.openedMs));
  }

  #arm(): void {
    this.#dueMs = this.#clock.monotonicMs() + RESOLUTION_MS;
    this.#cancel = this.#timers.after(RESOLUTION_MS, () => {
      this.#observe();
      this.#arm();
    });
  }
}
