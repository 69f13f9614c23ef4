/** Durations counted in buckets 5 % apart: exact enough for percentiles, and of one size however many there are. */

const LOWEST_MS = 0.1;
const STEP = 1.05;
/** Up to about two hours. */
const BUCKETS = 360;
const LOG_STEP = Math.log(STEP);

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    const index = ms <= LOWEST_MS ? 0 : Math.ceil(Math.log(ms / LOWEST_MS) / LOG_STEP);
    const at = Math.min(BUCKETS - 1, index);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#count += 1;
    this.#max = Math.max(this.#max, ms);
  }

  /** The value that the share `share` of all do not exceed, at most 5 % too high; 0 of nothing. */
  quantile(share: number): number {
    let left = Math.ceil(this.#count * share);
    for (let index = 0; index < BUCKETS && left > 0; index += 1) {
      left -= this.#counts[index] ?? 0;
      if (left <= 0) return Math.min(this.#max, LOWEST_MS * STEP ** index);
    }
    return this.#max;
  }

  /** Undefined of nothing. */
  percentiles(): Percentiles | undefined {
    if (this.#count === 0) return undefined;
    return {
      p50: this.quantile(0.5),
      p95: this.quantile(0.95),
      p99: this.quantile(0.99),
      max: this.#max,
    };
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#max = 0;
  }
}
