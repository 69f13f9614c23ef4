/**
 * Whether a viewer's trouble is told by its name and its length: each fault made on purpose, in every format it can have, must come out
 * as its own outcome and as no other; and a stall must last as long as the picture stood still.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatTable } from '../../cli/support/output.ts';
import type { BrowserTab } from '../../probes/browser/browser.ts';
import type { RunResult } from '../../probes/probe.ts';
import { type MediaServer, startMediaServer } from '../browser/media-server.ts';
import { atLeast, atMost, type Benchmark, type Progress, type Row, row, within } from './benchmark.ts';
import { timesOf } from './support/bench-settings.ts';
import { pagesOf } from './support/browser-faults.ts';
import { thisBrowser } from './support/browser-wrapper.ts';
import { startFileServer } from './support/file-server.ts';
import { ProbeRunner } from './support/probe-runner.ts';
import { SandboxProcess } from './support/sandbox-process.ts';
import { needPrograms } from './support/screen.ts';
import { fitLine, median } from './support/stats.ts';

const ROUNDS = 5;
const PAUSES_MS = [2500, 3000, 4000];

const FORMATS = { mp4: '/v/clip.mp4', hls: '/hls/fmp4/master.m3u8', dash: '/dash/number.mpd' } as const;
type Format = keyof typeof FORMATS;
const ALL = Object.keys(FORMATS) as Format[];

/** Bytes into a response, where a pause of the server falls into what is being watched: of HLS and DASH in the later segments. */
const PAUSE_AT = { mp4: 40_000, hls: 32_000, dash: 4410 } as const;
/** Of a hundred milliseconds so many are given to the page. */
const STARVED_MS = 15;
const STARVED_RUNS = 3;

interface Fault {
  readonly name: string;
  /** What the attribute `outcome` must say, and the code; a played run has none. */
  readonly outcome: string;
  readonly codes: readonly string[];
  readonly urls: readonly string[];
  readonly params?: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
}

export const outcomesBenchmark: Benchmark = {
  name: 'outcomes',
  summary:
    'Every outcome of a playback by its fault and by nothing else, and stalls against what stood still on the page; needs a browser, and Linux.',
  run,
};

async function run(progress: Progress, print: Progress): Promise<Row[]> {
  needPrograms(['ffmpeg']);
  const rounds = timesOf('OUTRIDER_BENCH_ROUNDS', ROUNDS);
  const [sandbox, server] = await Promise.all([SandboxProcess.start({}), startMediaServer()]);
  const standing: Standing = { ms: Number.NaN };
  const runner = new ProbeRunner({
    build: await thisBrowser(),
    prepareTab: (tab) => watchClock(tab, standing),
  });
  try {
    const verdicts = await judgeFaults(runner, await faultsOf(sandbox, server), rounds, progress);
    print(confusionTable(verdicts));
    const stalls = await measureStalls(runner, sandbox, standing, rounds, progress);
    const starved = await starve(runner, progress);
    return [...verdictRows(verdicts), ...stallRows(stalls), ...starvedRows(starved)];
  } finally {
    await runner.close();
    await Promise.all([sandbox.stop(), server.close()]);
  }
}

async function faultsOf({ originUrl }: SandboxProcess, { origin }: MediaServer): Promise<Fault[]> {
  const gone = await startMediaServer();
  await gone.close();
  const each = (query: string, formats: readonly Format[] = ALL): string[] =>
    formats.map((format) => `${originUrl}${FORMATS[format]}?${query}`);
  const ofServer = (...paths: string[]): string[] => paths.map((path) => `${origin}${path}`);
  const technical = 'start_failed_technical';
  return [
    { name: 'none', outcome: 'played', codes: ['ok'], urls: each('') },
    { name: '403', outcome: 'start_failed_business', codes: ['denied'], urls: each('status=403') },
    { name: '451', outcome: 'start_failed_business', codes: ['denied'], urls: each('status=451') },
    { name: '404', outcome: technical, codes: ['status'], urls: each('status=404') },
    { name: '500', outcome: technical, codes: ['status'], urls: each('status=500') },
    { name: '503', outcome: technical, codes: ['status'], urls: each('status=503') },
    {
      name: 'reset',
      outcome: technical,
      codes: ['reset'],
      urls: ofServer('/clip.mp4?reset=1', '/clip.m3u8?reset=1'),
    },
    { name: 'refused', outcome: technical, codes: ['refused'], urls: [`${gone.origin}/clip.mp4`] },
    {
      name: 'truncated',
      outcome: technical,
      codes: ['truncated'],
      urls: ofServer('/clip.mp4?truncate=3000'),
    },
    {
      name: 'garbage',
      outcome: technical,
      codes: ['bad_media', 'bad_manifest'],
      urls: ofServer('/garbage.mp4', '/garbage.m3u8'),
    },
    {
      name: 'late',
      outcome: 'exit_before_start',
      codes: ['start_timeout'],
      urls: each('delay_ms=3000'),
      params: { patienceMs: 600 },
    },
    {
      name: 'stops for good',
      outcome: 'playback_failed',
      codes: ['timeout'],
      urls: each(`pause_at=${PAUSE_AT.mp4}&pause_ms=9000`, ['mp4']),
      params: { patienceMs: 1000, watchMs: 3000 },
    },
    { name: 'no picture', outcome: 'black_video', codes: ['bad_media'], urls: ofServer('/sound-only.mp4') },
    { name: 'one picture', outcome: 'frozen_first_frame', codes: ['frozen'], urls: ofServer('/frozen.mp4') },
    {
      name: 'HEVC',
      outcome: 'codec_unsupported',
      codes: ['codec_unsupported'],
      urls: [`${originUrl}/v/clip-hevc.mp4`, ...ofServer('/hevc-silent.mp4')],
    },
    {
      name: 'deadline of the agent',
      outcome: 'probe_invalid',
      codes: ['timeout'],
      urls: each(''),
      params: { watchMs: 3000 },
      timeoutMs: 300,
    },
  ];
}

