/** A set of integers held as disjoint ranges: slots are accounted mostly in order, so it is nearly always one range. */

/** [from, until). */
export type Range = readonly [from: number, until: number];

export class IntervalSet {
  #ranges: Range[];

  /** Ranges in any order; empty ones are ignored. */
  constructor(ranges: readonly Range[] = []) {
    this.#ranges = [];
    for (const [from, until] of ranges) this.add(from, until);
  }

  /** Adds [from, until). */
  add(from: number, until: number = from + 1): void {
    if (until <= from) return;
    // Ranges that overlap or touch the new one are contiguous in the sorted list.
    let first = 0;
    while (first < this.#ranges.length && (this.#ranges[first] as Range)[1] < from) first += 1;
    let last = first;
    let [low, high] = [from, until];
    for (; last < this.#ranges.length; last += 1) {
      const [rangeFrom, rangeUntil] = this.#ranges[last] as Range;
      if (rangeFrom > until) break;
      low = Math.min(low, rangeFrom);
      high = Math.max(high, rangeUntil);
    }
    this.#ranges.splice(first, last - first, [low, high]);
  }

  has(value: number): boolean {
    return this.#ranges.some(([from, until]) => value >= from && value < until);
  }

  /** What of [from, until) is not in the set, in order. */
  gaps(from: number, until: number): Range[] {
    const gaps: Range[] = [];
    let at = from;
    for (const [rangeFrom, rangeUntil] of this.#ranges) {
      if (rangeUntil <= at) continue;
      if (rangeFrom >= until) break;
      if (rangeFrom > at) gaps.push([at, rangeFrom]);
      at = Math.max(at, rangeUntil);
    }
    if (at < until) gaps.push([at, until]);
    return gaps;
  }

  /** Fills the oldest gaps until at most `max` ranges are left. */
  compact(max: number): void {
    const excess = this.#ranges.length - max;
    if (excess <= 0) return;
    const [from] = this.#ranges[0] as Range;
    const [, until] = this.#ranges[excess] as Range;
    this.#ranges.splice(0, excess + 1, [from, until]);
  }

  ranges(): readonly Range[] {
    return this.#ranges;
  }
}
