/**
 * The timers of a whole fleet on one timer of Node's: a hashed wheel (Varghese and Lauck, 1987). Setting and cancelling one
 * costs the same however many there are.
 */
import type { Cancel, Timers } from '../../agent/time.ts';
import type { Clock } from '../../probes/probe.ts';
import { SIMULATE_LIMITS } from './limits.ts';

/** Ticks of one turn; a power of two. At 10 ms a tick, most timers of an agent fire within one turn of 41 s. */
const TICKS = 4096;

interface Entry {
  readonly atTick: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class TimerWheel implements Timers {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #startMs: number;
  readonly #buckets: Entry[][] = Array.from({ length: TICKS }, () => []);
  readonly #interval: NodeJS.Timeout;
  /** The last tick whose timers have fired. */
  #tick = 0;

  /** Turns until `close`. */
  constructor(clock: Clock, tickMs: number = SIMULATE_LIMITS.tickMs.value) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#startMs = clock.monotonicMs();
    this.#interval = setInterval(() => this.turn(), tickMs);
  }

  /** Calls `run` once, `delayMs` from now at the earliest and about a tick later at the latest. */
  after(delayMs: number, run: () => void): Cancel {
    const elapsedMs = this.#clock.monotonicMs() - this.#startMs + Math.max(0, delayMs);
    const atTick = Math.max(this.#tick + 1, Math.ceil(elapsedMs / this.#tickMs));
    const entry: Entry = { atTick, run, cancelled: false };
    this.#buckets[atTick & (TICKS - 1)]?.push(entry);
    return () => {
      entry.cancelled = true;
    };
  }

  /** Fires what is due; after a standstill, everything that became due meanwhile, in order. */
  turn(): void {
    const nowTick = Math.floor((this.#clock.monotonicMs() - this.#startMs) / this.#tickMs);
    while (this.#tick < nowTick) {
      this.#tick += 1;
      this.#fire(this.#tick);
    }
  }

  close(): void {
    clearInterval(this.#interval);
  }

  #fire(tick: number): void {
    const index = tick & (TICKS - 1);
    const bucket = this.#buckets[index] ?? [];
    if (bucket.length === 0) return;
    // What is set while these fire goes into a bucket of its own, even when it is this one a turn later.
    this.#buckets[index] = bucket.filter((entry) => !entry.cancelled && entry.atTick > tick);
    for (const entry of bucket) if (!entry.cancelled && entry.atTick <= tick) entry.run();
  }
}
