/** Runs and failures of one check in one region, in buckets of time: minutes for what is recent, hours for days. */

export interface Counts {
  readonly runs: number;
  readonly failures: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Buckets of minutes reach back so far; what is longer is summed up by hours. */
export const BY_MINUTE_MS = 6 * HOUR_MS;
const BY_HOUR_MS = 72 * HOUR_MS;

/** Whether the failures of a stretch of time are not to be counted. */
export type LeftOut = (fromMs: number, untilMs: number) => boolean;

class Ring {
  readonly #bucketMs: number;
  readonly #runs: Uint32Array;
  readonly #failures: Uint32Array;
  /** The newest bucket, by number since 1970. */
  #newest = Number.NEGATIVE_INFINITY;

  constructor(bucketMs: number, lengthMs: number) {
    this.#bucketMs = bucketMs;
    this.#runs = new Uint32Array(lengthMs / bucketMs);
    this.#failures = new Uint32Array(lengthMs / bucketMs);
  }

  add(atMs: number, { runs, failures }: Counts): void {
    const bucket = Math.floor(atMs / this.#bucketMs);
    this.#passTo(bucket);
    const { length } = this.#runs;
    if (bucket <= this.#newest - length) return;
    const at = bucket % length;
    this.#runs[at] = (this.#runs[at] as number) + runs;
    this.#failures[at] = (this.#failures[at] as number) + failures;
  }

  sum(lengthMs: number, nowMs: number, leftOut?: LeftOut): Counts {
    const { length } = this.#runs;
    const last = Math.floor(nowMs / this.#bucketMs);
    let runs = 0;
    let failures = 0;
    const first = Math.max(last - Math.ceil(lengthMs / this.#bucketMs) + 1, this.#newest - length + 1);
    for (let bucket = first; bucket <= Math.min(last, this.#newest); bucket += 1) {
      const at = bucket % length;
      runs += this.#runs[at] as number;
      const failed = this.#failures[at] as number;
      if (failed > 0 && !leftOut?.(bucket * this.#bucketMs, (bucket + 1) * this.#bucketMs))
        failures += failed;
    }
    return { runs, failures };
  }

  /** The first instant of the time looked back on with a failure that counts. */
  firstFailureMs(lengthMs: number, nowMs: number, leftOut?: LeftOut): number | undefined {
    for (let back = Math.ceil(lengthMs / this.#bucketMs) - 1; back >= 0; back -= 1) {
      const fromMs = (Math.floor(nowMs / this.#bucketMs) - back) * this.#bucketMs;
      if (this.sum(this.#bucketMs, fromMs, leftOut).failures > 0) return fromMs;
    }
    return undefined;
  }

  /** Empties the buckets that have begun since. */
  #passTo(bucket: number): void {
    if (bucket <= this.#newest) return;
    const { length } = this.#runs;
    const first = Math.max(this.#newest + 1, bucket - length + 1);
    for (let one = Number.isFinite(first) ? first : bucket; one <= bucket; one += 1) {
      this.#runs[one % length] = 0;
      this.#failures[one % length] = 0;
    }
    this.#newest = bucket;
  }
}

export class RunCounts {
  readonly #minutes = new Ring(MINUTE_MS, BY_MINUTE_MS);
  readonly #hours = new Ring(HOUR_MS, BY_HOUR_MS);

  /** In any order; what is older than the buckets reach counts no more. */
  add(atMs: number, counts: Counts): void {
    this.#minutes.add(atMs, counts);
    this.#hours.add(atMs, counts);
  }

  /** Of the last so long, the bucket that is under way included. */
  sum(lengthMs: number, nowMs: number, leftOut?: LeftOut): Counts {
    return this.#ringOf(lengthMs).sum(lengthMs, nowMs, leftOut);
  }

  firstFailureMs(lengthMs: number, nowMs: number, leftOut?: LeftOut): number | undefined {
    return this.#ringOf(lengthMs).firstFailureMs(lengthMs, nowMs, leftOut);
  }

  #ringOf(lengthMs: number): Ring {
    return lengthMs <= BY_MINUTE_MS ? this.#minutes : this.#hours;
  }
}

export function sumCounts(all: Iterable<Counts>): Counts {
  let runs = 0;
  let failures = 0;
  for (const one of all) {
    runs += one.runs;
    failures += one.failures;
  }
  return { runs, failures };
}
