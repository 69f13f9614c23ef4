/**
 * The last N numbers, with any quantile at once. There are tens of thousands of such windows: they lie together in typed arrays, five
 * bytes a number, in single precision.
 */
import { ValueWindows } from './value-windows.ts';

/** Room for windows of up to so many numbers, at most 255; it grows with what is taken. */
export class WindowPool {
  readonly windows: ValueWindows;
  readonly #free: number[] = [];
  #used = 0;
  #capacity = 1;

  constructor(length: number) {
    this.windows = new ValueWindows(length, this.#capacity);
  }

  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#used === this.#capacity) {
      this.#capacity *= 2;
      this.windows.grow(this.#capacity);
    }
    this.#used += 1;
    return this.#used - 1;
  }

  give(slot: number): void {
    this.windows.clear(slot);
    this.#free.push(slot);
  }
}

export class SortedWindow {
  readonly #pool: WindowPool;
  readonly #slot: number;
  #capacity: number;

  /** `pool`: of windows that hold at least so many. */
  constructor(capacity: number, pool: WindowPool = new WindowPool(capacity)) {
    this.#pool = pool;
    this.#slot = pool.take();
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#pool.windows.sizeOf(this.#slot);
  }

  /** Oldest first. */
  values(): number[] {
    return this.#pool.windows.valuesOf(this.#slot, this.#capacity);
  }

  /** Holds so many from now on; the oldest leave when there are more. */
  resize(capacity: number): void {
    if (capacity === this.#capacity) return;
    const kept = this.values().slice(-capacity);
    this.#capacity = capacity;
    this.clear();
    for (const value of kept) this.push(value);
  }

  /** Adds a finite number; the oldest leaves when the window is full. O(N) moves of bytes, O(log N) comparisons. */
  push(value: number): void {
    this.#pool.windows.push(this.#slot, value, this.#capacity);
  }

  clear(): void {
    this.#pool.windows.clear(this.#slot);
  }

  /** The order statistic at rank ceil(q·(n+1)): for a small window it errs towards the outer value. NaN when empty. */
  quantile(q: number): number {
    const { size } = this;
    return size === 0 ? Number.NaN : this.#pool.windows.atRank(this.#slot, rankOf(q, size));
  }

  /** Gives its room to another; it is not to be used any more. */
  forget(): void {
    this.#pool.give(this.#slot);
  }
}

/** As `SortedWindow.quantile`, of a few values as they are. */
export function quantileOf(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[rankOf(q, values.length)] ?? Number.NaN;
}

/** From 0. */
const rankOf = (q: number, size: number): number =>
  Math.min(size, Math.max(1, Math.ceil(q * (size + 1)))) - 1;

/** Lower median: a number that is really among the values. NaN for none. */
export function lowerMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
}
