/** Runs of the last three days, out of the rollups: by minute or so for the last hours, by the hour before. */
import type { BudgetHistory, CheckSlo, CountedRuns } from '../detect/budgets.ts';
import { BY_MINUTE_MS } from '../detect/run-counts.ts';
import { atSql, budgetColumns, byMeasure, checksSql } from './budget-sql.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAYS_MS = 72 * HOUR_MS;

export interface HistoryRow {
  readonly probe: string;
  readonly target: string;
  readonly region: string;
  readonly at_s: readonly (number | string)[];
  readonly runs: readonly (number | string)[];
  readonly bad: readonly (number | string)[];
}

/** Rows of a question to the store. */
export type AskRows = (sql: string) => Promise<readonly HistoryRow[]>;

function sqlOf(checks: readonly CheckSlo[], beforeMs: number): string {
  const { bad, runs, where } = budgetColumns(checks[0]?.slo.latency);
  const splitMs = Math.floor((beforeMs - BY_MINUTE_MS) / HOUR_MS) * HOUR_MS;
  const part = (table: string, time: string, bucket: string, fromMs: number, untilMs: number) => `
  SELECT probe, target, region, toUnixTimestamp(${bucket}) AS at, ${runs} AS count, ${bad} AS bad_count
  FROM ${table}
  WHERE ${where} AND ${time} >= ${atSql(fromMs)} AND ${time} < ${atSql(untilMs)} AND ${checksSql(checks)}
  GROUP BY probe, target, region, at
  HAVING count > 0`;
  // The short windows are of minutes, those that reach back further of half an hour and more.
  const bucket = `if(minute >= ${atSql(beforeMs - HOUR_MS)}, minute, toStartOfTenMinutes(minute))`;
  return `
SELECT probe, target, region, groupArray(at) AS at_s, groupArray(count) AS runs, groupArray(bad_count) AS bad
FROM
(${part('latency_1h', 'hour', 'hour', splitMs + BY_MINUTE_MS - DAYS_MS, splitMs)}
  UNION ALL${part('latency_1m', 'minute', bucket, splitMs, beforeMs)}
)
GROUP BY probe, target, region`;
}

/** What was counted of checks in slots before the next full minute after an instant, and seen until now. Rejects as `ask` does. */
export async function readBudgetHistory(
  ask: AskRows,
  checks: readonly CheckSlo[],
  fromMs: number,
  nowMs: number,
): Promise<BudgetHistory> {
  const beforeMs = Math.ceil(fromMs / MINUTE_MS) * MINUTE_MS;
  const counted: CountedRuns[] = [];
  for (const alike of byMeasure(checks)) {
    for (const { probe, target, region, at_s, runs, bad } of await ask(sqlOf(alike, beforeMs))) {
      for (const [i, at] of at_s.entries())
        counted.push({
          ...{ probe, target, region },
          atMs: Number(at) * 1000,
          runs: Number(runs[i]),
          failures: Number(bad[i]),
        });
    }
  }
  return { beforeMs, seenMs: nowMs, counted };
}
