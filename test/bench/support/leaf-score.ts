/** How well found causes agree with labelled ones: exact sets, nothing for a part. */
import type { LeafSet } from '../../../collector/detect/leaves/leaf-table.ts';

/** Of one case: sets that were found and labelled, found in all, labelled in all. */
export interface SetScore {
  readonly right: number;
  readonly found: number;
  readonly labelled: number;
}

/** The same for the same set, whatever the order of its names. */
const keyOf = (set: LeafSet): string => JSON.stringify(Object.entries(set).sort());

export function scoreSets(found: readonly LeafSet[], labelled: readonly LeafSet[]): SetScore {
  const wanted = new Set(labelled.map(keyOf));
  const keys = new Set(found.map(keyOf));
  const right = [...keys].filter((key) => wanted.has(key)).length;
  return { right, found: keys.size, labelled: wanted.size };
}

/** F1 over all sets of all cases. */
export function f1Of(scores: readonly SetScore[]): number {
  let right = 0;
  let sets = 0;
  for (const score of scores) {
    right += score.right;
    sets += score.found + score.labelled;
  }
  return sets === 0 ? 0 : (2 * right) / sets;
}

/** Whether two lists hold the same sets. */
export function sameSets(a: readonly LeafSet[], b: readonly LeafSet[]): boolean {
  const { found, labelled, right } = scoreSets(a, b);
  return right === found && right === labelled;
}
