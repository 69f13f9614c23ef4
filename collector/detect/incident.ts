/** What the detector says: one incident a cause, with its evidence. Plain values; times in Unix milliseconds. */
import type { Blame, ErrorCode, Layer } from '../../probes/outcome.ts';
import type { SuspectChange } from './change.ts';
import type { Confirmation } from './confirmation.ts';
import type { Impact } from './impact.ts';
import type { CounterExample } from './leaves/counter-examples.ts';
import type { FaultPlace } from './leaves/fault-place.ts';
import type { SecondLook } from './second-look.ts';
import type { Cell } from './tally.ts';
import type { RegionSight } from './who-sees.ts';

export type ScopeKind = IncidentScope['kind'];

/** The smallest scope that explains the evidence. */
export type IncidentScope =
  | { readonly kind: 'agent'; readonly region: string; readonly agent: string }
  /** A network; of one region only where it is named. */
  | { readonly kind: 'isp'; readonly isp: string; readonly region?: string }
  | { readonly kind: 'region'; readonly region: string }
  | { readonly kind: 'country'; readonly country: string }
  /** An edge that serves agents of several regions. */
  | { readonly kind: 'pop'; readonly pop: string }
  /** The way of one region to one edge: both are well with others. */
  | { readonly kind: 'route'; readonly region: string; readonly pop: string }
  | { readonly kind: 'target'; readonly target: string }
  | { readonly kind: 'global' };

/** `region:eu-west`, `agent:eu-west-1`, `isp:Cable Two`, `isp:Cable Two in eu-west`, `route:eu-west to ams1`, `global`. */
export function scopeText(scope: IncidentScope): string {
  switch (scope.kind) {
    case 'agent':
      return `agent:${scope.agent}`;
    case 'isp':
      return `isp:${scope.isp}${scope.region === undefined ? '' : ` in ${scope.region}`}`;
    case 'region':
      return `region:${scope.region}`;
    case 'country':
      return `country:${scope.country}`;
    case 'pop':
      return `pop:${scope.pop}`;
    case 'route':
      return `route:${scope.region} to ${scope.pop}`;
    case 'target':
      return `target:${scope.target}`;
    case 'global':
      return 'global';
  }
}

/** The metric of an incident that is known by agents that are no longer heard. */
export const SILENCE_METRIC = 'silence';

/** The metric of an incident of its own about a promise: its error budget goes too fast. */
export const BUDGET_METRIC = 'error_budget';

/** Before and after, in the unit; null where nothing was measured. */
export interface Size {
  readonly before: number | null;
  readonly after: number | null;
  readonly unit: string;
  /** after / before; null when one of them is missing or before is 0. */
  readonly ratio: number | null;
}

/** One check of one agent in the incident. */
export interface SeriesEvidence extends Cell, Size {
  readonly agent: string;
  readonly region: string;
  /** From this value on a sample exceeds. */
  readonly limit: number | null;
  readonly exceeded: number;
  readonly samples: number;
}

export interface CellEvidence extends Cell {
  readonly region: string;
  /** Leave-one-out evidence now, and the share of exceedances since the start. */
  readonly evidence: number;
  readonly share: number;
  /** Agents that were heard on it since then. */
  readonly agents: number;
}

/** Counter-examples: what the same explanation would have raised and did not. */
export interface Unaffected {
  readonly kind: 'agent' | 'isp' | 'region' | 'country' | 'pop' | 'target';
  readonly name: string;
  /** Share of exceedances since the start. */
  readonly share: number;
}

/** How a part of the run changed, for blame: `connect_ms` grew or only `ttfb_ms` did. */
export interface PhaseChange {
  readonly metric: string;
  readonly before: number;
  readonly after: number;
}

export interface FailureCount {
  readonly layer: Layer;
  readonly blame: Blame;
  readonly code: ErrorCode;
  readonly count: number;
}

