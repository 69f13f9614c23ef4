/**
 * Start-up time against what was on the screen: the browser has a window on a screen that is recorded at 60 pictures a second, the
 * page shows by a colour when play was ordered, and the clip says in every frame which one it is. No clock is shared: the recording
 * has both ends of the stretch.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserBuild, BrowserTab } from '../../probes/browser/browser.ts';
import { startOrigin } from '../../sandbox/index.ts';
import { atLeast, atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { BARCODE, findMarker, MARKER_COLOURS, MARKER_HEIGHT, readPicture } from './support/barcode.ts';
import { timesOf } from './support/bench-settings.ts';
import { thisBrowser, wrapBrowser } from './support/browser-wrapper.ts';
import { ProbeRunner } from './support/probe-runner.ts';
import { makeBarcodeClip, needPrograms, type Region, Screen, type Shot } from './support/screen.ts';
import { median } from './support/stats.ts';

const RUNS = 20;
const SCREEN = { width: 420, height: 800 };
/** Strip and a line of the barcode: little enough to be recorded beside a browser that plays. */
const SEEN_HEIGHT = MARKER_HEIGHT + 16;
/** Delays of the server take these steps, so that orders and frames meet the recording at ever other places. */
const DELAY_STEP_MS = 23;
/** Pictures come every 17 ms; where one is missing the recording cannot say when something came. */
const GAP_MAX_MS = 25;
/** Two frames, and a half for the clock of the screen: a strip that turned red later is no picture of the order. */
const STRIP_MAX_MS = 42;
/** So many recordings for each that counts, at most: on a busy machine most have holes. */
const TRIES = 3;
const PROGRAMS = ['Xvfb', 'ffmpeg'];
/** The small headless one cannot have a window. */
const BROWSERS = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser'];

export const pixelsBenchmark: Benchmark = {
  name: 'pixels',
  summary:
    'Start-up time of video against a recording of the screen; needs Xvfb, ffmpeg and a Chromium that can have a window.',
  run,
};

/** What the page tells of its strip. */
interface Strip {
  shownMs: number;
}

interface Measured {
  /** What the probe said, milliseconds. */
  readonly startupMs: number;
  /** From the first picture after the order to the first with a frame of the video. */
  readonly visibleMs: number;
  /** The longer of the gaps before these two pictures: what the recording cannot tell. */
  readonly gapMs: number;
  /** From the order to the frame of the page after the one that has the strip red. */
  readonly stripMs: number;
  /** The number of the first frame seen. */
  readonly frame: number;
}

