/** The API's answers that the CLI reads, in the API's own spelling. */
import type { Evidence } from '../../probes/evidence.ts';

export interface QuantilesJson {
  readonly p50: number | null;
  readonly p95?: number | null;
  readonly count: number;
}

export type RegionState = 'ok' | 'degraded' | 'silent' | 'unknown';

export interface RegionJson {
  readonly region: string;
  readonly state: RegionState;
  readonly agents: {
    readonly connected: number;
    readonly silent: number;
    readonly stopped: number;
    readonly total: number;
  };
  readonly video_startup_ms: QuantilesJson;
  readonly first_frame_ms: QuantilesJson;
  readonly ttfb_ms: QuantilesJson;
  readonly upload_goodput_bps: QuantilesJson;
  readonly success_ratio: number | null;
  readonly runs: {
    readonly ok: number;
    readonly fail: number;
    readonly missed: number;
    readonly disturbed: number;
  };
}

export interface TotalsJson {
  readonly expected: number;
  readonly stored: number;
  readonly pending: number;
  readonly missed: number;
  readonly dropped: number;
  readonly duplicates: number;
  /** Slots that nothing explains: 0 unless something was lost. */
  readonly unaccounted: number;
}

export interface IncidentJson {
  readonly id: string;
  readonly scope: string;
  readonly scope_kind: string;
  readonly status: 'open' | 'resolved';
  readonly metric: string;
  readonly probe?: string | null;
  readonly target?: string | null;
  readonly blame: string;
  readonly severity: string;
  readonly summary: string;
  readonly started_at: string;
  readonly detected_at: string;
  readonly resolved_at: string | null;
  readonly merged_into?: string | null;
  /** What follows is absent from collectors before it was told. */
  readonly acknowledged?: AckJson | null;
  readonly silenced?: QuietJson | null;
  readonly told?: { readonly delivered: number; readonly waiting: number; readonly failed: number };
}

/** Who sees to an incident. */
export interface AckJson {
  readonly by: string;
  readonly comment: string;
  readonly at: string;
}

/** A silence or a maintenance window that keeps an incident quiet. */
export interface QuietJson {
  readonly kind: 'silence' | 'maintenance';
  readonly id: string;
  readonly until: string | null;
  readonly by: string;
  readonly comment: string;
}

export interface ChangeJson {
  readonly at: string;
  readonly kind: string;
  readonly name: string;
  readonly text: string;
  readonly where: Readonly<Record<string, string>>;
  readonly relearn: boolean;
}

export interface Overview {
  readonly at: string;
  /** What the figures of the regions are of: the last so many seconds. */
  readonly window: { readonly seconds: number };
  readonly regions: readonly RegionJson[];
  readonly incidents: readonly IncidentJson[];
  readonly totals: TotalsJson;
}

export interface ProbeJson {
  readonly name: string;
  readonly type: string;
  readonly targets: readonly string[];
  readonly every: string;
  /** In force, the default of the type included. */
  readonly timeout_ms: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly paused: boolean;
  readonly agents: readonly string[];
}

