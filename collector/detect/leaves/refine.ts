/**
 * From the best set to the one that people would name: a wider one if what it adds is raised too, a narrower one if that holds nearly
 * all of the excess and the rest is well.
 */
import type { Grouping } from './groupings.ts';
import type { Field, Mass } from './scan.ts';

/** A group of a cut: one conjunction of values. */
export interface Place {
  readonly grouping: Grouping;
  readonly group: number;
}

/** Steps, each way: dimensions are few, and a set that comes round again ends it. */
const STEPS_MAX = 8;

/** The place itself and those that it gave way to, in turn. The cuts must hold the sums of a scan of the field. */
export function refine(start: Place, whole: Mass, field: Field): readonly Place[] {
  const chain = [start];
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const wider = promoted(chain.at(-1) as Place, whole, field);
    if (!wider || chain.some((one) => isSame(one, wider))) break;
    chain.push(wider);
  }
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const narrower = demoted(chain.at(-1) as Place, whole, field);
    if (!narrower) break;
    chain.push(narrower);
  }
  return chain;
}

const isSame = (a: Place, b: Place): boolean => a.grouping === b.grouping && a.group === b.group;

function placeMass({ grouping, group }: Place): Mass {
  return {
    bad: grouping.bad[group] as number,
    expected: grouping.expected[group] as number,
    units: grouping.units[group] as number,
  };
}

const rateOf = ({ bad, expected }: Pick<Mass, 'bad' | 'expected'>): number => bad / Math.max(expected, 1e-9);

/** Living leaves beside some others. */
function beside(whole: Mass, part: Mass): Mass {
  return {
    bad: whole.bad - part.bad,
    expected: whole.expected - part.expected,
    units: whole.units - part.units,
  };
}

/** The wider set of which the rest is raised most, if it is raised enough. */
function promoted(place: Place, whole: Mass, field: Field): Place | undefined {
  const { promoteShare, promoteZ } = field.settings;
  const own = rateOf(placeMass(place));
  let best: { place: Place; share: number } | undefined;
  for (const parent of parentsOf(place, field)) {
    const mass = placeMass(parent);
    const rest = beside(mass, placeMass(place));
    const outside = rateOf(beside(whole, mass));
    let share = Number.POSITIVE_INFINITY;
    if (rest.expected > 1e-9) {
      const z = (rest.bad - outside * rest.expected) / Math.sqrt(Math.max(outside * rest.expected, 1e-9));
      share = (rateOf(rest) - outside) / Math.max(own - outside, 1e-9);
      if (share <= promoteShare || z <= promoteZ) continue;
    }
    if (!best || share > best.share) best = { place: parent, share };
  }
  return best?.place;
}

/** One dimension less, or a dimension by one that it determines: the agent by its city, the city by its region. */
function* parentsOf({ grouping, group }: Place, { groupings, table }: Field): Generator<Place> {
  const leaf = grouping.sample[group] as number;
  const at = (mask: number): Place | undefined => {
    const wider = mask === grouping.mask ? undefined : groupings.of(mask);
    return wider && { grouping: wider, group: wider.ids[leaf] as number };
  };
  for (const d of grouping.dims) {
    const without = grouping.mask & ~(1 << d);
    const masks = new Set(without === 0 ? [] : [without]);
    for (let b = 0; b < table.dims.length; b += 1) {
      const holds = groupings.determines(d, b) && !groupings.determines(b, d) && !(grouping.mask & (1 << b));
      if (holds) masks.add(groupings.essential(without | (1 << b)));
    }
    for (const mask of masks) {
      const parent = at(mask);
      if (parent) yield parent;
    }
  }
}

/** The narrower set with nearly all of the excess, if the rest of it is well. */
function demoted(place: Place, whole: Mass, field: Field): Place | undefined {
  const { grouping, group } = place;
  const mass = placeMass(place);
  const outside = rateOf(beside(whole, mass));
  const excess = mass.bad - outside * mass.expected;
  const { demoteShare, demoteRest } = field.settings;
  let best: { place: Place; excess: number } | undefined;
  for (const child of childrenOf(grouping, group, field)) {
    const inner = placeMass(child);
    const rest = beside(mass, inner);
    const innerExcess = inner.bad - outside * inner.expected;
    if (rest.expected <= 1 || innerExcess <= demoteShare * excess) continue;
    if (rateOf(rest) >= (1 + demoteRest) * outside) continue;
    if (!best || innerExcess > best.excess) best = { place: child, excess: innerExcess };
  }
  return best?.place;
}

/** Sets with one more dimension, of which the place has living leaves. */
function* childrenOf(grouping: Grouping, group: number, field: Field): Generator<Place> {
  const { groupings, table, alive } = field;
  const members: number[] = [];
  for (let i = 0; i < grouping.ids.length; i += 1) if (grouping.ids[i] === group && alive[i]) members.push(i);
  for (let d = 0; d < table.dims.length; d += 1) {
    if (grouping.mask & (1 << d)) continue;
    const narrower = groupings.of(groupings.essential(grouping.mask | (1 << d)));
    if (!narrower || narrower === grouping) continue;
    const seen = new Set<number>();
    for (const leaf of members) seen.add(narrower.ids[leaf] as number);
    if (seen.size < 2) continue;
    for (const id of seen) yield { grouping: narrower, group: id };
  }
}
