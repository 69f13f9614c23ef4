/** Before and after, agents, counter-examples: what an incident shows for itself. */
import { unitOf } from '../../probes/metrics.ts';
import type { Change } from './change.ts';
import { type Group, type PastRound, raisedFrom, shareOf, unitsOf } from './group.ts';
import type { GroupBook } from './group-book.ts';
import type {
  CellEvidence,
  Evidence,
  FailureCount,
  IncidentScope,
  PhaseChange,
  SeriesEvidence,
  Size,
  Unaffected,
} from './incident.ts';
import { shareAmong } from './recent-leaves.ts';
import type { RecentValues } from './recent-values.ts';
import { coversSeries } from './scope.ts';
import { FAILURE_METRIC, type Series } from './series.ts';
import { DETECT_LIMITS, type DetectSettings } from './settings.ts';
import { lowerMedian } from './sorted-window.ts';
import type { Cell } from './tally.ts';

/** A cell of one region that an incident is about. */
export interface RegionCell {
  readonly region: string;
  readonly cell: Cell;
}

/** What evidence is drawn from. */
export interface Sources {
  readonly settings: DetectSettings;
  readonly groups: GroupBook;
  readonly series: Iterable<Series>;
  /** What was changed of late. */
  readonly changes: Iterable<Change>;
}

