/** Which results a spool gives up: the oldest, beyond its limits of size and age. */
import type { OldRow, SpoolRows } from './spool-rows.ts';

/** Rows looked at per step: so many are removed at once. */
const EVICT_STEP = 500;

/** A row is looked at this often at the least: results of earlier boots have the times of a clock that may have been wrong. */
const LOOK_MS = 60_000;

/** Dropping goes on to this share of the limit, so that it does not happen at every commit. */
const EVICT_TO = 0.95;

/** What results may weigh when it is over: as much as they like while they are within the limit. */
export function evictionGoal(bytes: number, bytesMax: number): number {
  return bytes > bytesMax ? bytesMax * EVICT_TO : Number.POSITIVE_INFINITY;
}

export type Evicted = OldRow & { readonly reason: 'spool_full' | 'spool_age' };

export interface Bounds {
  /** What all results weigh, and what they may. */
  readonly bytes: number;
  readonly goalBytes: number;
  /** Results stored before this instant are too old, Unix milliseconds. */
  readonly oldestMs: number;
}

export class Eviction {
  /** Of results stored before this instant there are none, Unix milliseconds. */
  #noneBeforeMs = Number.NEGATIVE_INFINITY;

  /** The next of them, the oldest first; empty when all is within the bounds, which most commits know without a look. */
  next(rows: Pick<SpoolRows, 'oldest'>, bounds: Bounds): readonly Evicted[] {
    const { goalBytes, oldestMs } = bounds;
    let { bytes } = bounds;
    if (bytes <= goalBytes && oldestMs <= this.#noneBeforeMs) return [];
    const [first] = rows.oldest(1);
    if (first === undefined) return [];
    if (bytes <= goalBytes && first.storedMs >= oldestMs) {
      this.#noneBeforeMs = Math.min(first.storedMs, oldestMs + LOOK_MS);
      return [];
    }
    const gone: Evicted[] = [];
    for (const row of rows.oldest(EVICT_STEP)) {
      if (bytes > goalBytes) gone.push({ ...row, reason: 'spool_full' });
      else if (row.storedMs < oldestMs) gone.push({ ...row, reason: 'spool_age' });
      else break;
      bytes -= row.bytes;
    }
    return gone;
  }
}
