/**
 * Where is it? The leaves of an alarm are localised as any others are (`leaves/`); of the faults found, the alarm speaks for the
 * first that holds what it is about. What is more than for a table of leaves: a place must be raised in most of its parts, or it is
 * several; and of places that hold the same runs the one is named that can be seen directly.
 */
import { type IncidentScope, type PlaceEvidence, scopeText } from './incident.ts';
import { type PlacedFault, placeFaults } from './leaves/fault-place.ts';
import type { LeafSet, LeafTable } from './leaves/leaf-table.ts';
import { gainOf } from './leaves/scan.ts';
import { ALARM_LEAF_SETTINGS } from './leaves/settings.ts';
import { massOf, type RecentLeaf } from './recent-leaves.ts';
import { coversSeries } from './scope.ts';
import type { Series } from './series.ts';
import type { DetectSettings } from './settings.ts';

export interface Placed {
  readonly scope: IncidentScope;
  /** The only target, where the place is that of one. */
  readonly target: string | undefined;
  readonly place: PlaceEvidence;
}

/** A place, for one target or all. */
type Candidate = Pick<Placed, 'scope' | 'target'>;

/** Of places that hold the same runs the first is named: the nearest to what can be seen directly. */
const PREFERENCE = ['agent', 'region', 'country', 'isp', 'route', 'global', 'target', 'pop'] as const;

/** Share of what the alarm is about that a place must hold. */
const ALARMED_MIN = 0.5;

/** The place of an alarm, worth `needed` nats at least; undefined while no fault holds what the alarm is about. */
export function placeOf(
  leaves: readonly RecentLeaf[],
  isAlarmed: (series: Series) => boolean,
  needed: number,
  settings: DetectSettings,
): Placed | undefined {
  const alarmedIn = (of: readonly RecentLeaf[]): number =>
    of.reduce((sum, { bad, series }) => sum + (isAlarmed(series) ? bad : 0), 0);
  const alarmed = alarmedIn(leaves);
  if (alarmed <= 0) return undefined;
  for (const fault of placeFaults(tableOf(leaves), ALARM_LEAF_SETTINGS)) {
    const within = leaves.filter(({ series }) => isIn(fault.set, series));
    if (alarmedIn(within) < ALARMED_MIN * alarmed || gainOf(massOf(within)) < needed) continue;
    const [named, ...same] = namesOf(within, leaves);
    if (named && isRaisedThroughout(named, within, settings)) return placed(named, same, fault, leaves);
  }
  return undefined;
}

function placed(
  { scope, target }: Candidate,
  same: readonly Candidate[],
  { ambiguous, counterExamples, score, share }: PlacedFault,
  leaves: readonly RecentLeaf[],
): Placed {
  const alike = ambiguous.flatMap(({ set }) =>
    namesOf(
      leaves.filter(({ series }) => isIn(set, series)),
      leaves,
    ).slice(0, 1),
  );
  const against = counterExamples.filter(({ set }) =>
    Object.values(set).every((value) => !value.startsWith(UNNAMED)),
  );
  // A region and its country, or the way to its only edge, are other names for one place, not other causes.
  const others = [
    ...same.filter((one) => one.scope.kind !== 'country' && one.scope.kind !== 'route'),
    ...alike,
  ];
  const alternatives = new Map(others.map((one) => [scopeText(one.scope), one.scope]));
  alternatives.delete(scopeText(scope));
  return {
    scope,
    target,
    place: { score, share, alternatives: [...alternatives.values()], counterExamples: against },
  };
}

/** Of an agent without a label: what is not named has nothing in common. */
const UNNAMED = '\0';
const unnamed = ({ agent }: Series): string => `${UNNAMED}${agent}`;

/** What a place may name. */
const DIMS = {
  agent: ({ agent }: Series) => agent,
  region: ({ region }: Series) => region,
  country: (of: Series) => of.dims.country || unnamed(of),
  isp: (of: Series) => of.dims.isp || unnamed(of),
  pop: (of: Series) => of.dims.pop || unnamed(of),
  target: ({ target }: Series) => target,
} as const satisfies Record<string, (of: Series) => string>;

const isIn = (set: LeafSet, series: Series): boolean =>
  Object.entries(set).every(([name, value]) => DIMS[name as keyof typeof DIMS](series) === value);

