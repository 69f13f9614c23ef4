/** Leaves as columns: what each combination of dimension values has now, and had before. */
import { LEAF_LIMITS, LEAF_SETTINGS } from './settings.ts';

/** One conjunction: a value for each dimension that it names. The empty set is everything. */
export type LeafSet = Readonly<Record<string, string>>;

export interface LeafTable {
  readonly dims: readonly string[];
  /** The values of each dimension; `codes` point into it. */
  readonly values: readonly (readonly string[])[];
  /** For each dimension, the value of each leaf. */
  readonly codes: readonly Int32Array[];
  /** Units now, and those of them that are bad; of a leaf that is absent now both are 0. */
  readonly bad: Float64Array;
  readonly total: Float64Array;
  /** The same, summed over the minutes before. */
  readonly badBefore: Float64Array;
  readonly totalBefore: Float64Array;
}

/** One minute's rows. */
interface Minute {
  readonly leaf: number[];
  readonly bad: number[];
  readonly total: number[];
}

/**
 * Takes rows of (time, values, bad, total) in any order and keeps the minute asked for and the latest ones before it. Rows of one leaf
 * in one minute are added up; what comes after is not looked at.
 */
export class LeafMinutes {
  readonly at: number;
  /** Rows of leaves over the limit. */
  leftOut = 0;
  readonly #dims: readonly string[];
  readonly #baselineMinutes: number;
  readonly #leafOf = new Map<string, number>();
  readonly #codeOf: Map<string, number>[];
  readonly #codes: number[][];
  readonly #minutes = new Map<number, Minute>();
  /** The latest minute that was let go: it and what lies before it is not taken any more. */
  #forgotten = Number.NEGATIVE_INFINITY;

  /** Throws a RangeError for more dimensions than the limit. */
  constructor(dims: readonly string[], at: number, baselineMinutes = LEAF_SETTINGS.baselineMinutes) {
    if (dims.length > LEAF_LIMITS.dims.value)
      throw new RangeError(`${dims.length} dimensions; at most ${LEAF_LIMITS.dims.value} are looked at`);
    this.at = at;
    this.#dims = dims;
    this.#baselineMinutes = baselineMinutes;
    this.#codeOf = dims.map(() => new Map());
    this.#codes = dims.map(() => []);
  }

  add(t: number, values: readonly string[], bad: number, total: number): void {
    if (t > this.at || t <= this.#forgotten) return;
    const leaf = this.#leaf(values);
    if (leaf === undefined) return;
    let minute = this.#minutes.get(t);
    if (!minute) {
      minute = { leaf: [], bad: [], total: [] };
      this.#minutes.set(t, minute);
      this.#forget();
    }
    minute.leaf.push(leaf);
    minute.bad.push(bad);
    minute.total.push(total);
  }

  #leaf(values: readonly string[]): number | undefined {
    const key = values.join('\u001f');
    const known = this.#leafOf.get(key);
    if (known !== undefined) return known;
    if (this.#leafOf.size >= LEAF_LIMITS.leaves.value) {
      this.leftOut += 1;
      return undefined;
    }
    for (const [d, codeOf] of this.#codeOf.entries()) {
      const value = values[d] ?? '';
      let code = codeOf.get(value);
      if (code === undefined) {
        code = codeOf.size;
        codeOf.set(value, code);
      }
      this.#codes[d]?.push(code);
    }
    this.#leafOf.set(key, this.#leafOf.size);
    return this.#leafOf.size - 1;
  }

  /** Lets the oldest minute go once there are more than are needed. */
  #forget(): void {
    const before = [...this.#minutes.keys()].filter((t) => t < this.at);
    if (before.length <= this.#baselineMinutes) return;
    const oldest = Math.min(...before);
    this.#minutes.delete(oldest);
    this.#forgotten = oldest;
  }

  /** Whether the minute asked for has rows, and how many minutes before it have. */
  get has(): { readonly now: boolean; readonly before: number } {
    const now = this.#minutes.has(this.at);
    return { now, before: this.#minutes.size - (now ? 1 : 0) };
  }

  table(): LeafTable {
    const leaves = this.#leafOf.size;
    const [bad, total, badBefore, totalBefore] = [0, 0, 0, 0].map(() => new Float64Array(leaves)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (const [t, minute] of this.#minutes) {
      const [toBad, toTotal] = t === this.at ? [bad, total] : [badBefore, totalBefore];
      for (const [i, leaf] of minute.leaf.entries()) {
        toBad[leaf] = (toBad[leaf] as number) + (minute.bad[i] as number);
        toTotal[leaf] = (toTotal[leaf] as number) + (minute.total[i] as number);
      }
    }
    const values = this.#codeOf.map((codeOf) => [...codeOf.keys()]);
    const codes = this.#codes.map((column) => Int32Array.from(column));
    return { dims: this.#dims, values, codes, bad, total, badBefore, totalBefore };
  }
}

/** Bad units that each leaf would have now if all were as before: its own rate, drawn to the rate of all the more the less it has. */
export function expectedBad(table: LeafTable, priorWeight: number): Float64Array {
  const { bad, total, badBefore, totalBefore } = table;
  const hasBefore = totalBefore.some((units) => units > 0);
  // Without a past, the leaves of now are each other's normal.
  const [badSum, totalSum] = hasBefore ? [sum(badBefore), sum(totalBefore)] : [sum(bad), sum(total)];
  const rate = (badSum + 0.5) / (totalSum + 1);
  return total.map(
    (units, i) =>
      (units * ((badBefore[i] as number) + priorWeight * rate)) / ((totalBefore[i] as number) + priorWeight),
  );
}

function sum(of: Float64Array): number {
  let all = 0;
  for (const one of of) all += one;
  return all;
}