async function run(progress: Progress): Promise<Row[]> {
  needPrograms(PROGRAMS);
  const runs = timesOf('OUTRIDER_BENCH_RUNS', RUNS);
  const directory = mkdtempSync(join(tmpdir(), 'outrider-bench-pixels-'));
  const build = await windowedBrowser();
  const [origin, screen] = await Promise.all([
    startOrigin({ dataDir: directory }),
    Screen.open(SCREEN.width, SCREEN.height),
  ]);
  let runner: ProbeRunner | undefined;
  try {
    const wrapped = await wrapBrowser(build, {
      directory,
      display: screen.display,
      add: ['--window-position=0,0', `--window-size=${SCREEN.width},${SCREEN.height}`],
    });
    const strip: Strip = { shownMs: Number.NaN };
    runner = new ProbeRunner({ build: wrapped, prepareTab: (tab) => addMarker(tab, strip) });
    const url = await upload(origin.url, directory);
    progress('warming up, and looking where the page is on the screen');
    const region = await findPage(runner, screen, url);
    const all: Measured[] = [];
    while (clear(all).length < runs && all.length < runs * TRIES) {
      const delayMs = (all.length % runs) * DELAY_STEP_MS;
      const seen = await measureOnce(runner, screen, region, `${url}?delay_ms=${delayMs}`);
      const one = { ...seen, stripMs: strip.shownMs };
      all.push(one);
      const said = `${ms(one.startupMs)}, seen ${ms(one.visibleMs)}, off by ${ms(one.startupMs - one.visibleMs)}`;
      const why = `; left out: ${ms(one.gapMs)} without a picture, strip after ${ms(one.stripMs)}`;
      progress(`${clear(all).length} of ${runs} runs: ${said}${clear([one]).length === 0 ? why : ''}`);
    }
    return rowsOf(all, runs);
  } finally {
    await runner?.close();
    await Promise.all([screen.close(), origin.close()]);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Those whose recording has both ends of the stretch where they belong. */
const clear = (all: readonly Measured[]): Measured[] =>
  all.filter(({ gapMs, stripMs }) => gapMs <= GAP_MAX_MS && stripMs <= STRIP_MAX_MS);

const ms = (value: number): string => `${value.toFixed(1)} ms`;

async function windowedBrowser(): Promise<BrowserBuild> {
  for (const name of BROWSERS) {
    const build = await thisBrowser(name).catch(() => undefined);
    if (build?.headless === 'new') return build;
  }
  throw new Error('There is no Chromium that can have a window: `apt-get install -y chromium`.');
}

/** Puts the clip where the origin serves it as it serves every video. */
async function upload(origin: string, directory: string): Promise<string> {
  const path = join(directory, 'barcode.mp4');
  await makeBarcodeClip(path);
  const answer = await fetch(`${origin}/upload/barcode.mp4`, {
    method: 'PUT',
    headers: { 'content-type': 'video/mp4' },
    body: readFileSync(path),
  });
  const { play_url, status_url } = (await answer.json()) as { play_url: string; status_url: string };
  for (let looks = 0; looks < 100; looks += 1) {
    const { state } = (await (await fetch(status_url)).json()) as { state: string };
    if (state === 'ready') return play_url;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the origin did not get the clip ready');
}

/** A strip over the page that changes its colour in the very task that orders to play. */
async function addMarker({ page }: BrowserTab, strip: Strip): Promise<void> {
  page.on('console', (message) => {
    const shown = /^strip (\S+)$/.exec(message.text())?.[1];
    if (shown !== undefined) strip.shownMs = Number(shown);
  });
  await page.evaluate(
    ({ colours, height }) => {
      const strip = document.createElement('div');
      strip.style.cssText = `position:fixed;z-index:9;left:0;top:0;width:100vw;height:${height}px;background:${colours.waiting}`;
      document.documentElement.append(strip);
      const { play } = HTMLMediaElement.prototype;
      HTMLMediaElement.prototype.play = function () {
        strip.style.background = colours.ordered;
        const orderedMs = performance.now();
        requestAnimationFrame(() =>
          requestAnimationFrame(() => console.debug(`strip ${performance.now() - orderedMs}`)),
        );
        return play.call(this);
      };
    },
    { colours: MARKER_COLOURS, height: MARKER_HEIGHT },
  );
}

/** What is recorded of the screen: strip and barcode. */
async function findPage(runner: ProbeRunner, screen: Screen, url: string): Promise<Region> {
  const { shots } = await recorded(runner, screen, screen.whole, url);
  for (const { picture } of shots) {
    const place = findMarker(picture);
    if (place) return { ...place, width: BARCODE.width, height: SEEN_HEIGHT };
  }
  throw new Error(`the page was on none of ${shots.length} pictures of the screen`);
}

async function recorded(
  runner: ProbeRunner,
  screen: Screen,
  region: Region,
  url: string,
): Promise<{ readonly startupMs: number; readonly shots: readonly Shot[] }> {
  const recording = await screen.record(region);
  const order = { type: 'video-start', url, params: { watchMs: 300 } };
  const result = await runner.measure(order).catch(async (error: Error) => {
    await recording.stop();
    throw error;
  });
  return {
    startupMs: result.metrics.video_startup_ms ?? Number.NaN,
    shots: await recording.stop(),
  };
}

async function measureOnce(
  runner: ProbeRunner,
  screen: Screen,
  region: Region,
  url: string,
): Promise<Omit<Measured, 'stripMs'>> {
  const { shots, startupMs } = await recorded(runner, screen, region, url);
  const readings = shots.map(({ atMs, picture }) => ({ atMs, ...readPicture(picture, { left: 0, top: 0 }) }));
  const from = readings.findIndex(({ isOrdered }) => isOrdered);
  const to = readings.findIndex(({ frame, isOrdered }) => isOrdered && frame !== undefined);
  const [ordered, shown] = [readings[from], readings[to]];
  if (!ordered || shown?.frame === undefined || readings[from - 1]?.isOrdered !== false)
    throw new Error(`of ${shots.length} pictures none shows the order and a frame after it`);
  const gapBefore = (at: number): number => (readings[at]?.atMs ?? 0) - (readings[at - 1]?.atMs ?? 0);
  return {
    startupMs,
    visibleMs: shown.atMs - ordered.atMs,
    gapMs: Math.max(gapBefore(from), gapBefore(to)),
    frame: shown.frame,
  };
}

function rowsOf(all: readonly Measured[], runs: number): Row[] {
  const measured = clear(all);
  const errors = measured.map(({ startupMs, visibleMs }) => startupMs - visibleMs);
  const sizes = errors.map(Math.abs);
  const seen = {
    name: 'seen on the screen, middle',
    value: median(measured.map(({ visibleMs }) => visibleMs)),
  };
  return [
    row('runs', measured.length, '1', { goal: atLeast(runs) }),
    row('recordings_left_out', all.length - measured.length, '1'),
    row('startup_error_max', Math.max(...sizes), 'ms', { peer: seen, goal: atMost(34) }),
    row('startup_error_p50', median(sizes), 'ms', { peer: seen, goal: atMost(17) }),
    row('startup_bias', median(errors), 'ms'),
    row('first_frame_seen_max', Math.max(...measured.map(({ frame }) => frame)), '1'),
  ];
}
