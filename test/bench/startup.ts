/** Whether the start-up time of video follows the server: a delay of D must cost the viewer D, no more and no less. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runHere } from '../../cli/support/run-here.ts';
import type { Spec } from '../../probes/spec.ts';
import { startOrigin } from '../../sandbox/index.ts';
import { type Benchmark, type Progress, type Row, row, within } from './benchmark.ts';
import { type DelayFront, startDelayFront } from './support/delay-front.ts';
import { fitLine, median } from './support/stats.ts';

const DELAYS_MS = [0, 100, 300, 1000];
const ROUNDS = 5;
const FORMATS = { mp4: '/v/clip.mp4', hls: '/hls/fmp4/master.m3u8' } as const;
type Format = keyof typeof FORMATS;

export const startupBenchmark: Benchmark = {
  name: 'startup',
  summary:
    'Start-up time of video in the real browser over injected server delay: mp4 and HLS; needs a browser.',
  run,
};

/** In milliseconds: what the browser showed, and what plain HTTP saw of the same address in the same round. */
interface Sample {
  readonly format: Format;
  readonly delayMs: number;
  readonly startupMs: number;
  readonly ttfbMs: number;
}

async function run(progress: Progress): Promise<Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'outrider-bench-'));
  const origin = await startOrigin({ dataDir });
  const front = await startDelayFront(origin.port);
  try {
    const samples = await collect(front, progress);
    return (['mp4', 'hls'] as const).flatMap((format) =>
      rowsOf(
        format,
        samples.filter((sample) => sample.format === format),
      ),
    );
  } finally {
    await front.close();
    await origin.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const nameOf = (format: Format, delayMs: number): string => `${format}-${delayMs}`;

/** The delays take turns in every round, so that what else the machine does falls on all. The first round warms up. */
async function collect(front: DelayFront, progress: Progress): Promise<Sample[]> {
  const targets = (Object.keys(FORMATS) as Format[]).flatMap((format) =>
    DELAYS_MS.map((delayMs) => ({
      name: nameOf(format, delayMs),
      url: `${front.url}${FORMATS[format]}?wait_ms=${delayMs}`,
      labels: {},
    })),
  );
  const names = targets.map(({ name }) => name);
  const measured = { http: new Map<string, number[]>(), 'video-start': new Map<string, number[]>() };
  const rounds: Spec['probes'] = Array.from({ length: ROUNDS }, (_, round) => round).flatMap((round) => [
    probe(`round-${round}`, 'http', names, {}),
    probe(`round-${round}`, 'video-start', names, { watchMs: 0 }),
  ]);
  const network = { policy: { allow: ['127.0.0.0/8'], deny: [] }, connectTo: {}, nameServers: [] };
  let announced = '';
  // One call, and so one browser, for all rounds.
  const runs = runHere({ probes: rounds, targets, network, browser: undefined });
  for await (const { probe: round, target, result } of runs) {
    if (round !== announced) progress(round.replace('round-', 'round ').concat(` of ${ROUNDS - 1}`));
    announced = round;
    if (result.outcome === 'fail') throw new Error(`${target} failed: ${result.failure.message}`);
    const isBrowser = result.metrics.video_startup_ms !== undefined;
    const value = isBrowser ? result.metrics.video_startup_ms : result.metrics.ttfb_ms;
    if (round === 'round-0' || value === undefined) continue;
    const into = measured[isBrowser ? 'video-start' : 'http'];
    into.set(target, [...(into.get(target) ?? []), value]);
  }
  return (Object.keys(FORMATS) as Format[]).flatMap((format) =>
    DELAYS_MS.map((delayMs) => ({
      format,
      delayMs,
      startupMs: median(measured['video-start'].get(nameOf(format, delayMs)) ?? []),
      ttfbMs: median(measured.http.get(nameOf(format, delayMs)) ?? []),
    })),
  );
}

const probe = (name: string, type: string, targets: string[], params: Record<string, unknown>) => ({
  name,
  type,
  targets,
  every: '30s',
  timeout: '20s',
  params,
  from: {},
  paused: false,
});

function rowsOf(format: Format, samples: readonly Sample[]): Row[] {
  const seen = fitLine(samples.map(({ delayMs, startupMs }) => ({ x: delayMs, y: startupMs })));
  const server = fitLine(samples.map(({ delayMs, ttfbMs }) => ({ x: delayMs, y: ttfbMs })));
  return [
    row(`${format}_slope`, seen.slope, '1', {
      peer: { name: 'ttfb_ms of the http probe', value: server.slope },
      goal: within(1, 0.05),
    }),
    row(`${format}_residual_max`, seen.residualMax, 'ms', {
      peer: { name: 'ttfb_ms of the http probe', value: server.residualMax },
    }),
    row(`${format}_startup_undelayed`, samples[0]?.startupMs ?? Number.NaN, 'ms', {
      peer: { name: 'ttfb_ms of the http probe', value: samples[0]?.ttfbMs ?? Number.NaN },
    }),
  ];
}
