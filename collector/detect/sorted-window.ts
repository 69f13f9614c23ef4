/** The last N numbers, with any quantile at once: a ring beside a sorted copy. Takes memory as it fills. */
export class SortedWindow {
  #capacity: number;
  #ring: number[] = [];
  readonly #sorted: number[] = [];
  /** Where the next goes once it is full: the place of the oldest. */
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#ring.length;
  }

  /** Oldest first. */
  values(): number[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  /** Holds so many from now on; the oldest leave when there are more. */
  resize(capacity: number): void {
    if (capacity === this.#capacity) return;
    const oldestFirst = this.values();
    for (const value of oldestFirst.slice(0, Math.max(0, oldestFirst.length - capacity))) this.#remove(value);
    this.#ring = oldestFirst.slice(-capacity);
    this.#next = 0;
    this.#capacity = capacity;
  }

  /** Adds a finite number; the oldest leaves when the window is full. O(N) moves of bytes, O(log N) comparisons. */
  push(value: number): void {
    if (this.size < this.#capacity) this.#ring.push(value);
    else {
      this.#remove(this.#ring[this.#next] as number);
      this.#ring[this.#next] = value;
      this.#next = (this.#next + 1) % this.#capacity;
    }
    const at = this.#position(value);
    this.#sorted.push(value);
    this.#sorted.copyWithin(at + 1, at, this.#sorted.length - 1);
    this.#sorted[at] = value;
  }

  /** The order statistic at rank ceil(q·(n+1)): for a small window it errs towards the outer value. NaN when empty. */
  quantile(q: number): number {
    if (this.size === 0) return Number.NaN;
    const rank = Math.min(this.size, Math.max(1, Math.ceil(q * (this.size + 1))));
    return this.#sorted[rank - 1] as number;
  }

  #remove(value: number): void {
    const at = this.#position(value);
    this.#sorted.copyWithin(at, at + 1);
    this.#sorted.pop();
  }

  /** Index of the first sorted number that is not below `value`. */
  #position(value: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Lower median: a number that is really among the values. NaN for none. */
export function lowerMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
}
