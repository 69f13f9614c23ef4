/** Some of the leaves as a mask, one byte a leaf, and what they have together. */
import type { Place } from './refine.ts';
import type { Field, Mass } from './scan.ts';

export const rateOf = ({ bad, expected }: Mass): number => bad / Math.max(expected, 1e-9);

/** The leaves of a place: all of them, or those that are alive. */
export function leavesOf({ grouping, group }: Place, alive?: Uint8Array): Uint8Array {
  const leaves = new Uint8Array(grouping.ids.length);
  for (let i = 0; i < leaves.length; i += 1)
    if (grouping.ids[i] === group && (alive === undefined || alive[i])) leaves[i] = 1;
  return leaves;
}

/** Of some leaves without those of another mask. */
export function massOf({ table, expected }: Field, leaves: Uint8Array, without?: Uint8Array): Mass {
  let bad = 0;
  let sumExpected = 0;
  let units = 0;
  for (let i = 0; i < leaves.length; i += 1) {
    if (!leaves[i] || without?.[i]) continue;
    bad += table.bad[i] as number;
    sumExpected += expected[i] as number;
    units += table.total[i] as number;
  }
  return { bad, expected: sumExpected, units };
}

/** Bad units beyond a rate of the expected ones. */
export function excessOf(leaves: Uint8Array, outside: number, field: Field): number {
  const { bad, expected } = massOf(field, leaves);
  return bad - outside * expected;
}

/** All leaves of several masks; empty for none. */
export function union(of: readonly { readonly leaves: Uint8Array }[]): Uint8Array {
  const all = Uint8Array.from(of[0]?.leaves ?? []);
  for (const { leaves } of of.slice(1)) for (let i = 0; i < all.length; i += 1) if (leaves[i]) all[i] = 1;
  return all;
}
