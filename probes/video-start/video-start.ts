/** The video-start probe: what a viewer sees, in a real browser. */
import { isIP } from 'node:net';
import type { Browser, BrowserTab } from '../browser/browser.ts';
import { endpointOf, formatHostPort } from '../net/host-port.ts';
import type { Network } from '../net/network.ts';
import type { Failure } from '../outcome.ts';
import type { Attributes, Probe, RunContext, RunResult, Target } from '../probe.ts';
import { Timeline } from '../timeline.ts';
import { type HlsScript, loadHlsScript } from './hls-script.ts';
import { type Evidence, judge } from './judge.ts';
import { VIDEO_START_LIMITS } from './limits.ts';
import { addPhases, attributesOf, metricsOf } from './measure.ts';
import { MediaLog } from './media-log.ts';
import { NetworkLog, wentWrong } from './network-log.ts';
import { type VideoStartParams, videoStartParams } from './params.ts';
import { type PlayReport, playInPage, preparePage } from './play-in-page.ts';
import { isPlaylist } from './request-kind.ts';

export const videoStartProbe: Probe<VideoStartParams> = {
  type: 'video-start',
  lane: 'browser',
  summary:
    'Start-up and first seconds of a video in a headless browser: first frame presented, stalls, black pictures.',
  params: videoStartParams,
  metrics: [
    'video_startup_ms',
    'video_moving_ms',
    'video_playing_event_ms',
    'player_ms',
    'dns_ms',
    'connect_ms',
    'tls_ms',
    'ttfb_ms',
    'manifest_ms',
    'init_ms',
    'segment_ms',
    'demux_ms',
    'request_count',
    'media_bytes',
    'stall_count',
    'stall_ms',
    'stall_ratio',
    'watched_ms',
    'frames_count',
    'dropped_frames_count',
    'startup_height_px',
  ],
  judged: ['video_startup_ms'],
  defaults: { everyMs: 30_000, timeoutMs: 30_000 },
  run: runVideoStart,
};

interface Play {
  readonly url: URL;
  readonly params: VideoStartParams;
  /** hls.js; without it the address goes into the video element. */
  readonly hls: HlsScript | undefined;
  readonly timeline: Timeline;
}

async function runVideoStart(
  context: RunContext,
  target: Target,
  params: VideoStartParams,
): Promise<RunResult> {
  const { browser, network, clock } = context;
  const timeline = new Timeline(clock);
  const url = URL.parse(target.url);
  if (!url) return failed(badUrl(target.url), timeline, {});
  if (!browser) return failed(noBrowser(), timeline, {});
  const isHls = params.format === 'hls' || (params.format === 'auto' && isPlaylist({ url: url.href }));
  const hls = isHls ? await loadHlsScript() : undefined;
  const attributes = { player: isHls ? 'hls.js' : 'progressive', ...(hls ? { hls_js: hls.version } : {}) };
  const refusal = network.forbids(url);
  if (refusal) return failed(refusal, timeline, attributes);
  const play: Play = { url, params, hls, timeline };
  const seen = await browser.withTab(context.signal, (tab) => playInTab(tab, play));
  // Known only now, since the launch asks for it.
  const facts = { ...attributes, ...buildAttributes(browser) };
  if ('failure' in seen) return failed(seen.failure, timeline, facts);
  return resultOf(seen, play, network, facts);
}

interface Seen {
  readonly evidence: Evidence;
  /** From times of the page to times of the run's clock. */
  readonly offsetMs: number;
  readonly coldPlayer: boolean;
}

