/** What the overview reads from the store: three small queries a tick, whoever and however many are looking. */
import type { MetricName } from '../../probes/metrics.ts';
import type { Store } from '../store/store.ts';
import { inUnits } from './latency.ts';
import type { Quantiles, RegionOverview } from './overview.ts';

const FIGURES = ['video_startup_ms', 'first_frame_ms', 'ttfb_ms', 'upload_goodput_bps'] as const;
type Figure = (typeof FIGURES)[number];

/** What a spark shows, the best first: what users wait for where it is measured. */
export const SPARK_METRICS = ['first_frame_ms', 'ttfb_ms'] as const satisfies readonly MetricName[];
export type SparkMetric = (typeof SPARK_METRICS)[number];

export type RegionFigures = Readonly<Record<Figure, Quantiles>> & {
  readonly runs: RegionOverview['runs'];
};

const NOTHING: Quantiles = { p50: null, p95: null, count: 0 };
export const NO_FIGURES: RegionFigures = {
  video_startup_ms: NOTHING,
  first_frame_ms: NOTHING,
  ttfb_ms: NOTHING,
  upload_goodput_bps: NOTHING,
  runs: { ok: 0, fail: 0, missed: 0 },
};

interface FigureRow {
  readonly region: string;
  readonly metric: string;
  readonly ok: number;
  readonly fail: number;
  readonly missed: number;
  readonly quantiles: readonly (number | null)[];
}

/** Figures by region over whole minutes since an instant, out of the rollup. */
export async function readFigures(store: Store, sinceMs: number): Promise<Map<string, RegionFigures>> {
  const rows = await store.query<FigureRow>(
    `SELECT region, metric, sum(l.ok) AS ok, sum(l.fail) AS fail, sum(l.missed) AS missed,
      quantilesDDMerge(0.01, 0.5, 0.75, 0.95, 0.99)(l.quantiles) AS quantiles
    FROM latency_1m AS l
    WHERE minute >= toStartOfMinute(fromUnixTimestamp64Milli({since:Int64}, 'UTC')) AND metric IN {metrics:Array(String)}
    GROUP BY region, metric`,
    { since: sinceMs, metrics: [...FIGURES, 'run_ms'] },
  );
  const byRegion = new Map<string, RegionFigures>();
  for (const { region, metric, ok, fail, missed, quantiles } of rows) {
    const figures = byRegion.get(region) ?? NO_FIGURES;
    const [p50, , p95] = ok === 0 ? [] : quantiles.map((value) => inUnits(metric, value));
    const changed =
      metric === 'run_ms'
        ? { runs: { ok, fail, missed } }
        : { [metric]: { p50: p50 ?? null, p95: p95 ?? null, count: ok } };
    byRegion.set(region, { ...figures, ...changed });
  }
  return byRegion;
}

/** The newest slot of each region that has a run, Unix milliseconds, among slots since an instant; and how many came lately. */
export interface Freshness {
  readonly lastResultMs: ReadonlyMap<string, number>;
  readonly resultsPerS: number;
}

const RATE_OVER_S = 10;

export async function readFreshness(store: Store, sinceMs: number, nowMs: number): Promise<Freshness> {
  const rows = await store.query<{ region: string; last_ms: number; lately: number }>(
    `SELECT region, maxIf(toUnixTimestamp64Milli(scheduled_at), outcome != 'missed') AS last_ms,
      countIf(ingested_at >= fromUnixTimestamp64Milli({lately:Int64}, 'UTC')) AS lately
    FROM results WHERE scheduled_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') GROUP BY region`,
    { since: sinceMs, lately: nowMs - RATE_OVER_S * 1000 },
  );
  return {
    lastResultMs: new Map(rows.filter((row) => row.last_ms > 0).map((row) => [row.region, row.last_ms])),
    resultsPerS: rows.reduce((sum, row) => sum + row.lately, 0) / RATE_OVER_S,
  };
}

export interface SparkRow {
  readonly region: string;
  readonly metric: SparkMetric;
  /** Start of the step, Unix milliseconds. */
  readonly at_ms: number;
  readonly p50: number;
}

/** Medians of ok scheduled runs for each step in [sinceMs, untilMs), both multiples of the step. */
export async function readSparks(
  store: Store,
  {
    sinceMs,
    untilMs,
    stepMs,
  }: { readonly sinceMs: number; readonly untilMs: number; readonly stepMs: number },
): Promise<SparkRow[]> {
  const rows = await store.query<SparkRow>(
    `SELECT region, name AS metric, intDiv(toUnixTimestamp64Milli(scheduled_at), {step:Int64}) * {step:Int64} AS at_ms,
      medianExact(steps) AS p50
    FROM results ARRAY JOIN metric AS name, value AS steps
    WHERE scheduled_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
      AND scheduled_at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
      AND outcome = 'ok' AND trigger = 'schedule' AND name IN {metrics:Array(String)}
    GROUP BY region, metric, at_ms`,
    { since: sinceMs, until: untilMs, step: stepMs, metrics: SPARK_METRICS },
  );
  return rows.map((row) => ({ ...row, p50: inUnits(row.metric, row.p50) ?? 0 }));
}