interface Verdict {
  readonly fault: Fault;
  /** The outcome, and the code in brackets. */
  readonly said: string;
  readonly isRight: boolean;
}

async function judgeFaults(
  runner: ProbeRunner,
  faults: readonly Fault[],
  rounds: number,
  progress: Progress,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    progress(`outcomes, round ${round} of ${rounds}`);
    for (const fault of faults)
      for (const url of fault.urls)
        verdicts.push(judged(fault, await runner.run(orderOf(fault, url)), progress));
  }
  return verdicts;
}

function orderOf({ params, timeoutMs }: Fault, url: string) {
  return {
    type: 'video-start',
    url,
    params: { watchMs: 300, ...params },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function judged(fault: Fault, result: RunResult, progress: Progress): Verdict {
  const code = result.outcome === 'ok' ? 'ok' : result.failure.code;
  const { outcome = 'none' } = result.attributes;
  const isRight = outcome === fault.outcome && fault.codes.includes(code);
  if (!isRight) {
    const why = result.outcome === 'ok' ? '' : `: ${result.failure.message}`;
    progress(`${fault.name} came out as ${outcome} (${code})${why}`);
  }
  return { fault, said: `${outcome} (${code})`, isRight };
}

function confusionTable(verdicts: readonly Verdict[]): string {
  const rows = [...Map.groupBy(verdicts, ({ fault }) => fault.name)].flatMap(([name, same]) =>
    [...Map.groupBy(same, ({ said }) => said)].map(([said, alike]) => [name, said, alike.length]),
  );
  return formatTable(['fault', 'came out as', 'runs'], rows);
}

function verdictRows(verdicts: readonly Verdict[]): Row[] {
  const wrong = verdicts.filter(({ isRight }) => !isRight).length;
  const kinds = new Set(verdicts.filter(({ isRight }) => isRight).map(({ fault }) => fault.outcome));
  return [
    row('outcomes_judged', verdicts.length, '1'),
    row('outcomes_wrong', wrong, '1', { goal: atMost(0) }),
    row('outcomes_seen', kinds.size, '1', { goal: atLeast(9) }),
  ];
}

/** What the page tells of its media clock. */
interface Standing {
  /** How long it stood still after it had run, milliseconds. */
  ms: number;
}

interface Stall {
  readonly format: Format;
  readonly pauseMs: number;
  readonly toldMs: number;
  /** By the media clock of the page, looked at with every picture. */
  readonly stoodMs: number;
  readonly cause: string;
}

/** Looks at the clock of the video with every picture of the page; tells after each stretch in which it stood. */
async function watchClock({ page }: BrowserTab, standing: Standing): Promise<void> {
  standing.ms = 0;
  page.on('console', (message) => {
    const stood = /^stood (\S+)$/.exec(message.text())?.[1];
    if (stood !== undefined) standing.ms += Number(stood);
  });
  await page.evaluate(() => {
    let [timeS, sinceMs] = [0, performance.now()];
    const look = (): void => {
      const nowS = document.querySelector('video')?.currentTime ?? 0;
      const nowMs = performance.now();
      if (nowS > timeS) {
        // A clock that goes steps every few pictures.
        if (timeS > 0 && nowMs - sinceMs > 100) console.debug(`stood ${nowMs - sinceMs}`);
        [timeS, sinceMs] = [nowS, nowMs];
      }
      requestAnimationFrame(look);
    };
    look();
  });
}

async function measureStalls(
  runner: ProbeRunner,
  { originUrl }: SandboxProcess,
  standing: Standing,
  rounds: number,
  progress: Progress,
): Promise<Stall[]> {
  const stalls: Stall[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    progress(`stalls, round ${round} of ${rounds}`);
    for (const pauseMs of PAUSES_MS)
      for (const format of ALL) {
        const url = `${originUrl}${FORMATS[format]}?pause_at=${PAUSE_AT[format]}&pause_ms=${pauseMs}`;
        const { attributes, metrics } = await runner.measure({
          type: 'video-start',
          url,
          params: { watchMs: 3000 },
        });
        const { stall_ms: toldMs = Number.NaN } = metrics;
        const { stall_cause: cause = 'none' } = attributes;
        if (toldMs > 0 && cause !== 'network') progress(`${format}: ${toldMs} ms of ${cause}`);
        stalls.push({ format, pauseMs, toldMs, stoodMs: standing.ms, cause });
      }
  }
  return stalls;
}

function stallRows(stalls: readonly Stall[]): Row[] {
  const happened = stalls.filter(({ stoodMs }) => stoodMs > 0);
  return [
    ...ALL.flatMap((format) => {
      const own = stalls.filter((stall) => stall.format === format);
      const errors = own.map(({ toldMs, stoodMs }) => Math.abs(toldMs - stoodMs));
      const points = own.map(({ pauseMs, toldMs }) => ({ x: pauseMs, y: toldMs }));
      return [
        row(`${format}_stall_error_max`, Math.max(...errors), 'ms', {
          peer: {
            name: 'the media clock stood still, middle',
            value: median(own.map(({ stoodMs }) => stoodMs)),
          },
          goal: atMost(100),
        }),
        // Of HLS and DASH several segments may wait, each for as long.
        ...(format === 'mp4'
          ? [row('mp4_stall_slope', fitLine(points).slope, '1', { goal: within(1, 0.05) })]
          : []),
      ];
    }),
    row('stalls', happened.length, '1', { goal: atLeast(stalls.length / 2) }),
    row('stall_causes_wrong', happened.filter(({ cause }) => cause !== 'network').length, '1', {
      goal: atMost(0),
    }),
  ];
}

interface Starved {
  readonly stallMs: number;
  readonly cause: string;
}

/** A clip that takes work to decode, on a page that its host keeps from working. */
async function starve(runner: ProbeRunner, progress: Progress): Promise<Starved[]> {
  const directory = mkdtempSync(join(tmpdir(), 'outrider-bench-outcomes-'));
  const name = 'heavy.mp4';
  makeHeavyClip(join(directory, name));
  const server = await startFileServer(directory, new Map([[name, statSync(join(directory, name)).size]]));
  const starved: Starved[] = [];
  try {
    for (let at = 1; at <= STARVED_RUNS; at += 1) {
      progress(`a starved page, ${at} of ${STARVED_RUNS}`);
      const over = new AbortController();
      const holding = holdPages(runner, over.signal);
      const order = { type: 'video-start', url: server.urlOf(name), params: { watchMs: 2500 } };
      const { attributes, metrics } = await runner.measure(order).finally(() => over.abort());
      await holding;
      starved.push({ stallMs: metrics.stall_ms ?? 0, cause: attributes.stall_cause ?? 'none' });
    }
    return starved;
  } finally {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Four seconds of 3840x2160 at 60 frames a second, and noise, so that nothing of it is cheap. */
function makeHeavyClip(path: string): void {
  const picture = 'testsrc2=size=3840x2160:rate=60:duration=4,noise=alls=40:allf=t';
  const input = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', 'sine=duration=4'];
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '60M', '-g', '60', '-pix_fmt', 'yuv420p'];
  const args = ['-v', 'error', '-y', ...input, ...video, '-c:a', 'aac', '-movflags', '+faststart', path];
  const { status, stderr } = spawnSync('ffmpeg', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ffmpeg made no clip: ${stderr.slice(-500)}`);
}

/** Once it plays, the processes of pages are stopped for most of the time. */
async function holdPages({ browser }: ProbeRunner, signal: AbortSignal): Promise<void> {
  await sleep(1200);
  while (!signal.aborted) {
    const pids = browser?.pid === undefined ? [] : pagesOf(browser.pid);
    signalAll(pids, 'SIGSTOP');
    await sleep(100 - STARVED_MS);
    signalAll(pids, 'SIGCONT');
    await sleep(STARVED_MS);
  }
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, signal);
    } catch {
      // It is gone.
    }
}

function starvedRows(starved: readonly Starved[]): Row[] {
  const stalled = starved.filter(({ stallMs }) => stallMs > 0);
  return [
    row('starved_stalls', stalled.length, '1', { goal: atLeast(1) }),
    row('starved_causes_wrong', stalled.filter(({ cause }) => cause !== 'host').length, '1', {
      goal: atMost(0),
    }),
  ];
}
