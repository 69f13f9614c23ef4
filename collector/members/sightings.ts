/**
 * For how long others have given no sign of life: by our own clock, and only while we ourselves looked without a break. So
 * neither clocks that differ or are set, nor a store that was away for all, make anybody look dead.
 */
import { MEMBER_LIMITS } from './limits.ts';

interface Sighting {
  readonly beat: number;
  /** When we had first seen this beat. */
  readonly fromMs: number;
}

export class Sightings {
  #seen = new Map<string, Sighting>();
  #lastMs = Number.NEGATIVE_INFINITY;

  /** A look that was begun and ended at these times, monotonic milliseconds. */
  looked(
    rows: readonly { readonly incarnation: string; readonly beat: number }[],
    beganMs: number,
    endedMs: number,
  ): void {
    const known =
      beganMs - this.#lastMs > MEMBER_LIMITS.gapMs.value ? new Map<string, Sighting>() : this.#seen;
    this.#seen = new Map(
      rows.map(({ incarnation, beat }) => {
        const before = known.get(incarnation);
        return [incarnation, before?.beat === beat ? before : { beat, fromMs: endedMs }];
      }),
    );
    this.#lastMs = beganMs;
  }

  /** How long it had given no sign of life at the last look; 0 for one that was not seen before. */
  unchangedMs(incarnation: string): number {
    const sighting = this.#seen.get(incarnation);
    return sighting ? Math.max(0, this.#lastMs - sighting.fromMs) : 0;
  }
}
