/** How far the browserless twin is off from the browser, over files and networks, and what it costs beside it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunResult } from '../../probes/probe.ts';
import { atLeast, atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { timesOf } from './support/bench-settings.ts';
import { thisBrowser } from './support/browser-wrapper.ts';
import { groupUse } from './support/group-use.ts';
import { type Order, ProbeRunner } from './support/probe-runner.ts';
import { SandboxProcess } from './support/sandbox-process.ts';
import { median, percentile } from './support/stats.ts';

/** From a good line to a bad one; Chromium's demuxer needs 64 to 128 KiB of a file before it shows anything. */
const WAYS = {
  fast: ['latency=20ms', 'bandwidth=20Mbit'],
  mobile: ['latency=60ms', 'bandwidth=4Mbit'],
  slow: ['latency=150ms', 'bandwidth=1Mbit'],
} as const;

/** `append`: hls.js and dash.js hand over whole segments. */
const FILES: Readonly<Record<string, { readonly path: string; readonly params?: Record<string, unknown> }>> =
  {
    mp4: { path: '/v/clip.mp4' },
    mp4_moov_end: { path: '/v/clip-moov-end.mp4' },
    mp4_sidx: { path: '/v/clip-sidx.mp4' },
    mp4_fragmented: { path: '/v/clip-fragmented.mp4' },
    hls_fmp4: { path: '/hls/fmp4/master.m3u8', params: { append: 'segment' } },
    hls_ts: { path: '/hls/ts/master.m3u8', params: { append: 'segment' } },
    dash: { path: '/dash/number.mpd', params: { append: 'segment' } },
    dash_base: { path: '/dash/base.mpd', params: { append: 'segment' } },
  };

const ROUNDS = 5;
const IDLE_MS = 50;

export const twinBenchmark: Benchmark = {
  name: 'twin',
  summary:
    'The browserless twin against the real browser on every file over every network, and its share of the cost; needs a browser, and Linux.',
  run,
};

interface Pair {
  readonly condition: string;
  readonly twinMs: number;
  readonly browserMs: number;
  /** Predicted against seen, of the `playing` event; undefined where one of them told none. */
  readonly playingErrorMs: number | undefined;
  readonly twinCpuMs: number;
  readonly browserCpuMs: number;
}

