/** The last values of a stream with their times: a ring of numbers that grows with what it holds, up to its limit. */

/** Values that a ring begins with room for. */
const FIRST_ROOM = 8;

export class RecentValues {
  readonly #limit: number;
  /** A time and a value for each place, in turn. */
  #ring: Float64Array;
  #next = 0;
  #length = 0;

  /** Keeps at most `limit` values. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#ring = new Float64Array(2 * Math.min(limit, FIRST_ROOM));
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a value, its time in Unix milliseconds; the oldest leaves when it is full. */
  push(atMs: number, value: number): void {
    if (this.#length === this.#room && this.#room < this.#limit) this.#grow();
    this.#ring[2 * this.#next] = atMs;
    this.#ring[2 * this.#next + 1] = value;
    this.#next = (this.#next + 1) % this.#room;
    this.#length = Math.min(this.#room, this.#length + 1);
  }

  /** Values with times in [fromMs, untilMs), oldest first. */
  within(fromMs: number, untilMs: number): number[] {
    const found: number[] = [];
    for (let i = 0; i < this.#length; i += 1) {
      const place = (this.#next - this.#length + i + this.#room) % this.#room;
      const atMs = this.#ring[2 * place] as number;
      if (atMs >= fromMs && atMs < untilMs) found.push(this.#ring[2 * place + 1] as number);
    }
    return found;
  }

  get #room(): number {
    return this.#ring.length / 2;
  }

  /** Called when it is full and has not wrapped around: places stay as they are. */
  #grow(): void {
    const room = Math.min(this.#limit, 2 * this.#room);
    const grown = new Float64Array(2 * room);
    grown.set(this.#ring);
    this.#next = this.#length;
    this.#ring = grown;
  }
}
