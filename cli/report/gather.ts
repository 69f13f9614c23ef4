/** All that a report is made of, out of the API; what cannot be read is said in the report, and keeps nothing back. */

import type { RunJson } from '../../collector/api/answers/checks.ts';
import type { ChangeJson, SeriesJson } from '../../collector/api/answers/incidents.ts';
import { isMetricName } from '../../probes/metrics.ts';
import type { IncidentDetailJson } from '../incident/incident-json.ts';
import type { ApiClient } from '../support/api-client.ts';
import { CliError } from '../support/cli-error.ts';
import { segment } from '../support/paths.ts';
import { REPORT_LIMITS } from './limits.ts';

/** A row of `GET /latency` by region and step. */
export interface RegionStepJson {
  readonly region: string;
  readonly step: string;
  readonly metric: string;
  readonly p50: number | null;
  readonly ok: number;
  readonly fail: number;
}

export interface RegionsJson {
  readonly data: readonly RegionStepJson[];
  readonly step_seconds: number;
}

export interface ReportData {
  readonly incident: IncidentDetailJson;
  readonly series: SeriesJson | undefined;
  readonly regions: RegionsJson | undefined;
  /** Failed and slow runs as a whole, newest first. */
  readonly runs: readonly RunJson[];
  /** All that was changed in the time of the plots. */
  readonly changes: readonly ChangeJson[];
  /** What could not be read, and why. */
  readonly lacking: readonly string[];
}

/** Rejects with a `CliError` where the incident itself cannot be read. */
export async function gather(client: ApiClient, id: string): Promise<ReportData> {
  const incident = await client.get<IncidentDetailJson>(`/api/v1/incidents/${segment(id)}`);
  const lacking: string[] = [];
  const tried = async <T>(what: string, read: Promise<T>): Promise<T | undefined> => {
    try {
      return await read;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      lacking.push(`${what}: ${error.message}`);
      return undefined;
    }
  };
  const series = await tried('its course', client.get<SeriesJson>(`/api/v1/incidents/${segment(id)}/series`));
  const times = series && { since: series.since, until: series.until };
  const [regions, changes, ...runs] = await Promise.all([
    times &&
      tried(
        'its course by region',
        client.get<RegionsJson>('/api/v1/latency', regionsQuery(incident, times)),
      ),
    times &&
      tried(
        'what was changed',
        client.get<{ data: ChangeJson[] }>('/api/v1/changes', { since: times.since }),
      ),
    ...runIds(incident).map((run) =>
      tried(`run ${run}`, client.get<RunJson>(`/api/v1/results/${segment(run)}`)),
    ),
  ]);
  return {
    ...{ incident, series, regions, lacking },
    runs: runs.filter((run) => run !== undefined),
    changes: (changes?.data ?? []).filter(({ at }) => times === undefined || at <= times.until),
  };
}

/** Failed ones that have something to show come first, then failed ones, then slow ones. */
function runIds({ runs = [], slow_runs = [] }: IncidentDetailJson): readonly string[] {
  const failed = runs.toSorted((a, b) => Number(b.has_evidence) - Number(a.has_evidence));
  return [...new Set([...failed, ...slow_runs].map(({ run_id }) => run_id))].slice(
    0,
    REPORT_LIMITS.runs.value,
  );
}

function regionsQuery(
  { metric, probe, target }: IncidentDetailJson,
  times: { readonly since: string; readonly until: string },
): Record<string, string | number | undefined> {
  return {
    ...{ by: 'region,step', metric: isMetricName(metric) ? metric : 'run_ms', quantiles: 'p50', limit: 1000 },
    ...{ probe: probe ?? undefined, target: target ?? undefined, ...times },
  };
}
