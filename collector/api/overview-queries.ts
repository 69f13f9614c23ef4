/** What the overview reads from the store: three small queries a tick, whoever and however many are looking. */
import type { MetricName } from '../../probes/metrics.ts';
import { inUnits } from '../latency/latency-table.ts';
import type { Store } from '../store/store.ts';
import type { QuantilesJson, RegionOverviewJson } from './answers/overview.ts';

const FIGURES = ['video_startup_ms', 'first_frame_ms', 'ttfb_ms', 'upload_goodput_bps'] as const;
type Figure = (typeof FIGURES)[number];

/** What a spark shows, the best first: what users wait for where it is measured. */
export const SPARK_METRICS = ['first_frame_ms', 'ttfb_ms'] as const satisfies readonly MetricName[];
export type SparkMetric = (typeof SPARK_METRICS)[number];

export type RegionFigures = Readonly<Record<Figure, QuantilesJson>> & {
  readonly runs: RegionOverviewJson['runs'];
};

const NOTHING: QuantilesJson = { p50: null, p95: null, count: 0 };
export const NO_FIGURES: RegionFigures = {
  video_startup_ms: NOTHING,
  first_frame_ms: NOTHING,
  ttfb_ms: NOTHING,
  upload_goodput_bps: NOTHING,
  runs: { ok: 0, fail: 0, missed: 0, disturbed: 0 },
};

interface FigureRow {
  readonly region: string;
  readonly metric: string;
  readonly ok: number;
  readonly fail: number;
  readonly missed: number;
  readonly held_up: number;
  readonly quantiles: readonly (number | null)[];
}

/**
 * Windows up to this are read from the results themselves, to the second: in a rollup by minutes a fault of half a minute
 * would hide among up to a minute of what was before it. Longer ones are read from the rollup, which costs nothing.
 */
const EXACT_WINDOW_MAX_MS = 120_000;

/** The instant since which figures are taken, Unix milliseconds: exact for short windows, a whole minute for longer ones. */
export function figuresSince(nowMs: number, windowMs: number): number {
  const sinceMs = nowMs - windowMs;
  return windowMs <= EXACT_WINDOW_MAX_MS ? sinceMs : Math.floor(sinceMs / 60_000) * 60_000;
}

const FROM_RESULTS = `SELECT region, pair.1 AS metric, countIf(outcome = 'ok' AND disturbed = 0) AS ok,
    countIf(outcome = 'fail' AND blame != 'agent' AND disturbed = 0) AS fail, countIf(outcome = 'missed') AS missed,
    countIf(outcome != 'missed' AND disturbed = 1) AS held_up,
    quantilesDDIf(0.01, 0.5, 0.95)(toFloat64(pair.2), outcome = 'ok' AND disturbed = 0) AS quantiles
  FROM (
    SELECT region, outcome, blame, disturbed,
      arrayJoin(arrayPushBack(
        arrayFilter(p -> has({metrics:Array(String)}, p.1), arrayZip(metric, value)), ('run_ms', toInt64(duration_us))
      )) AS pair
    FROM results
    WHERE scheduled_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND trigger = 'schedule'
  )
  GROUP BY region, metric`;

/** The levels have to be those of the sketches, of which the second, 0.75, is not wanted here. */
const FROM_ROLLUP = `SELECT region, metric, sum(l.ok) AS ok, sum(l.fail) AS fail, sum(l.missed) AS missed,
    sum(l.disturbed) AS held_up,
    arrayMap(i -> quantilesDDMerge(0.01, 0.5, 0.75, 0.95, 0.99)(l.quantiles)[i], [1, 3]) AS quantiles
  FROM latency_1m AS l
  WHERE minute >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
    AND (has({metrics:Array(String)}, metric) OR metric = 'run_ms')
  GROUP BY region, metric`;

/** Figures by region over the window that ends now. */
export async function readFigures(
  store: Store,
  nowMs: number,
  windowMs: number,
): Promise<Map<string, RegionFigures>> {
  const rows = await store.query<FigureRow>(windowMs <= EXACT_WINDOW_MAX_MS ? FROM_RESULTS : FROM_ROLLUP, {
    since: figuresSince(nowMs, windowMs),
    metrics: FIGURES,
  });
  const byRegion = new Map<string, RegionFigures>();
  for (const { region, metric, ok, fail, missed, held_up, quantiles } of rows) {
    const figures = byRegion.get(region) ?? NO_FIGURES;
    const [p50, p95] = ok === 0 ? [] : quantiles.map((value) => inUnits(metric, value));
    const changed =
      metric === 'run_ms'
        ? { runs: { ok, fail, missed, disturbed: held_up } }
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
/** An agent whose clock is further ahead would vouch for its region long after it fell silent. */
const CLOCK_AHEAD_MAX_MS = 5000;

export async function readFreshness(store: Store, sinceMs: number, nowMs: number): Promise<Freshness> {
  const rows = await store.query<{ region: string; last_ms: number; lately: number }>(
    `SELECT region, maxIf(toUnixTimestamp64Milli(scheduled_at), outcome != 'missed') AS last_ms,
      countIf(ingested_at >= fromUnixTimestamp64Milli({lately:Int64}, 'UTC')) AS lately
    FROM results
    WHERE scheduled_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
      AND scheduled_at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
    GROUP BY region`,
    { since: sinceMs, until: nowMs + CLOCK_AHEAD_MAX_MS, lately: nowMs - RATE_OVER_S * 1000 },
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

/** Medians of ok scheduled runs that nothing disturbed, for each step in [sinceMs, untilMs), both multiples of the step. */
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
      AND outcome = 'ok' AND disturbed = 0 AND trigger = 'schedule' AND name IN {metrics:Array(String)}
    GROUP BY region, metric, at_ms`,
    { since: sinceMs, until: untilMs, step: stepMs, metrics: SPARK_METRICS },
  );
  return rows.map((row) => ({ ...row, p50: inUnits(row.metric, row.p50) ?? 0 }));
}
