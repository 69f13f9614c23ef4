/**
 * Where did it get worse? From leaves (each combination of dimension values, with its bad and all units now and before) to the few sets
 * of values that explain it. Pure, deterministic; tens of milliseconds for tens of thousands of leaves.
 *
 * Scan, refine, take what is covered away, scan again; then what the causes found explain of one another is looked at backwards.
 */
import { alikeOf, type Explanation, explain, type Found, setOf } from './explanations.ts';
import { groupLeaves } from './groupings.ts';
import { excessOf, leavesOf, massOf, rateOf, union } from './leaf-masks.ts';
import { expectedBad, type LeafSet, type LeafTable } from './leaf-table.ts';
import { type Place, refine } from './refine.ts';
import { type Field, type Mass, type Scan, scan } from './scan.ts';
import { LEAF_SETTINGS, type LeafSettings } from './settings.ts';

/** One set of the answer. */
export interface Cause extends Mass {
  readonly set: LeafSet;
  /** Evidence in nats of the strongest set that this one stands for. */
  readonly score: number;
  /** Of all excess over normal, what this set has beyond the rate outside of all causes; the shares of disjoint causes add up. */
  readonly share: number;
  /** Other sets that the units of now do not tell from this one. */
  readonly alike: readonly LeafSet[];
}

export interface Localisation {
  /** Best first; the first is the answer: all causes together. Empty when nothing is raised. */
  readonly explanations: readonly Explanation[];
  /** The sets of the answer, strongest first. */
  readonly causes: readonly Cause[];
  readonly whole: Mass;
  /** Bad by expected outside of all causes. */
  readonly outside: number;
  /** The whole is raised and no set explains it: a cause that all share. */
  readonly everywhere: boolean;
}

/** Candidates kept of the first scan: enough for what is shown and for what cannot be told apart. */
const KEEP = 40;

/** Localises what is raised now against the minutes before. Throws nothing; an empty table has no explanation. */
export function localiseLeaves(table: LeafTable, settings: LeafSettings = LEAF_SETTINGS): Localisation {
  const expected = expectedBad(table, settings.priorWeight);
  const groupings = groupLeaves(table, settings.dimsMax, settings.sets);
  const field: Field = {
    ...{ table, expected, groupings, settings },
    alive: new Uint8Array(table.bad.length).fill(1),
  };
  const { found, first } = findCauses(field);
  const whole = first.whole;
  const all = new Uint8Array(table.bad.length).fill(1);
  const kept = withoutExplained(found, field);
  const outside = rateOf(massOf(field, all, union(kept)));
  // Where the rest has become better than normal, what the causes add to that is all there is to explain.
  const lift = whole.bad - Math.min(1, outside) * whole.expected;
  const share = (of: readonly Pick<Found, 'leaves'>[]): number =>
    lift <= 1e-9 ? 0 : Math.min(1, Math.max(0, excessOf(union(of), outside, field) / lift));
  const causes = kept.map((one): Cause => {
    const mass = massOf(field, one.leaves);
    const { score } = one;
    return {
      ...{ set: setOf(one.place, table), score, ...mass, share: share([one]) },
      alike: alikeOf(one, first, field),
    };
  });
  const rise = rateOf(massOf(field, union(kept))) - 1;
  const isRest = rise > 0 && outside - 1 >= settings.globalRise * rise;
  return {
    explanations: explain(kept, first, found[0]?.chain ?? [], field, share),
    ...{ causes, whole, outside },
    everywhere: rateOf(whole) >= settings.globalRatio && (share(kept) < settings.globalShare || isRest),
  };
}

function findCauses(field: Field): { found: Found[]; first: Scan } {
  const { alive, settings } = field;
  const found: Found[] = [];
  const first = scan(field, KEEP);
  let current = first;
  while (found.length <= settings.causesMax) {
    const best = current.best[0];
    if (!best) break;
    const head = found[0];
    if (head && best.score <= 0) break;
    const chain = refine(best, current.whole, field);
    const place = chain.at(-1) as Place;
    const leaves = leavesOf(place, alive);
    if (head && !isNext({ leaves, score: best.score }, head, field)) break;
    found.push({ place, chain, leaves, score: best.score });
    for (let i = 0; i < alive.length; i += 1) if (leaves[i]) alive[i] = 0;
    current = scan(field, 1);
  }
  return { found, first };
}

/** Whether a further place is a cause of its own beside the first. */
function isNext(
  { leaves, score }: Pick<Found, 'leaves' | 'score'>,
  head: Pick<Found, 'leaves' | 'score'>,
  field: Field,
): boolean {
  const { settings, alive } = field;
  const own = massOf(field, leaves);
  if (rateOf(own) < settings.nextRatio) return false;
  const outside = rateOf(massOf(field, alive, leaves));
  const first = massOf(field, head.leaves);
  const excess = (own.bad - outside * own.expected) / Math.max(first.bad - outside * first.expected, 1e-9);
  const rise = (rateOf(own) - outside) / Math.max(rateOf(first) - outside, 1e-9);
  const isLarge = excess >= settings.nextExcess && score >= settings.nextEvidence * head.score;
  return isLarge || (rise >= settings.nextRise && score >= settings.nextScoreMin);
}

/** Takes away, weakest first, causes that are little without the others: what began as a part and ended as a whole. */
function withoutExplained(found: readonly Found[], field: Field): Found[] {
  // As first found, each had only what was left over; here each has all of its leaves.
  let kept = found.map((one) => ({ ...one, leaves: leavesOf(one.place) }));
  const all = new Uint8Array(field.alive.length).fill(1);
  const outside = rateOf(massOf(field, all, union(kept)));
  while (kept.length > 1) {
    const shares = kept.map((one) => {
      const others = kept.filter((other) => other !== one);
      const own = massOf(field, one.leaves, union(others));
      return (own.bad - outside * own.expected) / Math.max(excessOf(one.leaves, outside, field), 1e-9);
    });
    const least = shares.indexOf(Math.min(...shares));
    if ((shares[least] as number) >= field.settings.ownShareMin) break;
    kept = kept.filter((_, i) => i !== least);
  }
  return kept.slice(0, field.settings.causesMax).sort((a, b) => b.score - a.score);
}