export interface Evidence {
  /** Three agents or more agree; with two, both alarmed on their own and this is false. */
  readonly confirmed: boolean;
  /** What the alarm reached, against what it had to reach; 0 for silence. */
  readonly evidence: number;
  readonly threshold: number;
  /** Agents raised, and how many of the scope were heard. */
  readonly agents: readonly string[];
  readonly agentsHeard: number;
  readonly silentAgents: readonly string[];
  readonly cells: readonly CellEvidence[];
  readonly series: readonly SeriesEvidence[];
  readonly unaffected: readonly Unaffected[];
  readonly failures: readonly FailureCount[];
  readonly phases: readonly PhaseChange[];
  /** What runs asked for at once, beside the schedule, found; oldest first. Absent while there were none. */
  readonly confirmations?: readonly Confirmation[];
  /** What they say of the incident together; absent while nobody looked at what it is about. */
  readonly secondLook?: SecondLook;
  /** How much it mattered at its worst. Absent from what an earlier version wrote. */
  readonly impact?: Impact;
  /** What became of it, oldest first. Absent from what an earlier version wrote. */
  readonly timeline?: readonly TimelineEntry[];
  /** Changes by time and place that may be behind it; absent where there are none. */
  readonly changes?: readonly SuspectChange[];
  /** How sure the place is. Absent from what an earlier version wrote. */
  readonly place?: PlaceEvidence;
  /** Error budgets that it uses up too fast; absent while there are none. */
  readonly budgets?: readonly BudgetBurn[];
  /** Who sees it and who does not, while it was on. Absent from what an earlier version wrote. */
  readonly sight?: readonly RegionSight[];
}

/** One window in which the error budget of a check goes too fast, as bad as it was at its worst. */
export interface BudgetBurn {
  readonly probe: string;
  readonly target: string;
  /** What was promised: the share of runs that succeed, over so long. */
  readonly objective: number;
  readonly periodMs: number;
  /** The two lengths of the window that alarmed. */
  readonly longMs: number;
  readonly shortMs: number;
  readonly severity: 'critical' | 'warning';
  /** How many times too fast, in both. */
  readonly longRate: number;
  readonly shortRate: number;
  /** Runs of the long one, and how many of them failed. */
  readonly runs: number;
  readonly failures: number;
  readonly beganMs: number;
  /** null while it goes on. */
  readonly endedMs: number | null;
}

/** `began` is an estimate; `grew`: its scope became wider; `shrank`: all but a part of it is well again; `took over`: a narrower incident turned out to be part of it. */
export interface TimelineEntry {
  readonly atMs: number;
  readonly what:
    | 'began'
    | 'detected'
    | 'grew'
    | 'shrank'
    | 'took over'
    | 'severity'
    | 'budget'
    | 'looked at again'
    | 'resolved';
  readonly text: string;
}

export interface PlaceEvidence {
  /** Whose part of the way it is. Absent from what an earlier version wrote. */
  readonly verdict?: FaultPlace;
  /** What the place explains, nats. Absent of silence, and from what an earlier version wrote. */
  readonly score?: number;
  /** Share of all that was bad beyond the usual that the scope holds. */
  readonly share: number;
  /** Scopes that hold the same runs, or nearly so: what is known cannot tell them from this one. */
  readonly alternatives: readonly IncidentScope[];
  /** Alternatives that were told from it since, by runs of agents that lie in one of the two only. */
  readonly ruledOut?: readonly IncidentScope[];
  /** The alternative that such runs speak for. */
  readonly rather?: IncidentScope;
  /** Parts of the scope that are well, and places beside it that are raised; the heaviest first. As `score`. */
  readonly counterExamples?: readonly CounterExample[];
}

export interface Incident {
  readonly id: string;
  readonly scope: IncidentScope;
  readonly status: 'open' | 'resolved';
  /** What is worst: a metric, `failure_ratio`, `silence` or `error_budget`. */
  readonly metric: string;
  /** The only probe or target concerned; null for several. */
  readonly probe: string | null;
  readonly target: string | null;
  /** `critical`: confirmed, within the false discovery rate over all groups, not contradicted by second looks, and not slight. */
  readonly severity: 'critical' | 'warning';
  readonly blame: Blame;
  readonly startedMs: number;
  readonly detectedMs: number;
  readonly resolvedMs: number | null;
  /** Id of the wider incident that took this one over. */
  readonly mergedInto: string | null;
  readonly summary: string;
  readonly size: Size;
  readonly evidence: Evidence;
}

export interface IncidentEvent {
  readonly kind: 'opened' | 'updated' | 'resolved';
  readonly incident: Incident;
}