async function run(progress: Progress): Promise<Row[]> {
  const rounds = timesOf('OUTRIDER_BENCH_ROUNDS', ROUNDS);
  const sandbox = await SandboxProcess.start(WAYS);
  const runner = new ProbeRunner({ build: await thisBrowser() });
  const conditions = Object.keys(FILES).flatMap((file) =>
    Object.keys(WAYS).map((way) => ({ file, way, name: `${file}_${way}` })),
  );
  const pairs: Pair[] = [];
  const failures = new Map<string, string>();
  try {
    const failure = await runner.browser?.warm(AbortSignal.timeout(30_000));
    if (failure) throw new Error(failure.message);
    for (let round = 0; round <= rounds; round += 1) {
      progress(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
      const orders = conditions.map(({ file, name, way }) => {
        const { params = {}, path } = FILES[file] as (typeof FILES)[string];
        return { name, params, url: sandbox.urlBy(way) + path };
      });
      // All of the twin, then all of the browser: what the driver of one run still does is not to fall on the other.
      const twins = await costsOf(
        runner,
        orders.map(({ params, url }) => ({ type: 'playback', url, params })),
      );
      const browsers = await costsOf(
        runner,
        orders.map(({ url }) => ({ type: 'video-start', url })),
      );
      for (const [at, { name }] of orders.entries()) {
        const pair = pairOf(name, twins[at] as Costed, browsers[at] as Costed);
        if (typeof pair === 'string') failures.set(name, pair);
        else if (round > 0) pairs.push(pair);
      }
    }
  } finally {
    await runner.close();
    await sandbox.stop();
  }
  for (const [name, why] of failures) progress(`${name} was not measured: ${why}`);
  return [...errorRows(pairs, failures.size), ...costRows(pairs), ...conditionRows(pairs)];
}

interface Costed {
  readonly result: RunResult;
  readonly cpuMs: number;
}

/** A sentence when one of them did not measure. */
function pairOf(condition: string, twin: Costed, browser: Costed): Pair | string {
  for (const [who, { result }] of Object.entries({ twin, browser }))
    if (result.outcome === 'fail') return `the ${who} said: ${result.failure.message}`;
  const twinMs = twin.result.metrics.first_frame_ms;
  const browserMs = browser.result.metrics.video_startup_ms;
  if (twinMs === undefined || browserMs === undefined) return 'one of them told no first frame';
  const [predicted, seen] = [twin.result.metrics.playing_ms, browser.result.metrics.video_playing_event_ms];
  return {
    condition,
    twinMs,
    browserMs,
    playingErrorMs: predicted === undefined || seen === undefined ? undefined : predicted - seen,
    twinCpuMs: twin.cpuMs,
    browserCpuMs: browser.cpuMs,
  };
}

/** One after the other, each once what is left of the last is over. */
async function costsOf(runner: ProbeRunner, orders: readonly Order[]): Promise<Costed[]> {
  const costed: Costed[] = [];
  for (const order of orders) {
    await sleep(IDLE_MS);
    costed.push(await costing(runner, order));
  }
  return costed;
}

/** Processor time of this process and of the browser together: an idle browser costs the twin nothing. */
async function costing(runner: ProbeRunner, order: Order): Promise<Costed> {
  const { browser } = runner;
  const group = () => (browser?.pid ? groupUse(browser.pid).cpuMs : 0);
  const [pid, groupBefore] = [browser?.pid, group()];
  // Looking at the group costs more than a run of the twin: it happens outside of the stretch.
  const before = process.cpuUsage();
  const result = await runner.run(order);
  const { system, user } = process.cpuUsage(before);
  // One that was replaced meanwhile began at nothing.
  const groupMs = group() - (browser?.pid === pid ? groupBefore : 0);
  return { result, cpuMs: (system + user) / 1000 + Math.max(0, groupMs) };
}

function errorRows(pairs: readonly Pair[], failed: number): Row[] {
  const errors = pairs.map(({ browserMs, twinMs }) => Math.abs(twinMs - browserMs));
  const playing = pairs.flatMap(({ playingErrorMs }) =>
    playingErrorMs === undefined ? [] : [Math.abs(playingErrorMs)],
  );
  const seen = { name: 'video_startup_ms, middle', value: median(pairs.map(({ browserMs }) => browserMs)) };
  return [
    row('conditions_count', new Set(pairs.map(({ condition }) => condition)).size, '1', {
      goal: atLeast(12),
    }),
    row('conditions_failed', failed, '1', { goal: atMost(0) }),
    row('first_frame_error_p50', median(errors), 'ms', { peer: seen, goal: atMost(25) }),
    row('first_frame_error_p95', percentile(errors, 0.95), 'ms', { peer: seen, goal: atMost(60) }),
    ...(playing.length === 0
      ? []
      : [
          row('playing_error_p50', median(playing), 'ms'),
          row('playing_error_p95', percentile(playing, 0.95), 'ms'),
        ]),
  ];
}

function costRows(pairs: readonly Pair[]): Row[] {
  const mean = (pick: (pair: Pair) => number): number =>
    pairs.reduce((sum, pair) => sum + pick(pair), 0) / pairs.length;
  const [twin, browser] = [mean(({ twinCpuMs }) => twinCpuMs), mean(({ browserCpuMs }) => browserCpuMs)];
  return [
    row('cpu_per_run', twin, 'ms', { peer: { name: 'a run of the browser and its driver', value: browser } }),
    row('cpu_share', (twin / browser) * 100, '%', { goal: atMost(2) }),
  ];
}

/** Each condition by itself: what the twin said beside what the browser showed. */
function conditionRows(pairs: readonly Pair[]): Row[] {
  return [...Map.groupBy(pairs, ({ condition }) => condition)].map(([condition, same]) =>
    row(`first_frame_${condition}`, median(same.map(({ twinMs }) => twinMs)), 'ms', {
      peer: { name: 'video_startup_ms', value: median(same.map(({ browserMs }) => browserMs)) },
    }),
  );
}
