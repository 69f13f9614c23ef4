/**
 * Full-jitter exponential backoff: each delay is uniform in [0, min(max, base · 2^attempt)), which spreads a fleet that
 * lost its collector at one instant evenly (AWS Architecture Blog, “Exponential Backoff And Jitter”).
 */
import { AGENT_LIMITS } from './limits.ts';

export class Backoff {
  readonly #random: () => number;
  #attempt = 0;

  /** `random`: uniform in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Failures since the last reset. */
  get attempt(): number {
    return this.#attempt;
  }

  /** The delay before the next attempt, milliseconds. */
  nextMs(): number {
    const ceilingMs = Math.min(
      AGENT_LIMITS.backoffMaxMs.value,
      AGENT_LIMITS.backoffMinMs.value * 2 ** Math.min(this.#attempt, 30),
    );
    this.#attempt += 1;
    return this.#random() * ceilingMs;
  }

  reset(): void {
    this.#attempt = 0;
  }
}
