/**
 * How long a latency table of a day takes: a fleet of 10,000 agents at 1,000 results a second, in the rollups as they would be. The rows
 * are made in the store itself, each with a sketch of as many values as such a fleet measures in a minute.
 */
import { latencyRoutes } from '../../collector/api/latency.ts';
import type { Store } from '../../collector/store/store.ts';
import { openTestStore } from '../support/stores.ts';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { percentile } from './support/stats.ts';

const REGIONS = 30;
const ISPS = 3;
const CHECKS = 6;
const SERIES = REGIONS * ISPS * CHECKS;
const RESULTS_PER_S = 1000;
/** More than a day: of the first hour that a store has, the minutes are read. */
const MINUTES = 1680;
const VALUES = Math.round((RESULTS_PER_S * 60) / SERIES);
const METRICS = [
  'run_ms',
  'ttfb_ms',
  'first_frame_ms',
  'video_startup_ms',
  'upload_goodput_bps',
  'dns_ms',
  'connect_ms',
  'tls_ms',
];
/** Sketches that rows take turns with. */
const SKETCHES = 500;
/** Rows go in by so many minutes, so that no statement takes long. */
const MINUTES_AT_ONCE = 240;
const ROUNDS = 20;
const GOAL_MS = 200;

/** What is asked, and whether it is the promise or beside it. */
const QUESTIONS = {
  day_by_region: { query: 'by=region&since=24h', promised: true },
  day_by_region_target: { query: 'by=region,target&since=24h', promised: true },
  day_with_trend: { query: 'by=region&since=24h&spark=true', promised: true },
  day_of_one_region: { query: 'by=isp,target,probe&region=region-7&since=24h', promised: true },
  day_by_everything: { query: 'by=region,isp,target,probe&since=24h&limit=1000', promised: false },
  half_against_half: { query: 'by=region&since=12h&vs=12h', promised: false },
  hour_by_region: { query: 'by=region&since=1h', promised: false },
} as const;

export const latencyBenchmark: Benchmark = {
  name: 'latency',
  summary: 'A latency table of a day of 10,000 agents at 1,000 results a second, out of the rollups.',
  run: async (progress) => [...(await runOn('server', progress)), ...(await runOn('embedded', progress))],
};

async function runOn(engine: 'server' | 'embedded', log: Progress): Promise<Row[]> {
  const progress: Progress = (text) => log(`${engine}: ${text}`);
  const held = await openTestStore(engine);
  try {
    const nowMs = Math.floor(Date.now() / 60_000) * 60_000;
    progress(`making ${((SERIES * MINUTES * METRICS.length) / 1e6).toFixed(1)} million rows of latency_1m`);
    await fill(held.store, nowMs);
    const app = latencyRoutes(held.store, { wallMs: () => nowMs, monotonicMs: () => performance.now() });
    const rows: Row[] = [];
    for (const [name, { promised, query }] of Object.entries(QUESTIONS)) {
      progress(query);
      const times: number[] = [];
      for (let i = 0; i < ROUNDS + 2; i += 1) {
        const startedMs = performance.now();
        const response = await app.request(`/?${query}`);
        const { data } = (await response.json()) as { data?: { ok: number }[] };
        if (!data?.some(({ ok }) => ok > 0))
          throw new Error(`${query} was answered ${response.status} without rows`);
        // The first two warm what a collector that runs has warm.
        if (i >= 2) times.push(performance.now() - startedMs);
      }
      const goal = promised ? { goal: atMost(GOAL_MS) } : {};
      rows.push(row(`${engine}_${name}_p50`, percentile(times, 0.5), 'ms'));
      rows.push(row(`${engine}_${name}_p95`, percentile(times, 0.95), 'ms', goal));
    }
    return rows;
  } finally {
    await held.close();
  }
}

async function fill(store: Store, nowMs: number): Promise<void> {
  await store.command(`CREATE TABLE bench_sketches
    (id UInt32, quantiles AggregateFunction(quantilesDD(0.01, 0.5, 0.75, 0.95, 0.99), Float64)) ENGINE = Memory`);
  await store.command(`INSERT INTO bench_sketches
    SELECT number % ${SKETCHES} AS id, quantilesDDState(0.01, 0.5, 0.75, 0.95, 0.99)(round(exp(11 + 0.4 * randNormal(0, 1)))) AS quantiles
    FROM numbers(${SKETCHES * VALUES}) GROUP BY id`);
  for (const metric of METRICS)
    for (let from = 0; from < MINUTES; from += MINUTES_AT_ONCE)
      await store.command(insertSql(metric, nowMs / 1000 - MINUTES * 60 + from * 60));
  await store.command('OPTIMIZE TABLE latency_1h FINAL');
}

const insertSql = (metric: string, startS: number): string => `INSERT INTO latency_1m
  (minute, region, country, isp, target, pop, probe, type, metric, count, ok, fail, agent_fail, missed, disturbed, quantiles, value_sum, value_min, value_max)
  SELECT minute, region, country, isp, target, pop, probe, 'http', '${metric}', ${VALUES}, ${VALUES - 1}, 1, 0, 0, 0,
    sketches.quantiles, ${VALUES} * 60000, 20000, 200000
  FROM (
    SELECT toDateTime(${startS} + intDiv(number, ${SERIES}) * 60, 'UTC') AS minute, number % ${SERIES} AS series,
      concat('region-', toString(series % ${REGIONS})) AS region, concat('country-', toString(series % 10)) AS country,
      concat('isp-', toString(intDiv(series, ${REGIONS}) % ${ISPS})) AS isp,
      concat('target-', toString(intDiv(series, ${REGIONS * ISPS}) % 3)) AS target, concat('pop-', toString(series % ${REGIONS})) AS pop,
      concat('probe-', toString(intDiv(series, ${REGIONS * ISPS}))) AS probe,
      toUInt32(cityHash64(number, '${metric}', ${startS}) % ${SKETCHES}) AS sketch
    FROM numbers(${SERIES * MINUTES_AT_ONCE})
  ) AS made INNER JOIN bench_sketches AS sketches ON sketches.id = made.sketch
  SETTINGS insert_deduplicate = 0`;
