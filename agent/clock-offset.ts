/**
 * The clock of the collector as seen over the link, as NTP does it (RFC 5905 §8): the answer was stamped half a round trip
 * after the question was sent, and the sample with the shortest round trip errs the least.
 */
import type { Clock } from '../probes/probe.ts';

/** Samples kept: at one every five seconds the last minute and a half, in which quartz drifts by microseconds. */
const SAMPLES_MAX = 16;

interface Sample {
  readonly roundTripMs: number;
  /** Clock of the collector minus monotonic clock of the agent: setting the agent's wall clock does not touch it. */
  readonly aheadMs: number;
}

export class ClockOffset {
  readonly #clock: Clock;
  readonly #samples: Sample[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An answer arrives now: the question left at `sentMonotonicMs`, and the collector stamped `serverMs`. */
  sample(sentMonotonicMs: number, serverMs: number): void {
    const roundTripMs = this.#clock.monotonicMs() - sentMonotonicMs;
    if (roundTripMs < 0) return;
    this.#samples.push({ roundTripMs, aheadMs: serverMs - (sentMonotonicMs + roundTripMs / 2) });
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
  }

  /** Clock of the collector minus clock of the agent, now; 0 before the first sample. */
  offsetMs(): number {
    let best: Sample | undefined;
    for (const sample of this.#samples)
      if (best === undefined || sample.roundTripMs <= best.roundTripMs) best = sample;
    if (best === undefined) return 0;
    return best.aheadMs + this.#clock.monotonicMs() - this.#clock.wallMs();
  }

  /** Half the shortest round trip: the offset is at most this much off. Undefined before the first sample. */
  errorMs(): number | undefined {
    if (this.#samples.length === 0) return undefined;
    return Math.min(...this.#samples.map((sample) => sample.roundTripMs)) / 2;
  }
}
