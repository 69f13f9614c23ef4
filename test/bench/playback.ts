/**
 * Whether the start of a video is told truly: a delay of D costs D, no more and no less; the phases add up to the whole; and a delay at
 * one stage of the way shows in the phase of that stage and in no other.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '../../probes/probe.ts';
import { atMost, type Benchmark, type Progress, type Row, row, within } from './benchmark.ts';
import { timesOf } from './support/bench-settings.ts';
import { thisBrowser, wrapBrowser } from './support/browser-wrapper.ts';
import { ProbeRunner } from './support/probe-runner.ts';
import type { Stage } from './support/staged-messages.ts';
import { StagedServer } from './support/staged-server.ts';
import { mostMoved, movedSteps, type Steps, stepsOf, sumOf, typicalSteps } from './support/start-steps.ts';
import { fitLine, median } from './support/stats.ts';

const DELAYS_MS = [0, 100, 300, 1000];
/** 18 frames: what comes later comes at the same place between two of them. */
const STAGED_MS = 300;
const ROUNDS = 15;
const PATHS = {
  mp4: '/v/clip.mp4',
  hls: '/hls/fmp4/master.m3u8',
  dash: '/dash/number.mpd',
} as const;
type Format = keyof typeof PATHS;
const FORMATS = Object.keys(PATHS) as Format[];

/** Where each format is delayed for its slope: at its first request. */
const FIRST_STAGE = { mp4: 'headers', hls: 'headers', dash: 'manifest' } as const;

/** The stages that each format has of its own, and the step that a delay there must show in. */
const OWN_STEPS: readonly { readonly format: Format; readonly at: Stage; readonly step: string }[] = [
  { format: 'mp4', at: 'accept', step: 'connect' },
  { format: 'mp4', at: 'tls', step: 'tls' },
  { format: 'mp4', at: 'headers', step: 'media wait' },
  { format: 'hls', at: 'headers', step: 'manifest wait' },
  { format: 'hls', at: 'manifest', step: 'manifest wait' },
  { format: 'hls', at: 'init', step: 'init wait' },
  { format: 'hls', at: 'segment', step: 'segment wait' },
  { format: 'dash', at: 'manifest', step: 'manifest wait' },
  { format: 'dash', at: 'init', step: 'init wait' },
  { format: 'dash', at: 'segment', step: 'segment wait' },
];

export const playbackBenchmark: Benchmark = {
  name: 'playback',
  summary:
    'Start-up of video in the real browser over delays of the server at every stage, MP4, HLS and DASH over TLS; needs a browser, and Linux.',
  run,
};

/** One start in the browser, milliseconds. */
interface Start {
  readonly format: Format;
  readonly at: Stage;
  /** What was ordered; 0 is the control. */
  readonly orderedMs: number;
  /** What the server did; undefined for `accept`, where it was the kernel. */
  readonly delayedMs: number | undefined;
  readonly startupMs: number;
  readonly steps: Steps;
}

interface Plain {
  readonly delayedMs: number;
  readonly orderedMs: number;
  readonly ttfbMs: number;
}

interface Tools {
  readonly server: StagedServer;
  readonly runner: ProbeRunner;
}

