/** What an incident came to: minutes, runs that failed, regions and agents; counted in whole steps of its course. */
import type { IncidentDetailJson } from '../incident/incident-json.ts';
import type { ReportData } from './gather.ts';

export interface ImpactFigures {
  readonly minutes: number;
  readonly regions: readonly string[];
  readonly agents: number;
  /** Of the place of the incident while it was on; null where its course is not known. */
  readonly runs: { readonly all: number; readonly failed: number; readonly missed: number } | null;
}

export function impactOf({ incident, series }: ReportData, nowMs: number): ImpactFigures {
  const { agents = [], silent_agents = [] } = incident.evidence;
  const startMs = Date.parse(incident.started_at);
  const endMs = incident.resolved_at ? Date.parse(incident.resolved_at) : nowMs;
  const stepMs = (series?.step_seconds ?? 0) * 1000;
  const during = (series?.data ?? []).filter(
    ({ at }) => Date.parse(at) + stepMs > startMs && Date.parse(at) < endMs,
  );
  const sum = (of: 'ok' | 'fail' | 'missed'): number =>
    during.reduce((all, { inside }) => all + inside[of], 0);
  const [ok, failed, missed] = [sum('ok'), sum('fail'), sum('missed')];
  return {
    minutes: Math.max(0, Math.round((endMs - startMs) / 60_000)),
    regions: affectedRegions(incident),
    agents: new Set([...agents, ...silent_agents]).size,
    runs: ok + failed + missed > 0 ? { all: ok + failed, failed, missed } : null,
  };
}

/** Regions in which somebody sees it or fell silent; without a list of who does, those that it is said to be in. */
export function affectedRegions({ evidence, scope, scope_kind }: IncidentDetailJson): readonly string[] {
  const { cells = [], sight = [] } = evidence;
  const seen = sight.filter(({ raised, silent }) => raised.length + silent.length > 0);
  if (sight.length > 0) return seen.map(({ region }) => region);
  const own = scope_kind === 'region' ? [scope.slice(scope.indexOf(':') + 1)] : [];
  return [...new Set([...own, ...cells.map(({ region }) => region)])];
}
