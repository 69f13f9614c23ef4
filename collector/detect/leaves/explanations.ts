/** Causes as what is said of them: the answer, what would have been said next, and what cannot be told apart. */

import { leavesOf, massOf, rateOf, union } from './leaf-masks.ts';
import type { LeafSet, LeafTable } from './leaf-table.ts';
import type { Place } from './refine.ts';
import type { Field, Mass, Scan } from './scan.ts';

/** One explanation: a list of sets, each a conjunction, that are bad together. */
export interface Explanation extends Mass {
  readonly cause: readonly LeafSet[];
  /** In nats; explanations are ordered by it. */
  readonly score: number;
  readonly share: number;
  /** What the localiser says; the others are what it would have said next. */
  readonly answer: boolean;
}

/** A cause while it is found: the place, what gave way to it, and its leaves. */
export interface Found {
  readonly place: Place;
  readonly chain: readonly Place[];
  readonly leaves: Uint8Array;
  readonly score: number;
}

/** The names of a place. */
export function setOf({ grouping, group }: Place, table: LeafTable): LeafSet {
  const leaf = grouping.sample[group] as number;
  return Object.fromEntries(
    grouping.dims.map((d) => [
      table.dims[d] as string,
      table.values[d]?.[table.codes[d]?.[leaf] as number] as string,
    ]),
  );
}

/** Sets that differ from a cause only in leaves that could not tell: with what those have now it might as well be the other. */
export function alikeOf(one: Found, first: Scan, field: Field): LeafSet[] {
  const rise = rateOf(massOf(field, one.leaves));
  const others = [...one.chain, ...first.best].filter(
    ({ grouping, group }) => grouping !== one.place.grouping || group !== one.place.group,
  );
  const alike = new Map<string, LeafSet>();
  for (const other of others) {
    if (isToldApart(one.leaves, other, rise, field)) continue;
    const set = setOf(other, field.table);
    alike.set(keyOf(set), set);
  }
  return [...alike.values()];
}

/** Whether the leaves that only one of two has would show enough bad units, or do. */
function isToldApart(leaves: Uint8Array, { grouping, group }: Place, rise: number, field: Field): boolean {
  let bad = 0;
  let expected = 0;
  for (let i = 0; i < leaves.length; i += 1) {
    if ((grouping.ids[i] === group) === (leaves[i] === 1)) continue;
    bad += field.table.bad[i] as number;
    expected += field.expected[i] as number;
    if (Math.max(bad, expected * rise) >= field.settings.tellingUnits) return true;
  }
  return false;
}

/** The same for the same set, whatever the order of its names. */
const keyOf = (set: LeafSet): string => JSON.stringify(Object.entries(set).sort());

/** The answer, each of its sets alone where it has several, then what the answer gave way to and the next best sets. */
export function explain(
  kept: readonly Found[],
  first: Scan,
  chain: readonly Place[],
  field: Field,
  share: (of: readonly Pick<Found, 'leaves'>[]) => number,
): Explanation[] {
  if (kept.length === 0) return [];
  const explanations = new Map<string, Explanation>();
  let ceiling = Number.POSITIVE_INFINITY;
  const add = (of: readonly Pick<Found, 'place' | 'score' | 'leaves'>[], score: number): void => {
    const cause = of.map(({ place }) => setOf(place, field.table));
    const key = JSON.stringify(cause.map(keyOf).sort());
    if (explanations.has(key) || explanations.size >= field.settings.top) return;
    // An answer stands for the strongest set that gave way to it; what stands behind is never stronger.
    ceiling = Math.min(ceiling, score);
    const mass = massOf(field, union(of));
    const answer = explanations.size === 0;
    explanations.set(key, { cause, score: ceiling, ...mass, share: share(of), answer });
  };
  const alone = (place: Place, score: number): void => {
    if (explanations.size < field.settings.top) add([{ place, score, leaves: leavesOf(place) }], score);
  };
  add(
    kept,
    kept.reduce((sum, { score }) => sum + score, 0),
  );
  if (kept.length > 1) for (const one of kept) add([one], one.score);
  for (const place of [...chain].reverse()) alone(place, first.best[0]?.score ?? 0);
  for (const one of first.best) alone(one, one.score);
  return [...explanations.values()];
}
