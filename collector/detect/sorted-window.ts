/** Numbers that a window begins with room for. */
const FIRST_ROOM = 16;

/** The last N numbers, with any quantile at once: a ring beside a sorted copy. Takes memory as it fills. */
export class SortedWindow {
  readonly #capacity: number;
  #ring: Float64Array;
  #sorted: Float64Array;
  #next = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    const room = Math.min(capacity, FIRST_ROOM);
    this.#ring = new Float64Array(room);
    this.#sorted = new Float64Array(room);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a finite number; the oldest leaves when the window is full. O(N) moves of bytes, O(log N) comparisons. */
  push(value: number): void {
    if (this.#size === this.#ring.length) this.#makeRoom();
    const at = this.#position(value);
    this.#sorted.copyWithin(at + 1, at, this.#size);
    this.#sorted[at] = value;
    this.#ring[this.#next] = value;
    this.#next = (this.#next + 1) % this.#ring.length;
    this.#size += 1;
  }

  /** More of it, as long as there may be; then the oldest leaves. A ring that grows has not wrapped around yet. */
  #makeRoom(): void {
    if (this.#size === this.#capacity) {
      this.#remove(this.#ring[this.#next] as number);
      return;
    }
    const room = Math.min(this.#capacity, 2 * this.#size);
    const [ring, sorted] = [this.#ring, this.#sorted];
    this.#ring = new Float64Array(room);
    this.#sorted = new Float64Array(room);
    this.#ring.set(ring);
    this.#sorted.set(sorted);
    this.#next = this.#size;
  }

  /** The order statistic at rank ceil(q·(n+1)): for a small window it errs towards the outer value. NaN when empty. */
  quantile(q: number): number {
    if (this.#size === 0) return Number.NaN;
    const rank = Math.min(this.#size, Math.max(1, Math.ceil(q * (this.#size + 1))));
    return this.#sorted[rank - 1] as number;
  }

  #remove(value: number): void {
    const at = this.#position(value);
    this.#sorted.copyWithin(at, at + 1, this.#size);
    this.#size -= 1;
  }

  /** Index of the first sorted number that is not below `value`. */
  #position(value: number): number {
    let low = 0;
    let high = this.#size;
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
