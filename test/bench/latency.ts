/**
 * How long a latency table of a day takes: a fleet of 10,000 agents at 1,000 results a second, by the rollups; beside it the same question
 * put to the results themselves, of which a part is there, and its time is multiplied.
 */
import { latencyRoutes } from '../../collector/api/latency.ts';
import { HEADLINE_METRICS } from '../../collector/latency/question.ts';
import type { Store } from '../../collector/store/store.ts';
import { openTestStore } from '../support/stores.ts';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { timesOf } from './support/bench-settings.ts';
import { FLEET, fillResults, fillRollups, sampleText } from './support/latency-store.ts';
import { percentile } from './support/stats.ts';

const RAW_ROUNDS = 3;
const GOAL_MS = 200;
const DAY_MINUTES = 1440;

interface Asked {
  readonly query: string;
  /** Of the promise. */
  readonly promised: boolean;
  /** The groups of the same question to the results, of a day; and which results. */
  readonly raw?: { readonly by: string; readonly where?: string };
}

const QUESTIONS: Readonly<Record<string, Asked>> = {
  day_by_region: { query: 'by=region&since=24h', promised: true, raw: { by: 'region' } },
  day_by_region_target: {
    ...{ query: 'by=region,target&since=24h', promised: true, raw: { by: 'region, target' } },
  },
  day_with_trend: { query: 'by=region&since=24h&spark=true', promised: true, raw: { by: 'region' } },
  day_of_one_region: {
    ...{ query: 'by=target,probe&region=region-7&since=24h', promised: true },
    raw: { by: 'target, probe', where: "region = 'region-7'" },
  },
  half_a_day_against_the_other: { query: 'by=region&since=12h&vs=12h', promised: true },
  hour_by_region: { query: 'by=region&since=1h', promised: true },
  // By network and edge: all series are read.
  day_of_one_region_by_network: { query: 'by=isp,probe&region=region-7&since=24h', promised: false },
  day_by_network: { query: 'by=region,isp&since=24h', promised: false },
};

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
    progress(`filling rollups by the real views: ${sampleText(FLEET)}; past hours an hour at a time`);
    await fillRollups(held.store, nowMs);
    progress(`results of ${FLEET.rawMinutes} minutes, for the peer: its time is multiplied to a day`);
    await fillResults(held.store, nowMs);
    const app = latencyRoutes(held.store, { wallMs: () => nowMs, monotonicMs: () => performance.now() });
    const ask = async (query: string): Promise<void> => {
      const response = await app.request(`/?${query}`);
      const { data } = (await response.json()) as { data?: { ok: number }[] };
      if (!data?.some(({ ok }) => ok > 0))
        throw new Error(`${query} was answered ${response.status} without rows`);
    };
    const rows: Row[] = [];
    for (const [name, { promised, query, raw }] of Object.entries(QUESTIONS)) {
      progress(query);
      const times = await timed(timesOf('OUTRIDER_BENCH_ROUNDS', 30), () => ask(query));
      const goal = promised ? { goal: atMost(GOAL_MS) } : {};
      const peer = raw ? { peer: await rawPeer(held.store, raw) } : {};
      rows.push(row(`${engine}_${name}_p50`, percentile(times, 0.5), 'ms', peer));
      rows.push(row(`${engine}_${name}_p95`, percentile(times, 0.95), 'ms', goal));
    }
    return rows;
  } finally {
    await held.close();
  }
}

/** After two that warm what a collector that runs has warm. */
async function timed(rounds: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < rounds + 2; i += 1) {
    const startedMs = performance.now();
    await work();
    if (i >= 2) times.push(performance.now() - startedMs);
  }
  return times;
}

async function rawPeer(store: Store, { by, where = '1' }: { by: string; where?: string }) {
  const sql = `SELECT ${by}, one.1 AS name, count() AS runs, quantiles(0.5, 0.75, 0.95, 0.99)(one.2) AS levels
    FROM (SELECT ${by}, arrayJoin(arrayFilter(pair -> pair.1 IN {metrics:Array(String)}, arrayZip(metric, value))) AS one
      FROM results WHERE trigger = 'schedule' AND outcome = 'ok' AND disturbed = 0 AND ${where})
    GROUP BY ${by}, name`;
  const times = await timed(RAW_ROUNDS, () => store.query(sql, { metrics: HEADLINE_METRICS }));
  return {
    name: `raw quantiles over results, of ${FLEET.rawMinutes} min × ${DAY_MINUTES / FLEET.rawMinutes}`,
    value: (percentile(times, 0.5) * DAY_MINUTES) / FLEET.rawMinutes,
  };
}
