/** A clock and timers that move only when told to, in the order in which timers are due. */

import type { Timers } from '../../agent/time.ts';
import type { Clock } from '../../probes/probe.ts';

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

export class VirtualTime {
  #monotonicMs = 0;
  #wallAheadMs: number;
  readonly #timers = new Set<Timer>();

  constructor(wallMs = 1_700_000_000_000) {
    this.#wallAheadMs = wallMs;
  }

  readonly clock: Clock = {
    monotonicMs: () => this.#monotonicMs,
    wallMs: () => this.#monotonicMs + this.#wallAheadMs,
  };

  readonly timers: Timers = {
    after: (delayMs, run) => {
      const timer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), run };
      this.#timers.add(timer);
      return () => this.#timers.delete(timer);
    },
  };

  /** Timers that have not fired. */
  get armed(): number {
    return this.#timers.size;
  }

  /** Lets time pass, firing each timer at its time. */
  advance(ms: number): void {
    const untilMs = this.#monotonicMs + ms;
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs);
      this.#timers.delete(next);
      next.run();
    }
    this.#monotonicMs = untilMs;
  }

  /** As `advance`, letting promises settle after each millisecond step. */
  async advanceSettling(ms: number, stepMs = 10): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.advance(Math.min(stepMs, ms - passed));
      await settle();
    }
  }

  /** Time passes and no timer fires meanwhile, as when the process is stopped. */
  freeze(ms: number): void {
    this.#monotonicMs += ms;
  }

  /** Somebody sets the wall clock. */
  setWall(byMs: number): void {
    this.#wallAheadMs += byMs;
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.dueMs <= untilMs && (!next || timer.dueMs < next.dueMs)) next = timer;
    return next;
  }
}

/** Lets everything that is ready to go on go on. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
}
