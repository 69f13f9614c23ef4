/**
 * One scan: for every set of every cut, how much better two rates (inside, outside) explain the living leaves than one, in nats, after
 * what it costs to have chosen that set. A two-region Poisson scan in the manner of Kulldorff, divided by the overdispersion.
 */
import type { Grouping, Groupings } from './groupings.ts';
import type { LeafTable } from './leaf-table.ts';
import { overdispersion } from './overdispersion.ts';
import type { LeafSettings } from './settings.ts';

/** What a scan looks at. Leaves that are covered already have alive 0. */
export interface Field {
  readonly table: LeafTable;
  readonly expected: Float64Array;
  readonly groupings: Groupings;
  readonly settings: LeafSettings;
  readonly alive: Uint8Array;
}

/** Bad, expected and units of some leaves. */
export interface Mass {
  readonly bad: number;
  readonly expected: number;
  readonly units: number;
}

export interface Scored {
  readonly grouping: Grouping;
  readonly group: number;
  readonly score: number;
}

export interface Scan {
  /** Of all living leaves. */
  readonly whole: Mass;
  /** Variance by mean of the leaves, at least 1. */
  readonly phi: number;
  /** The best sets, best first. */
  readonly best: readonly Scored[];
}

/** How much likelier what was seen is with a share of its own than with the expected one, in nats; 0 where it is not raised. */
export function gainOf({ bad, expected, units }: Mass): number {
  if (bad <= expected) return 0;
  const well = units - bad;
  const wellExpected = Math.max(units - expected, 1e-9);
  return (
    bad * Math.log(bad / Math.max(expected, 1e-9)) + (well > 0 ? well * Math.log(well / wellExpected) : 0)
  );
}

/** Scans the living leaves and gives the best `keep` sets. */
export function scan(field: Field, keep: number): Scan {
  const whole = massOf(field);
  const phi = overdispersion(field.table, field.expected, field.alive);
  const best: Scored[] = [];
  for (const grouping of field.groupings.all) {
    fill(grouping, field);
    score(grouping, field.settings, { whole, phi }, best, keep);
  }
  return { whole, phi, best };
}

function massOf({ table, expected, alive }: Field): Mass {
  let bad = 0;
  let sumExpected = 0;
  let units = 0;
  for (let i = 0; i < alive.length; i += 1) {
    if (!alive[i]) continue;
    bad += table.bad[i] as number;
    sumExpected += expected[i] as number;
    units += table.total[i] as number;
  }
  return { bad, expected: sumExpected, units };
}

function fill({ ids, bad, expected, units }: Grouping, field: Field): void {
  bad.fill(0);
  expected.fill(0);
  units.fill(0);
  const { alive, table } = field;
  for (let i = 0; i < ids.length; i += 1) {
    if (!alive[i]) continue;
    const id = ids[i] as number;
    bad[id] = (bad[id] as number) + (table.bad[i] as number);
    expected[id] = (expected[id] as number) + (field.expected[i] as number);
    units[id] = (units[id] as number) + (table.total[i] as number);
  }
}

function score(
  grouping: Grouping,
  settings: LeafSettings,
  { whole, phi }: Pick<Scan, 'whole' | 'phi'>,
  best: Scored[],
  keep: number,
): void {
  const cost =
    settings.dimCost * grouping.dims.length + settings.choiceCost * Math.log(grouping.sample.length);
  const flat = xLogY(whole.bad, whole.bad / Math.max(whole.expected, 1e-9));
  for (let group = 0; group < grouping.sample.length; group += 1) {
    const bad = grouping.bad[group] as number;
    const expected = grouping.expected[group] as number;
    const units = grouping.units[group] as number;
    if (bad <= 0 || units < settings.unitsMin || units > whole.units - 0.5) continue;
    const inside = bad / Math.max(expected, 1e-9);
    const outside = (whole.bad - bad) / Math.max(whole.expected - expected, 1e-9);
    if (inside <= settings.ratioMin * outside) continue;
    const gain = (xLogY(bad, inside) + xLogY(whole.bad - bad, outside) - flat) / phi - cost;
    const last = best[keep - 1];
    if (last && last.score >= gain) continue;
    insert(best, { grouping, group, score: gain }, keep);
  }
}

function insert(best: Scored[], one: Scored, keep: number): void {
  let at = best.length;
  while (at > 0 && (best[at - 1] as Scored).score < one.score) at -= 1;
  best.splice(at, 0, one);
  if (best.length > keep) best.pop();
}

const xLogY = (x: number, y: number): number => (x > 0 ? x * Math.log(Math.max(y, 1e-12)) : 0);
