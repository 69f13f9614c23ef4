/**
 * Where did it get worse? From leaves (each combination of dimension values, with its bad and all units now and before) to the few sets
 * of values that explain it. Pure, deterministic; tens of milliseconds for tens of thousands of leaves.
 *
 * Scan, refine, take what is covered away, scan again; then what the causes found explain of one another is looked at backwards.
 */
import { type Grouping, groupLeaves } from './groupings.ts';
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

/** One explanation: a list of sets, each a conjunction, that are bad together. */
export interface Explanation extends Mass {
  readonly cause: readonly LeafSet[];
  /** In nats; explanations are ordered by it. */
  readonly score: number;
  readonly share: number;
  /** What the localiser says; the others are what it would have said next. */
  readonly answer: boolean;
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

/** A cause while it is found. */
interface Found {
  readonly place: Place;
  readonly chain: readonly Place[];
  readonly leaves: Uint8Array;
  readonly score: number;
}

/** Candidates kept of the first scan: enough for what is shown and for what cannot be told apart. */
const KEEP = 40;

export function localiseLeaves(table: LeafTable, settings: LeafSettings = LEAF_SETTINGS): Localisation {
  const expected = expectedBad(table, settings.priorWeight);
  const groupings = groupLeaves(table, settings.dimsMax);
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
  const ratio = rateOf(whole);
  return {
    explanations: explain(kept, first, found[0]?.chain ?? [], field, share),
    ...{ causes, whole, outside },
    everywhere: ratio >= settings.globalRatio && share(kept) < settings.globalShare,
  };
}

const rateOf = ({ bad, expected }: Mass): number => bad / Math.max(expected, 1e-9);

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

/** The leaves of a place: all of them, or those that are alive. */
function leavesOf({ grouping, group }: Place, alive?: Uint8Array): Uint8Array {
  const leaves = new Uint8Array(grouping.ids.length);
  for (let i = 0; i < leaves.length; i += 1)
    if (grouping.ids[i] === group && (alive === undefined || alive[i])) leaves[i] = 1;
  return leaves;
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
  return kept.slice(0, field.settings.causesMax);
}

/** Of some leaves without those of another mask. */
function massOf({ table, expected }: Field, leaves: Uint8Array, without?: Uint8Array): Mass {
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

function excessOf(leaves: Uint8Array, outside: number, field: Field): number {
  const { bad, expected } = massOf(field, leaves);
  return bad - outside * expected;
}

function union(of: readonly Pick<Found, 'leaves'>[]): Uint8Array {
  const all = Uint8Array.from(of[0]?.leaves ?? []);
  for (const { leaves } of of.slice(1)) for (let i = 0; i < all.length; i += 1) if (leaves[i]) all[i] = 1;
  return all;
}

/** The names of a place. */
function setOf({ grouping, group }: { grouping: Grouping; group: number }, table: LeafTable): LeafSet {
  const leaf = grouping.sample[group] as number;
  return Object.fromEntries(
    grouping.dims.map((d) => [
      table.dims[d] as string,
      table.values[d]?.[table.codes[d]?.[leaf] as number] as string,
    ]),
  );
}

/** Sets that differ from a cause only in leaves that could not tell: with what those have now it might as well be the other. */
function alikeOf(one: Found, first: Scan, field: Field): LeafSet[] {
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
function explain(
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
