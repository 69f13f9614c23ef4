/** The last line of `up -o json`: what the run measured, whether every result is accounted for, and what was flagged. */

import type { TotalsJson } from '../../collector/api/answers/fleet.ts';
import type { IncidentJson } from '../../collector/api/answers/incidents.ts';
import type { FaultSpec } from '../../sandbox/index.ts';
import type { ApiClient } from '../support/api-client.ts';

interface LatencyRow {
  readonly region: string;
  readonly count: number;
  readonly ok: number;
  readonly fail: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface RegionSummary {
  readonly region: string;
  readonly agents: number;
  readonly video_startup_ms: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly count: number;
  };
  readonly upload_goodput_bps: { readonly p50: number | null; readonly count: number };
  readonly ttfb_ms: { readonly p50: number | null; readonly p95: number | null };
  /** Runs that ended ok by runs that ended ok or fail; null when there were none. */
  readonly success_ratio: number | null;
}

export interface IncidentSummary {
  readonly id: string;
  readonly scope: string;
  readonly metric: string;
  readonly started_at: string;
  /** Seconds from the injected fault's start, where one explains the incident, else from `started_at`. */
  readonly detected_after_s: number;
  /** Seconds from the same instant; null while it is open. */
  readonly resolved_after_s: number | null;
  readonly blame: string;
}

export interface UpSummary
  extends Pick<TotalsJson, 'expected' | 'stored' | 'pending' | 'missed' | 'dropped' | 'duplicates'> {
  /** Rows in the table `results` that this run wrote. */
  readonly results: number;
  readonly regions: readonly RegionSummary[];
  readonly incidents: readonly IncidentSummary[];
  readonly dashboard: string;
  readonly seconds: number;
}

export interface SummaryInput {
  readonly client: ApiClient;
  readonly regions: readonly string[];
  readonly agentsPerRegion: number;
  readonly faults: readonly FaultSpec[];
  /** When the first process was started and when the fleet was ready (the zero of the faults), Unix milliseconds. */
  readonly startedMs: number;
  readonly readyMs: number;
  readonly endedMs: number;
}

/** Asks the collector for everything in the summary. */
export async function summarise(input: SummaryInput): Promise<UpSummary> {
  const { client, regions } = input;
  const since = new Date(input.startedMs).toISOString();
  const latency = async (metric: string): Promise<Map<string, LatencyRow>> => {
    const { data } = await client.get<{ data: LatencyRow[] }>('/api/v1/latency', {
      by: 'region',
      metric,
      since,
    });
    return new Map(data.map((row) => [row.region, row]));
  };
  const [runs, startup, goodput, ttfb] = await Promise.all(
    ['run_ms', 'video_startup_ms', 'upload_goodput_bps', 'ttfb_ms'].map(latency),
  );
  const { total } = await client.get<{ total: TotalsJson }>('/api/v1/ledger', { since });
  const { data: incidents } = await client.get<{ data: IncidentJson[] }>('/api/v1/incidents', { since });
  const sql = `SELECT count() FROM results WHERE ingested_at >= fromUnixTimestamp64Milli(${Math.floor(input.startedMs)})`;
  const { rows } = await client.post<{ rows: [[number]] }>('/api/v1/query', { sql });
  const { expected, stored, pending, missed, dropped, duplicates } = total;
  return {
    results: Number(rows[0][0]),
    ...{ expected, stored, pending, missed, dropped, duplicates },
    regions: regions.map((region) => {
      const [all, start, up, first] = [runs, startup, goodput, ttfb].map((rows) => rows?.get(region));
      const judged = (all?.ok ?? 0) + (all?.fail ?? 0);
      return {
        region,
        agents: input.agentsPerRegion,
        video_startup_ms: { p50: start?.p50 ?? null, p95: start?.p95 ?? null, count: start?.ok ?? 0 },
        upload_goodput_bps: { p50: up?.p50 ?? null, count: up?.ok ?? 0 },
        ttfb_ms: { p50: first?.p50 ?? null, p95: first?.p95 ?? null },
        success_ratio: judged > 0 ? (all?.ok ?? 0) / judged : null,
      };
    }),
    incidents: incidents.map((incident) => summariseIncident(incident, input)),
    dashboard: client.url('/'),
    seconds: Math.round((input.endedMs - input.readyMs) / 100) / 10,
  };
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;

/** What of an incident a summary tells; times count from the start of the fault that explains it. */
export function summariseIncident(
  incident: IncidentJson,
  { faults, readyMs }: Pick<SummaryInput, 'faults' | 'readyMs'>,
): IncidentSummary {
  const detectedMs = Date.parse(incident.detected_at);
  // The latest fault of the same region that had begun by then.
  const [faultMs] = faults
    .filter((fault) => incident.scope === `region:${fault.region}`)
    .map((fault) => readyMs + fault.afterMs)
    .filter((startMs) => startMs <= detectedMs)
    .sort((a, b) => b - a);
  const zeroMs = faultMs ?? Date.parse(incident.started_at);
  return {
    id: incident.id,
    scope: incident.scope,
    metric: incident.metric,
    started_at: incident.started_at,
    detected_after_s: seconds(detectedMs - zeroMs),
    resolved_after_s:
      incident.resolved_at === null ? null : seconds(Date.parse(incident.resolved_at) - zeroMs),
    blame: incident.blame,
  };
}
