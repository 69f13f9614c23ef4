/** How much is left of the error budgets, and how fast they go: out of the rollups, the same at every collector. */

import { type CheckSlo, checkKey } from '../detect/budgets.ts';
import { BURN_WINDOWS, type BurnAlert, burnAlerts, burnRate } from '../detect/burn-rate.ts';
import { BY_MINUTE_MS, type Counts } from '../detect/run-counts.ts';
import { atSql, budgetColumns, byMeasure, checksSql } from '../incidents/budget-sql.ts';
import type { Store } from '../store/store.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A promise, and how it stands. */
export interface SloStanding extends CheckSlo {
  /** Runs of its period, as far as they are kept. */
  readonly period: Counts;
  /** The share of the budget that is left: below 0 what was spent beyond it; undefined where nothing was measured. */
  readonly remaining: number | undefined;
  readonly burns: readonly {
    readonly longMs: number;
    readonly shortMs: number;
    readonly threshold: number;
    readonly severity: BurnAlert['window']['severity'];
    readonly longRate: number;
    readonly shortRate: number;
    /** Fast enough in both for an alert, by enough failures. */
    readonly burning: boolean;
  }[];
}

type Row = { readonly probe: string; readonly target: string } & Readonly<Record<string, string | number>>;

const NOTHING: Counts = { runs: 0, failures: 0 };

/** Runs of the last so long, one pair of columns a length, with the bucket that is under way. */
function sqlOf(
  checks: readonly CheckSlo[],
  lengthsMs: readonly number[],
  nowMs: number,
  of: { readonly table: string; readonly time: string; readonly bucketMs: number },
): string {
  const fromMs = (lengthMs: number) => Math.floor(nowMs / of.bucketMs) * of.bucketMs - lengthMs + of.bucketMs;
  const latency = checks[0]?.slo.latency;
  const columns = lengthsMs.map((lengthMs) => {
    const { bad, runs } = budgetColumns(latency, `${of.time} >= ${atSql(fromMs(lengthMs))}`);
    return `${runs} AS runs_${lengthMs}, ${bad} AS bad_${lengthMs}`;
  });
  return `
SELECT probe, target, ${columns.join(', ')}
FROM ${of.table}
WHERE ${budgetColumns(latency).where} AND ${of.time} >= ${atSql(fromMs(Math.max(...lengthsMs)))} AND ${of.time} <= ${atSql(nowMs)} AND ${checksSql(checks)}
GROUP BY probe, target`;
}

const MINUTES = { table: 'latency_1m', time: 'minute', bucketMs: MINUTE_MS } as const;
const HOURS = { table: 'latency_1h', time: 'hour', bucketMs: HOUR_MS } as const;

/** How promises stand at an instant, in their order. Rejects with a `StoreError`. */
export async function readSlos(
  store: Pick<Store, 'query'>,
  checks: readonly CheckSlo[],
  nowMs: number,
): Promise<SloStanding[]> {
  const counts = new Map<string, Map<number, Counts>>();
  const note = (rows: readonly Row[], lengthsMs: readonly number[]): void => {
    for (const row of rows) {
      const known = counts.get(checkKey(row)) ?? new Map<number, Counts>();
      for (const lengthMs of lengthsMs)
        known.set(lengthMs, {
          runs: Number(row[`runs_${lengthMs}`]),
          failures: Number(row[`bad_${lengthMs}`]),
        });
      counts.set(checkKey(row), known);
    }
  };
  const windows = [...new Set(BURN_WINDOWS.flatMap(({ longMs, shortMs }) => [longMs, shortMs]))];
  const read = async (alike: readonly CheckSlo[], of: typeof MINUTES | typeof HOURS, lengthsMs: number[]) =>
    note(await store.query<Row>(sqlOf(alike, lengthsMs, nowMs, of)), lengthsMs);
  for (const alike of byMeasure(checks)) {
    await read(
      alike,
      MINUTES,
      windows.filter((lengthMs) => lengthMs <= BY_MINUTE_MS),
    );
    for (const [periodMs, same] of Map.groupBy(alike, ({ slo }) => slo.periodMs)) {
      const lengthsMs = [...windows.filter((lengthMs) => lengthMs > BY_MINUTE_MS), periodMs];
      await read(same, HOURS, [...new Set(lengthsMs)]);
    }
  }
  return checks.map((check) => standingOf(check, counts.get(checkKey(check)) ?? new Map()));
}

function standingOf(check: CheckSlo, counts: ReadonlyMap<number, Counts>): SloStanding {
  const { slo } = check;
  const of = (lengthMs: number) => counts.get(lengthMs) ?? NOTHING;
  const period = of(slo.periodMs);
  const alerts = burnAlerts(of, slo);
  return {
    ...check,
    period,
    remaining: period.runs === 0 ? undefined : 1 - burnRate(period, slo),
    burns: BURN_WINDOWS.map((window) => ({
      longMs: window.longMs,
      shortMs: window.shortMs,
      threshold: window.rate,
      severity: window.severity,
      longRate: burnRate(of(window.longMs), slo),
      shortRate: burnRate(of(window.shortMs), slo),
      burning: alerts.some((alert) => alert.window === window),
    })),
  };
}
