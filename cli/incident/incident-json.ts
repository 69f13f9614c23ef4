/** One incident with all that bears it out, as `GET /api/v1/incidents/:id` gives it. What is optional is absent from earlier collectors. */
import type {
  IncidentJson,
  MetricQuantilesJson,
  NotificationJson,
  RegionSightJson,
  SlowRunJson,
} from '../support/api-types.ts';
import type { ConfirmationJson } from '../support/confirmation-table.ts';

export interface SeriesJson {
  readonly agent: string;
  readonly probe: string;
  readonly target: string;
  readonly metric: string;
  readonly before: number | null;
  readonly after: number | null;
  readonly limit: number | null;
  readonly exceeded: number;
  readonly samples: number;
}

/** As the detector names a place: its kind, and what of it is named. */
export type ScopeJson = Readonly<Record<string, string>> & { readonly kind: string };

/** A window in which an error budget goes too fast. */
export interface BurnJson {
  readonly probe: string;
  readonly target: string;
  readonly long_ms: number;
  readonly long_rate: number;
  readonly ended_ms: number | null;
}

export interface EvidenceJson {
  /** Three agents or more agree. */
  readonly confirmed?: boolean;
  /** What the alarm reached, and had to; 0 for silence. */
  readonly evidence?: number;
  readonly threshold?: number;
  readonly agents?: readonly string[];
  readonly agents_heard?: number;
  readonly silent_agents?: readonly string[];
  readonly cells?: readonly { readonly region: string }[];
  readonly series?: readonly SeriesJson[];
  readonly unaffected?: readonly { readonly kind: string; readonly name: string; readonly share: number }[];
  readonly failures?: readonly {
    readonly layer: string;
    readonly code: string;
    readonly blame: string;
    readonly count: number;
  }[];
  readonly phases?: readonly { readonly metric: string; readonly before: number; readonly after: number }[];
  readonly confirmations?: readonly ConfirmationJson[];
  readonly second_look?: { readonly stand: string; readonly text: string };
  readonly impact?: { readonly share: number; readonly by_traffic?: boolean };
  readonly budgets?: readonly BurnJson[];
  readonly place?: {
    readonly verdict?: string;
    readonly score?: number;
    readonly share: number;
    readonly alternatives?: readonly ScopeJson[];
    readonly ruled_out?: readonly ScopeJson[];
    readonly rather?: ScopeJson;
    readonly counter_examples?: readonly {
      readonly kind: string;
      readonly set: Readonly<Record<string, string>>;
    }[];
  };
  readonly changes?: readonly {
    readonly at_ms: number;
    readonly kind: string;
    readonly name: string;
    readonly text: string;
    readonly lead_ms: number;
  }[];
  readonly sight?: readonly RegionSightJson[];
}

/** A failed run that an incident is about. */
export interface FailedRunJson {
  readonly run_id: string;
  readonly agent: string;
  readonly probe: string;
  readonly target: string;
  readonly scheduled_at: string;
  readonly trigger: string;
  readonly layer: string;
  readonly code: string;
  readonly message: string;
  readonly has_evidence: boolean;
}

export interface IncidentDetailJson extends IncidentJson {
  readonly size?: {
    readonly before: number | null;
    readonly after: number | null;
    readonly unit: string;
    readonly ratio: number | null;
  };
  readonly evidence: EvidenceJson;
  readonly runs?: readonly FailedRunJson[];
  readonly slow_runs?: readonly SlowRunJson[];
  readonly quantiles?: readonly MetricQuantilesJson[];
  readonly notifications?: readonly NotificationJson[];
  readonly not_told?: readonly {
    readonly lane: string | null;
    readonly because: string;
    readonly text?: string;
  }[];
  readonly timeline?: readonly { readonly at: string; readonly what: string; readonly text: string }[];
}
