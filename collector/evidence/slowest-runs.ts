/** The runs of an incident that are worst by its metric: what to look at where nothing fails. */
import { METRICS, type MetricName, scaleOf } from '../../probes/metrics.ts';
import type { SlowRunJson } from '../api/answers/incident-evidence.ts';
import type { Incident } from '../detect/incident.ts';
import type { Store } from '../store/store.ts';
import { scopeSql } from './incident-scope-sql.ts';

/** Enough to see whether they look alike. */
const RUNS = 6;

/** The worst first; none for an incident of failures or of silence. Rejects with a `StoreError`. */
export async function slowestRuns(
  store: Pick<Store, 'query'>,
  incident: Incident,
  nowMs: number,
): Promise<readonly SlowRunJson[]> {
  const { metric } = incident;
  if (!(metric in METRICS)) return [];
  const order = METRICS[metric as MetricName].better === 'higher' ? 'ASC' : 'DESC';
  const { conditions, params } = scopeSql(incident);
  const rows = await store.query<SlowRunJson & { readonly steps: number }>(
    `SELECT run_id, agent, region, probe, target, scheduled_at, trigger, value[indexOf(metric, {metric:String})] AS steps
     FROM results
     WHERE outcome = 'ok' AND disturbed = 0 AND trigger = 'schedule' AND has(metric, {metric:String})
       AND scheduled_at >= fromUnixTimestamp64Milli({from:Int64}) AND scheduled_at <= fromUnixTimestamp64Milli({until:Int64})
       ${conditions.map((condition) => `AND ${condition}`).join(' ')}
     ORDER BY steps ${order}, scheduled_at LIMIT ${RUNS}`,
    {
      ...params,
      metric,
      from: Math.floor(incident.startedMs),
      until: Math.ceil(incident.resolvedMs ?? nowMs),
    },
  );
  return rows.map(({ steps, ...run }) => ({ ...run, value: steps / scaleOf(metric) }));
}
