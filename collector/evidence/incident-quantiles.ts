/** Every metric of the checks of an incident, before it and since: medians and tails over all runs in its place. */
import { METRICS, type MetricName, scaleOf, unitOf } from '../../probes/metrics.ts';
import type { MetricQuantilesJson } from '../api/answers/incident-evidence.ts';
import type { Incident } from '../detect/incident.ts';
import { FAILURE_METRIC } from '../detect/series.ts';
import type { Store } from '../store/store.ts';
import { scopeSql } from './incident-scope-sql.ts';
import { INCIDENT_COPY_LIMITS } from './limits.ts';

interface Row {
  readonly probe: string;
  readonly target: string;
  readonly metric: string;
  readonly is_after: number;
  readonly runs: number;
  readonly p05: number;
  readonly p50: number;
  readonly p95: number;
}

/** How far back before it began, and how far back from its end, runs are taken. */
const BEFORE_MS = 3_600_000;
const AFTER_MS = 6 * 3_600_000;
/** The start is an estimate: runs right before it may belong to either side, and count in neither. */
const UNSURE_MS = 10_000;

/** Share of failures as parts of a million, in the shape of a metric: what agents did to themselves counts in neither. */
const SHARES_SQL = (where: string) => `
SELECT probe, target, '${FAILURE_METRIC}' AS metric, scheduled_at >= fromUnixTimestamp64Milli({started:Int64}) AS is_after,
  count() AS runs, avg(outcome = 'fail') AS p50, p50 AS p05, p50 AS p95
FROM results WHERE ${where} AND (outcome = 'ok' OR (outcome = 'fail' AND blame != 'agent'))
GROUP BY probe, target, is_after`;

const QUANTILES_SQL = (where: string) => `
SELECT probe, target, metric, is_after, count() AS runs,
  quantiles(0.05, 0.5, 0.95)(steps) AS all, all[1] AS p05, all[2] AS p50, all[3] AS p95
FROM (
  SELECT probe, target, scheduled_at >= fromUnixTimestamp64Milli({started:Int64}) AS is_after, name AS metric, step AS steps
  FROM results ARRAY JOIN metric AS name, value AS step
  WHERE ${where} AND outcome = 'ok'
)
GROUP BY probe, target, metric, is_after`;

/** What it is about first, then what changed most. Rejects with a `StoreError`. */
export async function incidentQuantiles(
  store: Pick<Store, 'query'>,
  incident: Incident,
  nowMs: number,
): Promise<readonly MetricQuantilesJson[]> {
  const { conditions, params } = scopeSql(incident);
  const checks = [...new Map(incident.evidence.cells.map((cell) => [checkKey(cell), cell])).values()];
  const until = incident.resolvedMs ?? nowMs;
  const where = [
    "trigger = 'schedule' AND disturbed = 0",
    'scheduled_at >= fromUnixTimestamp64Milli({from:Int64}) AND scheduled_at < fromUnixTimestamp64Milli({until:Int64})',
    '(scheduled_at < fromUnixTimestamp64Milli({sure:Int64}) OR scheduled_at >= fromUnixTimestamp64Milli({late:Int64}))',
    ...conditions,
    ...(checks.length > 0
      ? [
          'has(arrayZip({probes:Array(String)}, {targets:Array(String)}), (toString(probe), toString(target)))',
        ]
      : []),
  ].join(' AND ');
  const times = {
    from: Math.floor(incident.startedMs - BEFORE_MS),
    sure: Math.floor(incident.startedMs - UNSURE_MS),
    started: Math.floor(incident.startedMs),
    late: Math.floor(Math.max(incident.startedMs, until - AFTER_MS)),
    until: Math.ceil(until),
  };
  const named =
    checks.length > 0
      ? { probes: checks.map(({ probe }) => probe), targets: checks.map(({ target }) => target) }
      : {};
  const all = { ...params, ...named, ...times };
  const rows = await Promise.all([
    store.query<Row>(SHARES_SQL(where), all),
    store.query<Row>(QUANTILES_SQL(where), all),
  ]);
  return joined(rows.flat())
    .toSorted((a, b) => rankOf(b, incident) - rankOf(a, incident) || (a.metric < b.metric ? -1 : 1))
    .slice(0, INCIDENT_COPY_LIMITS.metrics.value);
}

const checkKey = ({ probe, target }: { readonly probe: string; readonly target: string }): string =>
  JSON.stringify([probe, target]);

function joined(rows: readonly Row[]): MetricQuantilesJson[] {
  const byMetric = Map.groupBy(rows.filter(isTelling), ({ metric, probe, target }) =>
    JSON.stringify([probe, target, metric]),
  );
  return [...byMetric.values()].flatMap((both) => {
    const [first] = both;
    if (!first) return [];
    const { metric, probe, target } = first;
    const isShare = metric === FAILURE_METRIC;
    const lessIsWorse = !isShare && METRICS[metric as MetricName].better === 'higher';
    const of = (isAfter: number): MetricQuantilesJson['after'] => {
      const row = both.find(({ is_after }) => is_after === isAfter);
      if (!row) return null;
      const scale = isShare ? 1 : scaleOf(metric);
      return { p50: row.p50 / scale, tail: (lessIsWorse ? row.p05 : row.p95) / scale, count: row.runs };
    };
    return [
      {
        ...{ probe, target, metric, unit: isShare ? 'ratio' : unitOf(metric) },
        tail_quantile: isShare ? null : lessIsWorse ? 0.05 : 0.95,
        ...{ before: of(0), after: of(1) },
      },
    ];
  });
}

/** Metrics that say how good something is. */
const isTelling = ({ metric }: Row): boolean =>
  metric === FAILURE_METRIC || (metric in METRICS && METRICS[metric as MetricName].better !== 'neither');

function rankOf({ after, before, metric }: MetricQuantilesJson, incident: Incident): number {
  if (metric === incident.metric) return Number.POSITIVE_INFINITY;
  if (!before || !after) return 0;
  if (before.p50 === after.p50) return 0;
  return before.p50 > 0 && after.p50 > 0 ? Math.abs(Math.log(after.p50 / before.p50)) : 100;
}
