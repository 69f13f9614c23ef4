/** The clock of the store, as far as it can be known here: what is written by several collectors is ordered by it. */
import type { Clock } from '../../probes/probe.ts';

/** Samples remembered: the one with the shortest way tells best. */
const SAMPLES = 8;

interface Sample {
  readonly roundTripMs: number;
  /** The store's clock minus our monotonic one. */
  readonly aheadMs: number;
}

export class StoreClock {
  readonly #clock: Clock;
  #samples: Sample[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The store said that it was `storeMs`, in an answer to a question asked at `askedMs`, monotonic milliseconds. */
  told(storeMs: number, askedMs: number): void {
    const answeredMs = this.#clock.monotonicMs();
    const sample = { roundTripMs: answeredMs - askedMs, aheadMs: storeMs - (askedMs + answeredMs) / 2 };
    // One that the best cannot explain: a clock was set, and what was known before is void.
    const best = this.#best();
    const apart =
      best && Math.abs(sample.aheadMs - best.aheadMs) > (sample.roundTripMs + best.roundTripMs) / 2 + 50;
    this.#samples = apart ? [sample] : [...this.#samples.slice(1 - SAMPLES), sample];
  }

  /** Our wall clock corrected by this is the store's, also right after ours was set. */
  get offsetMs(): number {
    return this.nowMs - this.#clock.wallMs();
  }

  /** Unix milliseconds; our own wall clock while the store has not been asked. */
  get nowMs(): number {
    const best = this.#best();
    return best ? this.#clock.monotonicMs() + best.aheadMs : this.#clock.wallMs();
  }

  #best(): Sample | undefined {
    return this.#samples.reduce<Sample | undefined>(
      (best, one) => (best && best.roundTripMs <= one.roundTripMs ? best : one),
      undefined,
    );
  }
}