/** The leaves as columns; what they had before is what would be no wonder. */
function tableOf(leaves: readonly RecentLeaf[]): LeafTable {
  const columns = Object.entries(DIMS).map(([name, labelOf]) => {
    const codeOf = new Map<string, number>();
    const codes = Int32Array.from(leaves, ({ series }) => {
      const value = labelOf(series);
      const code = codeOf.get(value) ?? codeOf.size;
      codeOf.set(value, code);
      return code;
    });
    return { name, codes, values: [...codeOf.keys()] };
  });
  const named = columns.filter(({ values }) => !values.every((value) => value.startsWith(UNNAMED)));
  return {
    dims: named.map(({ name }) => name),
    values: named.map(({ values }) => values),
    codes: named.map(({ codes }) => codes),
    bad: Float64Array.from(leaves, ({ bad }) => bad),
    total: Float64Array.from(leaves, ({ total }) => total),
    badBefore: Float64Array.from(leaves, ({ usual }) => usual),
    totalBefore: new Float64Array(leaves.length).fill(1),
  };
}

/** Every name of just these leaves, the one to be used first: all runs of a place before those of one target there. */
function namesOf(within: readonly RecentLeaf[], leaves: readonly RecentLeaf[]): readonly Candidate[] {
  const series = within[0]?.series;
  if (!series) return [];
  const inside = new Set(within);
  const isName = ({ scope, target }: Candidate): boolean =>
    leaves.every(
      (leaf) =>
        inside.has(leaf) ===
        (coversSeries(scope, leaf.series) && (target === undefined || leaf.series.target === target)),
    );
  return scopesOf(series)
    .flatMap((scope): Candidate[] => [
      { scope, target: undefined },
      // A target by itself is a place; in one region, it is what the incident of that region is about.
      {
        scope: scope.kind === 'global' ? { kind: 'target', target: series.target } : scope,
        target: series.target,
      },
    ])
    .filter(isName)
    .sort((a, b) => rankOf(a) - rankOf(b));
}

const rankOf = ({ scope: { kind }, target }: Candidate): number =>
  PREFERENCE.indexOf(kind) + (target !== undefined && kind !== 'target' ? 0.5 : 0);

/** Every place that a series lies in. */
function scopesOf({ agent, region, dims: { isp, country, pop } }: Series): IncidentScope[] {
  return [
    { kind: 'agent', region, agent },
    { kind: 'region', region },
    ...(isp
      ? ([
          { kind: 'isp', isp },
          { kind: 'isp', isp, region },
        ] as const)
      : []),
    ...(country ? ([{ kind: 'country', country }] as const) : []),
    ...(pop
      ? ([
          { kind: 'pop', pop },
          { kind: 'route', region, pop },
        ] as const)
      : []),
    { kind: 'global' },
  ];
}

/** Whether most parts of a place are raised, each by as much of the whole as makes a set give way to a wider one. */
function isRaisedThroughout(
  { scope, target }: Candidate,
  within: readonly RecentLeaf[],
  settings: DetectSettings,
): boolean {
  if (scope.kind === 'agent') return true;
  const whole = massOf(within);
  const excess = (whole.bad - whole.expected) / whole.units;
  const raisedBy = (by: (series: Series) => string): { raised: number; parts: number } => {
    const parts = [...Map.groupBy(within, ({ series }) => by(series)).values()].map(massOf);
    const raised = parts.filter(
      ({ bad, expected, units }) => bad - expected > ALARM_LEAF_SETTINGS.promoteShare * excess * units,
    ).length;
    return { raised, parts: parts.length };
  };
  const isMost = (by: (series: Series) => string, least: number): boolean => {
    const { parts, raised } = raisedBy(by);
    if (raised < Math.min(least, parts)) return false;
    return parts < 4 ? raised === parts : raised >= settings.mostRegions * parts;
  };
  const inOneRegion =
    scope.kind === 'region' || scope.kind === 'route' || (scope.kind === 'isp' && scope.region);
  if (inOneRegion) return raisedBy(DIMS.agent).raised >= 2;
  const byTarget = scope.kind !== 'global' || target !== undefined || isMost(DIMS.target, 1);
  return byTarget && isMost(DIMS.region, 2);
}
