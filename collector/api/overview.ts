/** The overview: what the dashboard and the live table of `up` show. The pure step from figures to states. */
import type { AgentView } from '../registry/registry.ts';
import type { DetectedIncidentJson, ShownIncidentJson } from './answers/incidents.ts';
import type { OverviewJson, RegionOverviewJson } from './answers/overview.ts';

/** By these names the dashboard knows what the schema says. */
export type Overview = OverviewJson;
export type RegionOverview = RegionOverviewJson;
export type RegionState = RegionOverview['state'];
export type ShownIncident = ShownIncidentJson;

/** What the state of a region is decided by. */
export interface RegionFacts {
  readonly region: string;
  readonly agents: readonly AgentView[];
  readonly openIncidents: readonly DetectedIncidentJson[];
  /** Of the window; absent where nobody counted. */
  readonly runs?: RegionOverview['runs'];
  /** Unix milliseconds of the newest slot with a run; null when there is none in the window. */
  readonly lastResultMs: number | null;
  readonly nowMs: number;
  /** Results older than this say nothing about now. */
  readonly freshMs: number;
}

/** Agents of a region by state. */
export function countAgents(agents: readonly AgentView[]): RegionOverview['agents'] {
  const of = (state: AgentView['state']) => agents.filter((agent) => agent.state === state).length;
  return {
    connected: of('connected'),
    silent: of('silent'),
    stopped: of('stopped'),
    total: agents.length,
  };
}

/** The state of a region and the sentence that explains it. Incidents outrank silence: they are news, and silence may be their sign. */
export function judgeRegion(facts: RegionFacts): Pick<RegionOverview, 'state' | 'reason'> {
  const { connected, silent, stopped, total } = countAgents(facts.agents);
  const incident = facts.openIncidents[0];
  if (incident !== undefined) return { state: 'degraded', reason: incident.summary };
  if (total > 0 && connected === 0) {
    const reason = stopped === total ? 'Its agents were stopped.' : `No agent was heard of lately.`;
    return { state: 'silent', reason };
  }
  if (facts.lastResultMs === null) return { state: 'unknown', reason: 'No run has finished lately.' };
  const ageMs = facts.nowMs - facts.lastResultMs;
  if (ageMs > facts.freshMs) {
    return { state: 'unknown', reason: `No run has finished for ${Math.round(ageMs / 1000)} s.` };
  }
  if (facts.runs && facts.runs.disturbed > 0 && facts.runs.ok + facts.runs.fail === 0) {
    return {
      state: 'unknown',
      reason: `All ${facts.runs.disturbed} runs were disturbed by the agents’ own machines.`,
    };
  }
  if (silent > 0) {
    return { state: 'ok', reason: `${silent} of ${total} agents ${silent === 1 ? 'is' : 'are'} silent.` };
  }
  return { state: 'ok', reason: '' };
}
