/** The overview: what the dashboard and the live table of `up` show. Shapes here, and the pure step from figures to states. */
import type { MetricName } from '../../probes/metrics.ts';
import type { Spot } from '../dashboard/world.ts';
import type { AgentView } from '../registry/registry.ts';
import type { Attention } from './attention.ts';
import type { IncidentJson } from './incident-json.ts';
import type { LedgerTotals } from './ledger.ts';
import type { ModelSummary } from './model-summary.ts';

/**
 * `degraded`: an open incident covers it. `silent`: it had agents, and none is connected. `unknown`: agents are connected,
 * but nothing fresh came from them, or nothing that they had not disturbed themselves. `ok` needs fresh results: silence is never green.
 */
export type RegionState = 'ok' | 'degraded' | 'silent' | 'unknown';

/** Of ok runs in the window, in the metric's own unit; null where nothing was measured. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly count: number;
}

export interface RegionOverview {
  readonly region: string;
  /** What people call it, as declared; empty where nobody did. */
  readonly title: string;
  /** As declared, or the middle of its agents, and where that is on the map; null where neither says. */
  readonly place: Spot | null;
  readonly state: RegionState;
  /** Why it is not simply ok, one sentence; empty when it is. */
  readonly reason: string;
  /** Start of the oldest open incident that covers it; null when none does. */
  readonly degraded_since: string | null;
  readonly agents: {
    readonly connected: number;
    readonly silent: number;
    readonly stopped: number;
    readonly total: number;
  };
  readonly video_startup_ms: Quantiles;
  readonly first_frame_ms: Quantiles;
  readonly ttfb_ms: Quantiles;
  readonly upload_goodput_bps: Quantiles;
  /** ok / (ok + fail) of the scheduled runs in the window; null when none counts. */
  readonly success_ratio: number | null;
  readonly runs: {
    readonly ok: number;
    readonly fail: number;
    readonly missed: number;
    /** In none of the others, and in no figure: their own agents held them up. */
    readonly disturbed: number;
  };
  readonly last_result_at: string | null;
  /** Median of `spark_metric` for each step, oldest first; null where nothing was measured. */
  readonly spark: readonly (number | null)[];
  readonly spark_metric: MetricName;
}

/** An incident with who sees to it, without its evidence, which grows with the fleet: `/api/v1/incidents/ID` has that. */
export type ShownIncident = Omit<IncidentJson, 'evidence'> & Attention;

export interface Overview {
  readonly at: string;
  /** The figures cover slots from `since` to now. */
  readonly window: { readonly since: string; readonly seconds: number };
  /** The sparks: the last step ends at `until`. */
  readonly spark: { readonly step_s: number; readonly until: string };
  readonly regions: readonly RegionOverview[];
  readonly regions_left_out: number;
  /** Open ones first, then those resolved within the hour; newest first. */
  readonly incidents: readonly ShownIncident[];
  readonly totals: LedgerTotals & { readonly results_per_s: number };
  /** How far the browserless model is off. */
  readonly model: ModelSummary;
  readonly collector: {
    readonly engine: 'embedded' | 'server';
    readonly clickhouse_version: string;
    readonly version: string;
    readonly started_at: string;
    readonly uptime_s: number;
  };
}

/** What the state of a region is decided by. */
export interface RegionFacts {
  readonly region: string;
  readonly agents: readonly AgentView[];
  readonly openIncidents: readonly IncidentJson[];
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
export function judgeRegion(facts: RegionFacts): { readonly state: RegionState; readonly reason: string } {
  const { connected, silent, stopped, total } = countAgents(facts.agents);
  const incident = facts.openIncidents[0];
  if (incident !== undefined) return { state: 'degraded', reason: incident.summary };
  if (total > 0 && connected === 0) {
    const reason = stopped === total ? 'Its agents were stopped.' : `No agent was heard of lately.`;
    return { state: 'silent', reason };
  }
  if (facts.lastResultMs === null) return { state: 'unknown', reason: 'No run has finished yet.' };
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
