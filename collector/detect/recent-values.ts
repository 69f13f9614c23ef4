/**
 * The last values of a stream with their times: a ring that grows with what it holds, up to its limit. Plain arrays of numbers,
 * since there are many small ones: a typed array costs 200 bytes before its first number.
 */
export class RecentValues {
  readonly #limit: number;
  /** A time and a value for each place, in turn. */
  readonly #ring: number[] = [];
  /** Where the next goes once it is full: the place of the oldest. */
  #next = 0;

  /** Keeps at most `limit` values. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#ring.length / 2;
  }

  /** Adds a value, its time in Unix milliseconds; the oldest leaves when it is full. */
  push(atMs: number, value: number): void {
    if (this.length < this.#limit) {
      this.#ring.push(atMs, value);
      return;
    }
    this.#ring[2 * this.#next] = atMs;
    this.#ring[2 * this.#next + 1] = value;
    this.#next = (this.#next + 1) % this.#limit;
  }

  /** The last `count` values, or as many as there are, oldest first. */
  last(count: number): number[] {
    const from = Math.max(0, this.length - count);
    return Array.from(
      { length: this.length - from },
      (_, i) => this.#ring[2 * ((this.#next + from + i) % this.length) + 1] as number,
    );
  }

  /** Values with times in [fromMs, untilMs), oldest first. */
  within(fromMs: number, untilMs: number): number[] {
    const found: number[] = [];
    for (let i = 0; i < this.length; i += 1) {
      const place = (this.#next + i) % this.length;
      const atMs = this.#ring[2 * place] as number;
      if (atMs >= fromMs && atMs < untilMs) found.push(this.#ring[2 * place + 1] as number);
    }
    return found;
  }
}