async function run(progress: Progress): Promise<Row[]> {
  const rounds = timesOf('OUTRIDER_BENCH_ROUNDS', ROUNDS);
  const directory = mkdtempSync(join(tmpdir(), 'outrider-bench-playback-'));
  const server = await StagedServer.start();
  let runner: ProbeRunner | undefined;
  try {
    const build = await wrapBrowser(await thisBrowser(), {
      directory,
      // The only way to have one throw-away certificate trusted, and nothing else.
      add: [`--ignore-certificate-errors-spki-list=${keyDigest(server.certificate.cert)}`],
    });
    runner = new ProbeRunner({ build, trustedCa: server.certificate.cert });
    const [starts, plain]: [Start[], Plain[]] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      progress(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
      const one = await oneRound({ server, runner });
      if (round > 0) starts.push(...one.starts);
      if (round > 0) plain.push(...one.plain);
    }
    return [
      ...slopeRows(starts, plain),
      sumRow(starts),
      ...OWN_STEPS.flatMap((own) => stageRows(own, starts)),
    ];
  } finally {
    await runner?.close();
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Base64 of the SHA-256 of the public key, as Chromium's flag has it. */
function keyDigest(cert: string): string {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

/** Every delay and stage once: what else the machine does falls on all of them. */
async function oneRound(tools: Tools): Promise<{ readonly starts: Start[]; readonly plain: Plain[] }> {
  const starts: Start[] = [];
  const plain: Plain[] = [];
  for (const orderedMs of DELAYS_MS) {
    plain.push(await plainRequest(tools, orderedMs));
    for (const format of FORMATS) starts.push(await startOnce(tools, format, FIRST_STAGE[format], orderedMs));
  }
  for (const { at, format } of OWN_STEPS) {
    if (at !== FIRST_STAGE[format]) starts.push(await startOnce(tools, format, at, STAGED_MS));
  }
  return { starts, plain };
}

async function startOnce(
  { runner, server }: Tools,
  format: Format,
  at: Stage,
  orderedMs: number,
): Promise<Start> {
  const order = { type: 'video-start', url: server.url + PATHS[format], params: { watchMs: 0 } };
  let result: RunResult;
  let delayedMs: number | undefined;
  if (at === 'accept') {
    result = await server.holdAccept(() => runner.measure(order), 20_000);
  } else {
    await server.delay(at, orderedMs);
    result = await runner.measure(order);
    delayedMs = await server.delayed();
    if (delayedMs === undefined) throw new Error(`nothing of ${format} came to the stage ${at}`);
  }
  const startupMs = result.metrics.video_startup_ms ?? Number.NaN;
  return { format, at, orderedMs, delayedMs, startupMs, steps: stepsOf(result.phases) };
}

/** What plain HTTP sees of the same delay. */
async function plainRequest({ runner, server }: Tools, orderedMs: number): Promise<Plain> {
  await server.delay('headers', orderedMs);
  const { metrics } = await runner.measure({ type: 'http', url: server.url + PATHS.mp4 });
  return {
    orderedMs,
    delayedMs: (await server.delayed()) ?? Number.NaN,
    ttfbMs: metrics.ttfb_ms ?? Number.NaN,
  };
}

function slopeRows(starts: readonly Start[], plain: readonly Plain[]): Row[] {
  const peerOf = (pick: (line: ReturnType<typeof fitLine>) => number) => ({
    name: 'ttfb_ms of the http probe',
    value: pick(
      lineOf(plain.map(({ delayedMs, orderedMs, ttfbMs }) => ({ orderedMs, delayedMs, y: ttfbMs }))),
    ),
  });
  return FORMATS.flatMap((format) => {
    const own = starts.filter((start) => start.format === format && start.at === FIRST_STAGE[format]);
    const line = lineOf(
      own.map(({ delayedMs = Number.NaN, orderedMs, startupMs }) => ({ orderedMs, delayedMs, y: startupMs })),
    );
    const undelayed = own.filter(({ orderedMs }) => orderedMs === 0).map(({ startupMs }) => startupMs);
    return [
      row(`${format}_slope`, line.slope, '1', {
        peer: peerOf(({ slope }) => slope),
        goal: within(1, 0.02),
      }),
      row(`${format}_residual_max`, line.residualMax, 'ms', {
        peer: peerOf(({ residualMax }) => residualMax),
      }),
      row(`${format}_undelayed`, median(undelayed), 'ms'),
    ];
  });
}

/** Through the middle of what was measured at each delay. */
function lineOf(points: readonly { orderedMs: number; delayedMs: number; y: number }[]) {
  return fitLine(
    DELAYS_MS.map((ms) => points.filter(({ orderedMs }) => orderedMs === ms)).map((same) => ({
      x: median(same.map(({ delayedMs }) => delayedMs)),
      y: median(same.map(({ y }) => y)),
    })),
  );
}

function sumRow(starts: readonly Start[]): Row {
  const errors = starts.map(({ startupMs, steps }) => Math.abs(sumOf(steps) - startupMs));
  return row('phase_sum_error_max', Math.max(...errors), 'ms', {
    peer: { name: 'video_startup_ms, middle', value: median(starts.map(({ startupMs }) => startupMs)) },
    goal: atMost(10),
  });
}

/** How far the phase of the stage is off from what the server did, and how far the phase that moved most beside it went. */
function stageRows({ at, format, step }: (typeof OWN_STEPS)[number], starts: readonly Start[]): Row[] {
  const control = typicalOf(starts, format, FIRST_STAGE[format], 0);
  const staged = typicalOf(starts, format, at, STAGED_MS);
  const moved = movedSteps(control.steps, staged.steps);
  const ownMs = moved.get(step) ?? 0;
  const other = mostMoved(moved, step);
  // The kernel alone knows how long it let a connection wait: the whole start stands in for it.
  const truthMs = staged.delayedMs ?? sumOf(staged.steps) - sumOf(control.steps);
  return [
    row(`${format}_${at}_own_error`, Math.abs(ownMs - truthMs), 'ms', {
      peer: { name: at === 'accept' ? 'the whole start moved by' : 'the server delayed by', value: truthMs },
      goal: atMost(5),
    }),
    row(`${format}_${at}_others_max`, other.ms, 'ms', {
      peer: { name: `in ${other.name}; ${step} moved by`, value: ownMs },
      goal: atMost(5),
    }),
  ];
}

function typicalOf(starts: readonly Start[], format: Format, at: Stage, orderedMs: number) {
  const same = starts.filter(
    (start) => start.format === format && start.at === at && start.orderedMs === orderedMs,
  );
  const delays = same.map(({ delayedMs }) => delayedMs).filter((ms) => ms !== undefined);
  const undelayed = starts.filter((start) => start.format === format && start.orderedMs === 0);
  // The control was delayed too, by the millisecond that a timer of 0 takes.
  const base = at === FIRST_STAGE[format] ? median(undelayed.map(({ delayedMs = 0 }) => delayedMs)) : 0;
  return {
    steps: typicalSteps(same.map(({ steps }) => steps)),
    delayedMs: delays.length === 0 ? undefined : median(delays) - base,
  };
}