export interface TargetJson {
  readonly name: string;
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface LaneJson {
  readonly running: number;
  readonly waiting: number;
}

export interface AgentHealthJson {
  readonly at: string | null;
  readonly pending: number;
  readonly running: number;
  readonly schedule_revision: number;
  readonly event_loop_delay_ms: number;
  readonly cpu_ratio: number;
  readonly rss_bytes: number;
  readonly clock_offset_ms: number;
  readonly last_error: string;
  /** What follows is null from older agents. */
  readonly lateness_ms: number | null;
  readonly spool: {
    readonly bytes: number;
    readonly bytes_max: number;
    readonly oldest_age_ms: number;
    readonly age_max_ms: number;
    readonly in_flight: number;
    readonly refusing: boolean;
  } | null;
  readonly lanes: { readonly light: LaneJson; readonly browser: LaneJson } | null;
  readonly link: {
    readonly sessions: number;
    readonly collector: number;
    readonly collectors: number;
  } | null;
}

export interface FindingJson {
  readonly rule: string;
  readonly level: 'problem' | 'note';
  readonly what: string;
  readonly hint: string;
}

/** Everything about one agent: `GET /agents/:id/why`. */
export interface AgentWhyJson extends AgentJson {
  readonly software: string;
  readonly boot: string;
  readonly collector: string;
  readonly connected_since: string | null;
  readonly stopped_at: string | null;
  readonly schedule: { readonly revision: number; readonly told_at: string | null };
  readonly healthy: boolean;
  readonly findings: readonly FindingJson[];
  readonly equation: string;
  readonly ledger: {
    readonly since: string;
    readonly expected: number;
    readonly duplicates: number;
    readonly extra: number;
    readonly rows: readonly {
      readonly kind: string;
      readonly reason: string;
      readonly slots: number;
      readonly meaning: string;
    }[];
  };
  readonly last_hour: {
    readonly missed: Readonly<Record<string, number>>;
    readonly dropped: Readonly<Record<string, number>>;
    readonly lateness_p99_ms: number | null;
    readonly errors: readonly {
      readonly code: string;
      readonly layer: string;
      readonly count: number;
      readonly last_at: string;
      readonly message: string;
    }[];
  };
}

export interface AgentJson {
  readonly id: string;
  readonly region: string;
  readonly state: 'connected' | 'silent' | 'stopped';
  readonly browser: string;
  readonly assignments: number;
  readonly last_seen_at: string;
  /** Absent until the agent has said how it is. */
  readonly health: AgentHealthJson | null;
}

export interface ResultJson {
  /** `AGENT/BOOT/SEQ`. */
  readonly run_id: string;
  readonly agent: string;
  readonly region: string;
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  readonly scheduled_at: string;
  /** `schedule`, or what asked for it beside the schedule. */
  readonly trigger: string;
  readonly duration_ms: number;
  readonly outcome: 'ok' | 'fail' | 'missed';
  readonly layer: string;
  readonly blame: string;
  readonly code: string;
  readonly message: string;
  readonly missed_reason: string;
  readonly request_id: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly attributes: Readonly<Record<string, string>>;
}

/** One run by itself; `evidence` is null where none was kept. */
export interface RunJson extends ResultJson {
  readonly agent_state: Readonly<Record<string, number | boolean>>;
  readonly evidence: Evidence | null;
}

export interface CollectorJson {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly version: string;
  /** `silent`: not heard for a while, and about to be taken out; `fenced`: being taken out. */
  readonly state: 'active' | 'draining' | 'drained' | 'silent' | 'fenced';
  readonly agents: number;
  readonly detects: boolean;
  /** It is the one that was asked. */
  readonly here: boolean;
  readonly started_at: string;
  readonly seen_at: string;
}

export interface DrainJson {
  readonly state: 'active' | 'draining' | 'drained';
  /** Still connected. */
  readonly agents: number;
  /** Results received and not committed. */
  readonly queued_rows: number;
  /** Agents that have gone, and results committed, since the drain began. */
  readonly released: number;
  readonly stored: number;
}

/** One window of a pair of probes: how far the browserless one was off. */
export interface ModelWindowJson {
  readonly region: string;
  readonly target: string;
  readonly format: string;
  readonly player: string;
  readonly twin_probe: string;
  readonly browser_probe: string;
  readonly window_start: string;
  readonly window_end: string;
  readonly error_ms: number;
  readonly uncertainty_ms: number;
  readonly browser_ms: number;
  readonly twin_ms: number;
  readonly browser_count: number;
  readonly twin_count: number;
  readonly state: 'learning' | 'calibrated' | 'off' | 'drifted';
  readonly reference_ms: number | null;
  readonly tolerance_ms: number | null;
  readonly evidence: number;
  readonly threshold: number;
  readonly alarm: string | null;
}

/** A pair: its last window, and the errors of the time asked for without their sign. */
export interface CalibrationJson extends ModelWindowJson {
  readonly windows: number;
  readonly abs_error_p50_ms: number;
  readonly abs_error_p95_ms: number;
}

/** An alarm about the model; nothing is wrong with the target. */
export interface DriftAlarmJson {
  readonly id: string;
  readonly kind: 'model_drift';
  readonly status: 'open' | 'resolved';
  readonly resolution: 'recovered' | 'rebased' | 'unpaired' | null;
  readonly region: string;
  readonly target: string;
  readonly twin_probe: string;
  readonly browser_probe: string;
  readonly moved: 'browser' | 'twin' | 'both';
  readonly started_at: string;
  readonly detected_at: string;
  readonly resolved_at: string | null;
  readonly error_ms: { readonly before: number; readonly after: number };
  readonly summary: string;
}

/** A silence, or a maintenance window of the file of routes. */
export interface SilenceJson {
  readonly id: string;
  readonly kind: 'silence' | 'maintenance';
  readonly state: 'active' | 'pending' | 'ended';
  readonly match: Readonly<Record<string, unknown>>;
  readonly match_text: string;
  readonly starts_at: string | null;
  readonly ends_at: string | null;
  readonly author: string;
  readonly comment: string;
}

/** A message about an incident, to one receiver. */
export interface NotificationJson {
  readonly event: string;
  readonly route: string;
  readonly receiver: string;
  readonly status: 'waiting' | 'delivered' | 'failed' | 'superseded';
  readonly attempts: number;
  readonly error: string;
  readonly created_at: string;
  readonly due_at?: string | null;
  readonly done_at: string | null;
}

interface QuantilesOfMetric {
  readonly p50: number;
  readonly tail: number;
  readonly count: number;
}

/** A metric of a check of an incident, before it and since. */
export interface MetricQuantilesJson {
  readonly probe: string;
  readonly target: string;
  readonly metric: string;
  /** 0.95 where more is worse, 0.05 where less is; null for a share. */
  readonly tail_quantile: number | null;
  readonly before: QuantilesOfMetric | null;
  readonly after: QuantilesOfMetric | null;
}

/** The agents of a region by what they say of an incident. */
export interface RegionSightJson {
  readonly region: string;
  readonly raised: readonly string[];
  readonly well: readonly string[];
  readonly silent: readonly string[];
  readonly no_data: readonly string[];
  readonly left_out: number;
}

/** A run that went through, among the worst of an incident. */
export interface SlowRunJson {
  readonly run_id: string;
  readonly agent: string;
  readonly probe: string;
  readonly target: string;
  readonly scheduled_at: string;
  readonly value: number;
}

/** A promise for a check, and how it stands. */
export interface SloJson {
  readonly probe: string;
  readonly target: string;
  readonly objective_ratio: number;
  readonly window: string;
  /** What must stay under so many milliseconds for a run to be good; null where a run need only succeed. */
  readonly metric: string | null;
  readonly under_ms: number | null;
  readonly runs: number;
  readonly bad: number;
  readonly good_ratio: number | null;
  readonly budget: {
    readonly remaining_ratio: number | null;
    readonly remaining_seconds: number | null;
    readonly total_seconds: number;
  };
  readonly burn: readonly {
    readonly window: string;
    readonly short_window: string;
    readonly threshold: number;
    readonly severity: 'critical' | 'warning';
    readonly rate: number;
    readonly short_rate: number;
    readonly burning: boolean;
  }[];
  readonly incident: string | null;
}

/** What a figure differs by from that of another time or place, in its own unit. */
export interface LatencyDiffJson {
  readonly value: number | null;
  readonly ratio: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly verdict: 'worse' | 'better' | 'changed' | 'noise' | 'few';
}

/** A row of a latency table: dimensions and quantiles, `p50`, stand under their own names. */
export interface LatencyRowJson {
  readonly metric: string;
  readonly unit: string;
  readonly count: number;
  readonly ok: number;
  readonly fail: number;
  readonly agent_fail: number;
  readonly missed: number;
  readonly disturbed: number;
  readonly success_ratio: number | null;
  readonly spark?: readonly (number | null)[];
  readonly vs?: Readonly<Record<string, number | null>> | null;
  readonly diff?: Readonly<Record<string, LatencyDiffJson>> | null;
  readonly [name: string]: unknown;
}

export interface TokenJson {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly state: 'good' | 'expired' | 'revoked';
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly last_used_at: string | null;
  readonly revoked_by: string | null;
  readonly agent: string | null;
  readonly uses: number | null;
}

export interface KeyJson {
  readonly agent: string;
  readonly state: 'good' | 'revoked';
  readonly generation: number;
  readonly public_key: string;
  readonly enrolled_at: string;
  readonly enrolled_with: string;
  readonly revoked_by: string | null;
}

export interface WhoamiJson {
  /** Whether the collector asks anybody. */
  readonly auth: boolean;
  readonly id: string | null;
  readonly name: string | null;
  readonly role: string | null;
  readonly kind: string | null;
  readonly expires_at: string | null;
}

export interface AuditJson {
  readonly at: string;
  readonly id: string;
  readonly collector: string;
  readonly actor: string;
  readonly token: string;
  readonly role: string;
  readonly action: string;
  readonly path: string;
  readonly status: number;
  readonly remote: string;
  readonly detail: string;
}
