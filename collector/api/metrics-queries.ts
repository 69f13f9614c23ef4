/** What `/metrics` reads from the store. */
import { OUTCOMES, type Outcome } from '../../probes/outcome.ts';
import type { Store } from '../store/store.ts';
import { API_LIMITS } from './limits.ts';

/** The newest run of a probe on a target in a region, whichever of its agents ran it and did not disturb it. */
export interface LatestRun {
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  readonly region: string;
  /** Unix milliseconds. */
  readonly scheduled_ms: number;
  readonly outcome: Outcome;
  readonly duration_us: number;
  readonly metric: readonly string[];
  readonly value: readonly number[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** As Prometheus itself: a series without a sample for five minutes is gone, and an alert on its absence can fire. */
const LATEST_WITHIN_MS = 300_000;

/** One row more than the limit of series, so that it shows when some are left out. */
export function readLatestRuns(store: Store, nowMs: number): Promise<LatestRun[]> {
  return store.query<LatestRun>(
    `SELECT probe, type, target, region, run.1 AS outcome, run.2 AS duration_us, run.3 AS metric, run.4 AS value,
      run.5 AS attributes, scheduled_ms
    FROM (
      SELECT probe, type, target, region,
        argMax((outcome, duration_us, metric, value, attributes), scheduled_at) AS run,
        toUnixTimestamp64Milli(max(scheduled_at)) AS scheduled_ms
      FROM results
      WHERE scheduled_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND outcome != 'missed' AND trigger = 'schedule'
        AND disturbed = 0
      GROUP BY probe, type, target, region
      ORDER BY probe, target, region
      LIMIT {rows:UInt32}
    )`,
    { since: nowMs - LATEST_WITHIN_MS, rows: API_LIMITS.metricsSeries.value + 1 },
  );
}

export interface OutcomeCount {
  readonly region: string;
  readonly outcome: Outcome | 'agent_fail' | 'disturbed';
  readonly results: number;
}

/** Results of scheduled runs by region and outcome, of slots since an instant: it only grows, as a counter must. */
export async function readOutcomes(store: Store, sinceMs: number): Promise<OutcomeCount[]> {
  const names = [...OUTCOMES, 'agent_fail', 'disturbed'] as const;
  const rows = await store.query<Record<(typeof names)[number], number> & { region: string }>(
    `SELECT region, ${names.map((name) => `sum(l.${name}) AS ${name}`).join(', ')}
    FROM latency_1m AS l
    WHERE metric = 'run_ms' AND minute >= toStartOfMinute(fromUnixTimestamp64Milli({since:Int64}, 'UTC'))
    GROUP BY region ORDER BY region`,
    { since: sinceMs },
  );
  return rows.flatMap((row) =>
    names.map((outcome) => ({ region: row.region, outcome, results: row[outcome] })),
  );
}
