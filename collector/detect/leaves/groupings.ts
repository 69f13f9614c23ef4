/**
 * Every way to cut the leaves by a few dimensions that says something of its own. Where one dimension determines another (an agent is
 * in one city, a city in one region) naming both cuts no finer than naming the narrower one, and such cuts are left out.
 */
import type { LeafTable } from './leaf-table.ts';
import { LEAF_LIMITS, type LeafSettings } from './settings.ts';

/** One cut. */
export interface Grouping {
  /** Bit d is set where dimension d is named. */
  readonly mask: number;
  readonly dims: readonly number[];
  /** For each leaf, its group. */
  readonly ids: Int32Array;
  /** For each group, one leaf of it. */
  readonly sample: Int32Array;
  /** Of the living leaves of each group: bad, expected, units. Filled by a scan. */
  readonly bad: Float64Array;
  readonly expected: Float64Array;
  readonly units: Float64Array;
}

export interface Groupings {
  readonly all: readonly Grouping[];
  /** Undefined for a mask that says nothing of its own. */
  of(mask: number): Grouping | undefined;
  /** Whether each value of dimension `a` goes with one value of `b` only. */
  determines(a: number, b: number): boolean;
  /** The mask without dimensions that another one in it determines; of two that determine each other the first stays. */
  essential(mask: number): number;
}

/** Numbers are given out by an array while it is not much longer than the leaves; beyond, by a map. */
const DENSE_MIN = 1 << 16;
const DENSE_PER_LEAF = 8;

export function groupLeaves(table: LeafTable, dimsMax: number, sets?: LeafSettings['sets']): Groupings {
  const byMask = new Map<number, Grouping>();
  const named = sets?.map((names) => maskOf(names.map((name) => table.dims.indexOf(name))));
  /** Whether it is named, or part of what is. */
  const isWanted = (mask: number): boolean => named?.some((one) => (one & mask) === mask) ?? true;
  const dimCount = table.dims.length;
  let layer: Grouping[] = [];
  for (let d = 0; d < dimCount; d += 1) {
    const values = table.values[d]?.length ?? 0;
    if (values < 2) continue;
    layer.push(grouping([d], cut(undefined, table.codes[d] as Int32Array, values)));
  }
  for (let size = 1; layer.length > 0; size += 1) {
    for (const one of layer) byMask.set(one.mask, one);
    const cells = (byMask.size + choose(dimCount, size + 1)) * table.bad.length;
    if (size >= dimsMax || cells > LEAF_LIMITS.groupedCells.value) break;
    const wider: Grouping[] = [];
    for (const one of layer) {
      for (let d = (one.dims.at(-1) as number) + 1; d < dimCount; d += 1) {
        // Each part must say something of its own, and the whole more than each part.
        const parts = one.dims.map((left) => byMask.get((one.mask | (1 << d)) & ~(1 << left)));
        if (parts.some((part) => part === undefined) || !byMask.has(1 << d)) continue;
        if (!isWanted(one.mask | (1 << d))) continue;
        const found = cut(one, table.codes[d] as Int32Array, table.values[d]?.length ?? 0);
        const groups = found.sample.length;
        if (groups === one.sample.length || parts.some((part) => part?.sample.length === groups)) continue;
        wider.push(grouping([...one.dims, d], found));
      }
    }
    layer = wider;
  }
  const determines = determinationsOf(table);
  for (const mask of byMask.keys()) if (named && !named.includes(mask)) byMask.delete(mask);
  return {
    all: [...byMask.values()],
    of: (mask) => byMask.get(mask),
    determines,
    essential: (mask) => essential(mask, dimCount, determines),
  };
}

const maskOf = (dims: readonly number[]): number => dims.reduce((mask, d) => mask | (1 << d), 0);

/** How many sets of k there are out of n. */
function choose(n: number, k: number): number {
  let sets = 1;
  for (let i = 0; i < k; i += 1) sets = (sets * (n - i)) / (i + 1);
  return sets;
}

function grouping(
  dims: readonly number[],
  { ids, sample }: { ids: Int32Array; sample: Int32Array },
): Grouping {
  const groups = sample.length;
  return {
    mask: maskOf(dims),
    dims,
    ids,
    sample,
    bad: new Float64Array(groups),
    expected: new Float64Array(groups),
    units: new Float64Array(groups),
  };
}

/** Cuts groups further by one dimension, and numbers what comes out in the order of the leaves. */
function cut(
  coarse: Grouping | undefined,
  codes: Int32Array,
  values: number,
): { ids: Int32Array; sample: Int32Array } {
  const ids = new Int32Array(codes.length);
  const sample: number[] = [];
  const keys = (coarse?.sample.length ?? 1) * values;
  const isDense = keys <= Math.max(DENSE_MIN, DENSE_PER_LEAF * codes.length);
  const dense = isDense ? new Int32Array(keys).fill(-1) : undefined;
  const sparse = new Map<number, number>();
  for (let i = 0; i < codes.length; i += 1) {
    const key = (coarse ? (coarse.ids[i] as number) : 0) * values + (codes[i] as number);
    let id = dense ? (dense[key] as number) : (sparse.get(key) ?? -1);
    if (id < 0) {
      id = sample.length;
      sample.push(i);
      if (dense) dense[key] = id;
      else sparse.set(key, id);
    }
    ids[i] = id;
  }
  return { ids, sample: Int32Array.from(sample) };
}

function determinationsOf(table: LeafTable): (a: number, b: number) => boolean {
  const known = table.dims.map((_, a) => table.dims.map((_, b) => a !== b && isDetermined(table, a, b)));
  return (a, b) => known[a]?.[b] ?? false;
}

function isDetermined(table: LeafTable, a: number, b: number): boolean {
  const from = table.codes[a] as Int32Array;
  const to = table.codes[b] as Int32Array;
  const seen = new Int32Array(table.values[a]?.length ?? 0).fill(-1);
  for (let i = 0; i < from.length; i += 1) {
    const at = from[i] as number;
    if (seen[at] === -1) seen[at] = to[i] as number;
    else if (seen[at] !== to[i]) return false;
  }
  return true;
}

function essential(mask: number, dimCount: number, determines: (a: number, b: number) => boolean): number {
  let left = mask;
  for (let b = dimCount - 1; b >= 0; b -= 1) {
    if (!(left & (1 << b))) continue;
    for (let a = 0; a < dimCount; a += 1) {
      if (a === b || !(left & (1 << a)) || !determines(a, b)) continue;
      left &= ~(1 << b);
      break;
    }
  }
  return left;
}