async function playInTab(tab: BrowserTab, play: Play): Promise<Seen | { readonly failure: Failure }> {
  const { page, devtools } = tab;
  const { params, timeline, hls } = play;
  const preparedFromMs = timeline.nowMs();
  const refusal = await tab.admit(play.url);
  if (refusal) return { failure: refusal };
  const media = new MediaLog();
  const network = new NetworkLog(await pageOriginS(devtools));
  network.attach(devtools);
  await media.attach(devtools);
  if (hls) await page.addScriptTag({ content: hls.text });
  await page.evaluate(preparePage);
  const offsetMs = await clockOffsetMs(tab, timeline);
  timeline.add('prepare', preparedFromMs, timeline.nowMs(), 'tab and player page; not part of the start');
  const report = await page.evaluate(playInPage, {
    url: play.url.href,
    player: hls ? ('hls.js' as const) : ('progressive' as const),
    watchMs: params.watchMs,
    patienceMs: params.patienceMs,
    blackAfterMs: VIDEO_START_LIMITS.blackAfterMs.value,
    frozenAfterMs: VIDEO_START_LIMITS.frozenAfterMs.value,
    stallsMax: VIDEO_START_LIMITS.stalls.value,
    fragmentsMax: VIDEO_START_LIMITS.fragments.value,
  });
  await awaitNews(tab, report, network, media);
  const evidence = { report, requests: network.requests, media: media.facts, isHls: hls !== undefined };
  return { evidence: { ...evidence, patienceMs: params.patienceMs }, offsetMs, coldPlayer: tab.coldPlayer };
}

/**
 * What is under way when the page answers: the ends of requests, and the pipeline's own account of what went wrong, of which
 * Chromium gives out at most two instalments a second.
 */
async function awaitNews(
  { page }: BrowserTab,
  report: PlayReport,
  network: NetworkLog,
  media: MediaLog,
): Promise<void> {
  if (report.end === 'watched') return;
  const hasCause = report.error?.source !== 'media' && report.end !== 'black';
  for (let waitedMs = 0; waitedMs < VIDEO_START_LIMITS.newsMs.value; waitedMs += 100) {
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    if (hasCause || media.tellsCause || network.requests.some(wentWrong)) return;
  }
}

/** The protocol's monotonic seconds at the zero of `performance.now()`. */
async function pageOriginS(devtools: BrowserTab['devtools']): Promise<number> {
  await devtools.send('Performance.enable');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const origin = metrics.find(({ name }) => name === 'NavigationStart');
  if (!origin) throw new Error('The browser tells no NavigationStart.');
  return origin.value;
}

/** Good to half a turn through the browser, 1 to 3 ms: for the waterfall alone, no metric is taken across clocks. */
async function clockOffsetMs({ page }: BrowserTab, timeline: Timeline): Promise<number> {
  const askedMs = timeline.nowMs();
  const pageMs = await page.evaluate(() => performance.now());
  return (askedMs + timeline.nowMs()) / 2 - pageMs;
}

function resultOf(seen: Seen, play: Play, network: Network, facts: Attributes): RunResult {
  const { evidence, offsetMs, coldPlayer } = seen;
  const options = { isAddressGiven: isAddressGiven(play.url, network) };
  addPhases(play.timeline, evidence, offsetMs, options);
  const measured = {
    metrics: metricsOf(evidence, options),
    attributes: {
      ...facts,
      ...attributesOf(evidence),
      ...nativeHls(evidence),
      ...(coldPlayer ? { cold_player: 'true' } : {}),
    },
    phases: play.timeline.phases,
  };
  const failure = judge(evidence);
  return failure ? { outcome: 'fail', failure, ...measured } : { outcome: 'ok', ...measured };
}

/** Chromium plays playlists by itself since 141, with a player unlike hls.js: the numbers must say so. */
function nativeHls({ isHls, requests }: Evidence): Attributes {
  return !isHls && requests.some((request) => isPlaylist(request)) ? { player: 'native-hls' } : {};
}

function isAddressGiven(url: URL, { options }: Network): boolean {
  const endpoint = endpointOf(url);
  if (!endpoint) return false;
  const host = endpoint.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 || Object.hasOwn(options.connectTo, formatHostPort({ host, port: endpoint.port }));
}

function buildAttributes({ build }: Browser): Attributes {
  return { browser_build: build.version, headless: build.headless };
}

function failed(failure: Failure, timeline: Timeline, attributes: Attributes): RunResult {
  return { outcome: 'fail', failure, metrics: {}, attributes, phases: timeline.phases };
}

function badUrl(text: string): Failure {
  const message = `The target ${JSON.stringify(text.slice(0, 100))} is not a URL. Write e.g. https://video.example.com/v.mp4.`;
  return { layer: 'agent', blame: 'agent', code: 'bad_params', message };
}

function noBrowser(): Failure {
  const message =
    'This agent runs without a browser. Start it with one (`apt-get install -y chromium-headless-shell`), or keep the probe from it by `from`.';
  return { layer: 'agent', blame: 'agent', code: 'browser_missing', message };
}