/** What it is drawn for: a scope, its cells, and the stretch of the fault. */
export interface Case {
  readonly scope: IncidentScope;
  readonly cells: readonly RegionCell[];
  readonly lead: RegionCell | undefined;
  readonly startedMs: number;
  /** End of what counts as after: now, or the end of the fault. */
  readonly untilMs: number;
  readonly silentAgents: readonly string[];
  readonly alarm: { readonly evidence: number; readonly threshold: number };
  /** Whether an agent of a region lies within the scope. */
  readonly isIn: (region: string, agent: string) => boolean;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

export function sizeOf(before: number, after: number, unit: string): Size {
  const ratio = before > 0 ? finite(after / before) : null;
  return { before: finite(before), after: finite(after), unit, ratio };
}

const within = (values: RecentValues, of: Case): number[] => values.within(of.startedMs, of.untilMs);

export function gatherEvidence(of: Case, sources: Sources): Evidence {
  const affected = [...sources.series].filter((one) => coversSeries(of.scope, one));
  const heard = affected.filter((one) => within(one.outcomes, of).length > 0);
  const series = seriesEvidence(of, affected);
  const agents = raisedAgents(of, sources);
  return {
    confirmed: of.scope.kind !== 'agent' && enoughAgents(of, sources),
    evidence: of.alarm.evidence,
    threshold: of.alarm.threshold,
    agents,
    agentsHeard: new Set(heard.map((one) => one.agent)).size,
    silentAgents: of.silentAgents,
    cells: of.cells.map((cell) => cellEvidence(cell, of, sources.groups)),
    series: series.toSorted(byChange).slice(0, DETECT_LIMITS.evidenceSeries.value),
    unaffected: unaffected(of, sources),
    failures: failureCounts(of, affected),
    phases: phaseChanges(of, affected),
  };
}

const leafOf = (groups: GroupBook, of: RegionCell): Group | undefined => groups.leaf(of.region, of.cell);

function cellEvidence(cell: RegionCell, of: Case, groups: GroupBook): CellEvidence {
  const group = leafOf(groups, cell);
  const rounds = group?.since(of.startedMs) ?? [];
  const agents = [...unitsOf(rounds)].filter((agent) => of.isIn(cell.region, agent));
  return {
    region: cell.region,
    ...cell.cell,
    evidence: group?.evidence ?? 0,
    share: shareAmong(rounds, 'raw', agents) ?? 0,
    agents: agents.length,
  };
}

/** Agents that exceed in at least half of the rounds since the start of some cell of the incident. */
export function raisedAgents(
  of: Pick<Case, 'cells' | 'startedMs' | 'isIn'>,
  { groups, settings }: Sources,
): string[] {
  const agents = new Set<string>();
  for (const cell of of.cells) {
    const group = leafOf(groups, cell);
    if (!group) continue;
    const rounds = group.since(of.startedMs);
    for (const agent of unitsOf(rounds)) {
      if (!of.isIn(cell.region, agent)) continue;
      if ((shareOf(rounds, 'raw', agent) ?? 0) >= raisedFrom(group, settings)) agents.add(agent);
    }
  }
  return [...agents].sort();
}

/** Whether the cells were heard by so many agents that one of them could be left out and two still agree. */
function enoughAgents(of: Case, { groups, settings }: Sources): boolean {
  const heard = of.cells.flatMap((cell) =>
    [...unitsOf(leafOf(groups, cell)?.since(of.startedMs) ?? [])].filter((agent) =>
      of.isIn(cell.region, agent),
    ),
  );
  return new Set([...heard, ...of.silentAgents]).size >= settings.confirmAgents;
}

function seriesEvidence(of: Case, affected: readonly Series[]): SeriesEvidence[] {
  const found: SeriesEvidence[] = [];
  const metrics = new Set(of.cells.map(({ cell }) => JSON.stringify([cell.probe, cell.target, cell.metric])));
  for (const one of affected) {
    const who = { agent: one.agent, region: one.region, probe: one.probe, target: one.target };
    const fails = within(one.outcomes, of);
    const failed = fails.reduce((sum, value) => sum + value, 0);
    const has = (metric: string) => metrics.has(JSON.stringify([one.probe, one.target, metric]));
    if (has(FAILURE_METRIC) && fails.length > 0) {
      const size = sizeOf(failuresBefore(one, of), failed / fails.length, 'ratio');
      found.push({
        ...who,
        metric: FAILURE_METRIC,
        ...size,
        limit: null,
        exceeded: failed,
        samples: fails.length,
      });
    }
    for (const [metric, stream] of one.streams) {
      if (!stream.judged || !has(metric)) continue;
      const values = within(stream.recent, of);
      const limit = stream.baseline.limit();
      found.push({
        ...who,
        metric,
        ...sizeOf(stream.baseline.median(), lowerMedian(values), unitOf(metric)),
        limit: finite(limit),
        exceeded: values.filter((value) => value > limit).length + failed,
        samples: values.length + failed,
      });
    }
  }
  return found;
}

/** Share of failures in the runs that are remembered from before the start; the long-run share where there are none. */
function failuresBefore(one: Series, of: Case): number {
  const before = one.outcomes.within(0, of.startedMs);
  if (before.length === 0) return one.failureBase;
  return before.reduce((sum, value) => sum + value, 0) / before.length;
}

const byChange = (a: SeriesEvidence, b: SeriesEvidence): number => changeOf(b) - changeOf(a);

/** What began from nothing, as failures mostly do, has no ratio, and is more than any. */
function changeOf({ before, after, ratio }: SeriesEvidence): number {
  return ratio ?? (before === 0 && (after ?? 0) > 0 ? Number.MAX_VALUE : 0);
}

/** Before and after of the lead: medians over the series of its cell. */
export function leadSize(of: Case, evidence: Evidence): Size {
  const { lead } = of;
  if (!lead) {
    return { before: 0, after: evidence.silentAgents.length, unit: 'count', ratio: null };
  }
  const { probe, target, metric } = lead.cell;
  const rows = evidence.series.filter(
    (row) => row.probe === probe && row.target === target && row.metric === metric,
  );
  const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
  return sizeOf(
    lowerMedian(known(rows.map((row) => row.before))),
    lowerMedian(known(rows.map((row) => row.after))),
    unitOf(metric),
  );
}

/** What lies beside the scope and is not raised, in rounds as long as those of its quickest cell. */
function unaffected(of: Case, sources: Sources): Unaffected[] {
  const { scope } = of;
  if (scope.kind === 'global') return [];
  const { groups, settings } = sources;
  const everyMs = Math.min(
    ...of.cells.map((cell) => leafOf(groups, cell)?.everyMs ?? Number.POSITIVE_INFINITY),
  );
  const shares = new Map<string, { sum: number; count: number }>();
  const add = (name: string, rounds: readonly PastRound[], agents: readonly string[]): void => {
    const share = shareAmong(rounds, 'raw', agents);
    if (share === undefined) return;
    const held = shares.get(name) ?? { sum: 0, count: 0 };
    shares.set(name, { sum: held.sum + share * agents.length, count: held.count + agents.length });
  };
  const beside = besideOf(scope, sources.series);
  for (const group of groups.all()) {
    if (Number.isFinite(everyMs) && group.everyMs !== everyMs) continue;
    const rounds = group.since(of.startedMs);
    for (const [name, agents] of beside(group, rounds)) add(name, rounds, agents);
  }
  const kind = UNAFFECTED_KIND[scope.kind];
  return [...shares]
    .map(([name, { sum, count }]) => ({ kind, name, share: sum / count }))
    .filter(({ share }) => share < settings.raisedShare)
    .sort((a, b) => a.name.localeCompare(b.name));
}

const UNAFFECTED_KIND = {
  agent: 'agent',
  isp: 'isp',
  region: 'region',
  country: 'country',
  pop: 'pop',
  route: 'region',
  target: 'target',
} as const satisfies Record<Exclude<IncidentScope['kind'], 'global'>, Unaffected['kind']>;

type Beside = (group: Group, rounds: readonly PastRound[]) => Iterable<readonly [string, readonly string[]]>;

/** What of a group lies beside a scope: by name, its units. */
function besideOf(scope: IncidentScope, series: Iterable<Series>): Beside {
  switch (scope.kind) {
    case 'region':
    case 'route':
      return ({ scope: other }, rounds) =>
        other.kind === 'region' && other.region !== scope.region
          ? [[other.region, [...unitsOf(rounds)]]]
          : [];
    case 'target':
      return ({ scope: other }, rounds) =>
        other.kind === 'target' && other.target !== scope.target
          ? [[other.target, [...unitsOf(rounds)]]]
          : [];
    case 'agent':
      return ({ scope: other }, rounds) =>
        other.kind === 'agent' && other.region === scope.region && other.agent !== scope.agent
          ? [[other.agent, [...unitsOf(rounds)]]]
          : [];
    case 'isp':
    case 'country':
    case 'pop':
      return besideByLabel(scope, series);
    case 'global':
      return () => [];
  }
}

/** The agents that have another value of the label, by that value; of a network, those where it is. */
function besideByLabel(
  scope: Extract<IncidentScope, { kind: 'isp' | 'country' | 'pop' }>,
  series: Iterable<Series>,
): Beside {
  const all = [...series];
  const regions = new Set(all.flatMap((one) => (coversSeries(scope, one) ? [one.region] : [])));
  const labels = new Map(
    all.map((one) => [JSON.stringify([one.region, one.agent]), one.dims[scope.kind] ?? '']),
  );
  const own = scope.kind === 'isp' ? scope.isp : scope.kind === 'country' ? scope.country : scope.pop;
  return ({ scope: other }, rounds) => {
    if (other.kind !== 'region' || (scope.kind === 'isp' && !regions.has(other.region))) return [];
    const labelOf = (agent: string) => labels.get(JSON.stringify([other.region, agent])) ?? '';
    const named = [...unitsOf(rounds)].filter((agent) => labelOf(agent) !== '' && labelOf(agent) !== own);
    return Map.groupBy(named, labelOf);
  };
}

function failureCounts(of: Case, affected: readonly Series[]): FailureCount[] {
  const counts = new Map<string, FailureCount>();
  for (const one of affected) {
    for (const failure of one.failures) {
      if (failure.atMs < of.startedMs || failure.atMs >= of.untilMs) continue;
      const { layer, blame, code } = failure;
      const key = `${layer} ${blame} ${code}`;
      counts.set(key, { layer, blame, code, count: (counts.get(key)?.count ?? 0) + 1 });
    }
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

/** Parts of a run, in the order in which it passes through them. */
const PHASE_METRICS = ['dns_ms', 'connect_ms', 'tls_ms', 'ttfb_ms', 'transfer_ms'] as const;

/** How the parts of the lead's runs changed: medians over its series. */
function phaseChanges(of: Case, affected: readonly Series[]): PhaseChange[] {
  const changes: PhaseChange[] = [];
  for (const metric of PHASE_METRICS) {
    const before: number[] = [];
    const after: number[] = [];
    for (const one of affected) {
      const stream = one.streams.get(metric);
      if (!stream || one.probe !== of.lead?.cell.probe || one.target !== of.lead.cell.target) continue;
      before.push(stream.baseline.median());
      after.push(...within(stream.recent, of));
    }
    const change = { metric, before: lowerMedian(before), after: lowerMedian(after) };
    if (Number.isFinite(change.before) && Number.isFinite(change.after)) changes.push(change);
  }
  return changes;
}
