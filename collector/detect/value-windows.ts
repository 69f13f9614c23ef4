/**
 * The last N values of many series, each with its order at hand: flat typed arrays, a ring of values and the places of the ring
 * sorted by value. Any quantile is one look-up, a new value O(log N) comparisons and O(N) moves of bytes.
 */
export class ValueWindows {
  /** Values that a window holds at most. */
  readonly length: number;
  #values: Float32Array;
  /** Places in the ring, the one with the smallest value first. */
  #order: Uint8Array;
  #size: Uint8Array;
  /** The place of the oldest value, which the next replaces once the window is full. */
  #next: Uint8Array;

  /** `length`: at most 255, so that a place is a byte. */
  constructor(length: number, capacity: number) {
    if (!Number.isInteger(length) || length < 1 || length > 255)
      throw new RangeError(`a window of ${length} values: it is 1 to 255`);
    this.length = length;
    this.#values = new Float32Array(length * capacity);
    this.#order = new Uint8Array(length * capacity);
    this.#size = new Uint8Array(capacity);
    this.#next = new Uint8Array(capacity);
  }

  /** Bytes for each window. */
  get bytesEach(): number {
    return this.length * 5 + 2;
  }

  grow(capacity: number): void {
    this.#values = grown(this.#values, this.length * capacity);
    this.#order = grown(this.#order, this.length * capacity);
    this.#size = grown(this.#size, capacity);
    this.#next = grown(this.#next, capacity);
  }

  sizeOf(slot: number): number {
    return this.#size[slot] as number;
  }

  /** The memory of one window, to be read or written whole. */
  memoryOf(slot: number): readonly (Float32Array | Uint8Array)[] {
    const [from, until] = [slot * this.length, (slot + 1) * this.length];
    return [
      this.#values.subarray(from, until),
      this.#order.subarray(from, until),
      this.#size.subarray(slot, slot + 1),
      this.#next.subarray(slot, slot + 1),
    ];
  }

  clear(slot: number): void {
    this.#size[slot] = 0;
    this.#next[slot] = 0;
  }

  /** Of a window that holds at most `limit` values, oldest first. */
  valuesOf(slot: number, limit = this.length): number[] {
    const base = slot * this.length;
    const size = this.sizeOf(slot);
    const first = size < limit ? 0 : (this.#next[slot] as number);
    return Array.from({ length: size }, (_, i) => this.#values[base + ((first + i) % size)] as number);
  }

  /** The value at a rank from 0, the smallest; the window holds more than `rank` values. */
  atRank(slot: number, rank: number): number {
    const base = slot * this.length;
    return this.#values[base + (this.#order[base + rank] as number)] as number;
  }

  /**
   * Takes a finite value in, as a single-precision number; the oldest leaves when the window is full: at `limit`, which is the same for
   * a window until it is cleared.
   */
  push(slot: number, value: number, limit = this.length): void {
    const base = slot * this.length;
    const size = this.#size[slot] as number;
    const values = this.#values;
    const order = this.#order;
    let place = size;
    // Where the hole is that the order has: behind its end, or where the oldest value stood.
    let hole = base + size;
    if (size < limit) this.#size[slot] = size + 1;
    else {
      place = this.#next[slot] as number;
      this.#next[slot] = place + 1 === limit ? 0 : place + 1;
      hole = base + this.#rank(base, size, values[base + place] as number);
      while (order[hole] !== place) hole += 1;
    }
    const at = base + this.#rank(base, size, value);
    values[base + place] = value;
    // Those between the hole and the new place move up or down by one.
    if (at <= hole) {
      for (let i = hole; i > at; i -= 1) order[i] = order[i - 1] as number;
      order[at] = place;
    } else {
      for (let i = hole; i < at - 1; i += 1) order[i] = order[i + 1] as number;
      order[at - 1] = place;
    }
  }

  /** How many of the first `size` values in order are below `value`. */
  #rank(base: number, size: number, value: number): number {
    const values = this.#values;
    const order = this.#order;
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((values[base + (order[base + middle] as number)] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A longer copy of a typed array, zeros at its end. */
export function grown<T extends Float64Array | Float32Array | Int32Array | Uint8Array>(
  of: T,
  length: number,
): T {
  const longer = new (of.constructor as new (length: number) => T)(length);
  longer.set(of);
  return longer;
}
