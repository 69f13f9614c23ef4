/**
 * Whose part of the way is it? From the sets that explain an alarm to AGENT, ISP, REGION, COUNTRY, POP, TARGET, ROUTE or GLOBAL, by
 * what they name: the localiser has eliminated the rest already. OURSELVES leaves no leaves: where nobody is heard there is no run.
 */
import { type CounterExample, counterExamples } from './counter-examples.ts';
import type { LeafSet, LeafTable } from './leaf-table.ts';
import { type Cause, type Localisation, localiseLeaves } from './localise-leaves.ts';
import { gainOf } from './scan.ts';
import { LEAF_SETTINGS, type LeafSettings } from './settings.ts';

export const FAULT_PLACES = [
  'AGENT',
  'ISP',
  'REGION',
  'COUNTRY',
  'POP',
  'TARGET',
  'ROUTE',
  'GLOBAL',
  'OURSELVES',
] as const;
export type FaultPlace = (typeof FAULT_PLACES)[number];

/** Runs that would tell two explanations apart: those in one set and not in the other. */
export interface TellingRuns {
  readonly in: LeafSet;
  readonly notIn: LeafSet;
}

export interface PlacedFault {
  readonly place: FaultPlace;
  /** The values that it is bound to; empty for GLOBAL and OURSELVES. */
  readonly set: LeafSet;
  /** Evidence, nats. */
  readonly score: number;
  /** Of all excess over normal. */
  readonly share: number;
  /** Bad and expected units of the set now. */
  readonly bad: number;
  readonly expected: number;
  /** Other explanations that the units of now do not tell from this one, and what runs would. */
  readonly ambiguous: readonly {
    readonly place: FaultPlace;
    readonly set: LeafSet;
    readonly tellingRuns: readonly TellingRuns[];
  }[];
  readonly counterExamples: readonly CounterExample[];
}

type Role = 'agent' | 'isp' | 'region' | 'country' | 'pop' | 'target';

/** What a dimension says of the way; the others (probe, metric, device, …) say nothing of where. */
const ROLES: Readonly<Record<string, Role>> = {
  agent: 'agent',
  host: 'agent',
  isp: 'isp',
  asn: 'isp',
  network: 'isp',
  provider: 'isp',
  city: 'region',
  region: 'region',
  country: 'country',
  pop: 'pop',
  cdn: 'pop',
  target: 'target',
};

/** On the side of those who ask, narrowest first; and on the side of what is asked for. */
const ASKING = ['agent', 'isp', 'region', 'country'] as const;
const SERVING = ['pop', 'target'] as const;

/** The place that a set speaks for; undefined when it names no part of the way. */
export function placeOf(set: LeafSet): FaultPlace | undefined {
  const roles = new Set(Object.keys(set).map((name) => ROLES[name]));
  const asking = ASKING.find((role) => roles.has(role));
  const serving = SERVING.find((role) => roles.has(role));
  // Bad from there to there, and neither is bad to and from others: what lies between them.
  if (asking && serving) return 'ROUTE';
  const role = asking ?? serving;
  return role && (role.toUpperCase() as FaultPlace);
}

/** Localises an alarm and says where each of its causes lies, the strongest first. Empty when nothing is raised beyond noise. */
export function placeFaults(table: LeafTable, settings: LeafSettings = LEAF_SETTINGS): PlacedFault[] {
  const found = localiseLeaves(table, settings);
  const causes = found.causes.filter(({ score }) => score >= settings.faultScoreMin);
  if (found.everywhere) return [everywhere(table, found, settings)];
  const against = counterExamples(
    table,
    causes.map(({ set }) => set),
    settings,
  );
  return causes.map((cause) => placed(cause, against));
}

function placed(cause: Cause, against: readonly CounterExample[]): PlacedFault {
  const { set, score, share, bad, expected } = cause;
  return {
    place: nameOf(set),
    ...{ set, score, share, bad, expected },
    ambiguous: cause.alike.map((other) => ({
      place: nameOf(other),
      set: other,
      tellingRuns: [
        { in: set, notIn: other },
        { in: other, notIn: set },
      ].filter((runs) => !isWithin(runs.in, runs.notIn)),
    })),
    counterExamples: against.filter((one) => one.kind === 'raised_outside' || isWithin(one.set, set)),
  };
}

/** One kind of check or device that is bad wherever it is asked for is a matter of what is asked for. */
const nameOf = (set: LeafSet): FaultPlace => placeOf(set) ?? 'TARGET';

/** Whether all that is in a set is in the other as well, by their names alone. */
const isWithin = (inner: LeafSet, outer: LeafSet): boolean =>
  Object.entries(outer).every(([name, value]) => inner[name] === value);

/** All is raised: what is well all the same, of any dimension, speaks against it. */
function everywhere(table: LeafTable, { whole }: Localisation, settings: LeafSettings): PlacedFault {
  const { bad, expected } = whole;
  return {
    ...{ place: 'GLOBAL', set: {}, score: gainOf(whole), share: 1, bad, expected, ambiguous: [] },
    counterExamples: counterExamples(table, [{}], settings),
  };
}
