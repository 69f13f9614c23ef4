/**
 * Good and bad runs of a promise, out of the rollups: with them a budget is known for as long as the hours are kept, however many runs
 * there were. What is too slow is read from the sketches of the values: right to a thousandth of the runs of a bucket, for a limit that
 * is right to a hundredth; where all values are on one side of it, exactly.
 */
import { scaleOf } from '../../probes/metrics.ts';
import type { Slo } from '../detect/burn-rate.ts';
import { sqlLiteral } from '../store/sql-literal.ts';

/** Ranks at which a sketch is asked: the most that ClickHouse takes. */
const RANKS = Array.from({ length: 1000 }, (_, i) => ((i + 0.5) / 1000).toFixed(4)).join(', ');

export interface BudgetColumns {
  readonly runs: string;
  readonly bad: string;
  /** Which rows of the rollup they are of. */
  readonly where: string;
}

/** Aggregates over rows of `latency_1m` or `latency_1h`; `only` narrows them to some of the rows. */
export function budgetColumns(latency: Slo['latency'], only = '1'): BudgetColumns {
  const failed = `sumIf(fail, metric = 'run_ms' AND ${only})`;
  if (!latency) {
    return {
      runs: `sumIf(ok + fail, metric = 'run_ms' AND ${only})`,
      bad: failed,
      where: "metric = 'run_ms'",
    };
  }
  const name = sqlLiteral(latency.metric);
  const limit = latency.underMs * scaleOf(latency.metric);
  const measured = `metric = ${name} AND ok > 0 AND ${only}`;
  const ok = `sumIf(ok, ${measured})`;
  const share = `arrayCount(value -> value >= ${limit}, quantilesDDMergeIf(0.01, ${RANKS})(quantiles, ${measured})) / 1000`;
  const slow = `multiIf(${ok} = 0 OR maxIf(value_max, ${measured}) < ${limit}, 0, minIf(value_min, ${measured}) >= ${limit}, ${ok}, round(${ok} * ${share}))`;
  return {
    runs: `${failed} + ${ok}`,
    bad: `${failed} + toUInt64(${slow})`,
    where: `metric IN ('run_ms', ${name})`,
  };
}

/** Of these checks alone. */
export const checksSql = (checks: readonly { readonly probe: string; readonly target: string }[]): string =>
  `(toString(probe), toString(target)) IN (${checks.map(({ probe, target }) => `(${sqlLiteral(probe)}, ${sqlLiteral(target)})`).join(', ')})`;

/** They stand in the text of a question, which has its limit. */
const CHECKS_AT_ONCE = 200;

/** Checks whose runs are told good from bad by the same measure, as many as a question may name. */
export function byMeasure<T extends { readonly slo: Slo }>(checks: readonly T[]): (readonly T[])[] {
  const groups = Map.groupBy(checks, ({ slo }) => JSON.stringify(slo.latency ?? null));
  return [...groups.values()].flatMap((alike) =>
    Array.from({ length: Math.ceil(alike.length / CHECKS_AT_ONCE) }, (_, i) =>
      alike.slice(i * CHECKS_AT_ONCE, (i + 1) * CHECKS_AT_ONCE),
    ),
  );
}

/** An instant, in whole seconds. */
export const atSql = (ms: number): string => `toDateTime(${Math.floor(ms / 1000)}, 'UTC')`;
