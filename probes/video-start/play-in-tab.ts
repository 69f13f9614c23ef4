/** One playback in one tab, on the built-in page or on the user's own, with everything that is known of it when it is over. */
import type { BrowserTab } from '../browser/browser.ts';
import type { Evidence as RunEvidence } from '../evidence.ts';
import type { Failure } from '../outcome.ts';
import type { Timeline } from '../timeline.ts';
import type { Evidence } from './evidence.ts';
import { VIDEO_START_LIMITS } from './limits.ts';
import { MediaLog } from './media-log.ts';
import { nativeFragments } from './native-playlists.ts';
import { NetworkLog } from './network-log.ts';
import { type OwnPageSeen, originS, playOwnPage } from './own-page.ts';
import type { VideoStartParams } from './params.ts';
import type { PlayerKind } from './plan.ts';
import { PAGE_PARTS, playInPage, preparePage } from './play-in-page.ts';
import type { PlayerScript } from './player-scripts.ts';
import type { PlayReport } from './report.ts';
import { isPlaylist } from './request-kind.ts';
import { throttle } from './throttle.ts';

export interface Play {
  readonly url: URL;
  readonly params: VideoStartParams;
  readonly player: PlayerKind;
  readonly script: PlayerScript | undefined;
  readonly timeline: Timeline;
}

export interface Seen {
  readonly evidence: Evidence;
  /** From times of the page to times of the run's clock. */
  readonly offsetMs: number;
  readonly coldPlayer: boolean;
  /** Of a playback that failed. */
  readonly shown?: Partial<RunEvidence>;
}

/** What a page asks for that may be a video; the rest of a page is not looked at. */
const PAGE_TYPES = ['Document', 'Media', 'XHR', 'Fetch', 'Other'];

export async function playInTab(tab: BrowserTab, play: Play): Promise<Seen | { readonly failure: Failure }> {
  const { devtools } = tab;
  const { params, timeline, player } = play;
  const preparedFromMs = timeline.nowMs();
  const refusal = await tab.admit(play.url);
  if (refusal) return { failure: refusal };
  const media = new MediaLog();
  const network = new NetworkLog(player === 'page' ? PAGE_TYPES : undefined);
  network.attach(devtools);
  await media.attach(devtools);
  if (params.network) await throttle(devtools, params.network);
  const seen = await (player === 'page' ? ownPage : builtInPage)(tab, play, preparedFromMs);
  if ('failure' in seen) return seen;
  const { report, originS: pageOriginS } = seen;
  await awaitNews(tab, report, network, media);
  const offsetMs = await clockOffsetMs(tab, timeline);
  return {
    evidence: await evidenceOf(
      tab,
      play,
      report,
      network.requests(pageOriginS),
      media.facts(pageOriginS, report.source),
    ),
    offsetMs,
    coldPlayer: tab.coldPlayer,
  };
}

type PageSeen = OwnPageSeen | { readonly failure: Failure };

async function builtInPage(
  { page, devtools }: BrowserTab,
  { url, player, script, params, timeline }: Play,
  preparedFromMs: number,
): Promise<PageSeen> {
  await page.evaluate(PAGE_PARTS);
  const pageMs = await page.evaluate(preparePage, script?.text);
  const pageOriginS = await originS(devtools);
  timeline.add('prepare', preparedFromMs, timeline.nowMs(), 'tab and player page; not part of the start');
  const report = await page.evaluate(playInPage, {
    url: url.href,
    player: player === 'hls.js' || player === 'dash.js' ? player : ('element' as const),
    ...watchOrderOf(params),
  });
  return { report: { ...report, pageMs }, originS: pageOriginS };
}

async function ownPage(
  tab: BrowserTab,
  { url, params, timeline }: Play,
  preparedFromMs: number,
): Promise<PageSeen> {
  timeline.add('prepare', preparedFromMs, timeline.nowMs(), 'tab; not part of the start');
  return playOwnPage(tab, { url, page: params.page ?? {}, ...watchOrderOf(params) });
}

function watchOrderOf({ watchMs, patienceMs, seekToMs }: VideoStartParams) {
  return {
    watchMs,
    patienceMs,
    ...(seekToMs === undefined ? {} : { seekToMs }),
    blackAfterMs: VIDEO_START_LIMITS.blackAfterMs.value,
    frozenAfterMs: VIDEO_START_LIMITS.frozenAfterMs.value,
    stallsMax: VIDEO_START_LIMITS.stalls.value,
    fragmentsMax: VIDEO_START_LIMITS.fragments.value,
  };
}

async function evidenceOf(
  { devtools }: BrowserTab,
  { player: planned, params }: Play,
  report: PlayReport,
  requests: Evidence['requests'],
  media: Evidence['media'],
): Promise<Evidence> {
  // Chromium plays playlists by itself since 141, with a player unlike hls.js: the numbers must say so.
  const isNative = planned === 'progressive' && requests.some(isPlaylist);
  const player = isNative ? 'native-hls' : planned;
  const fragments = player === 'native-hls' ? await nativeFragments(devtools, requests) : report.fragments;
  const { page } = params;
  return {
    report: { ...report, fragments },
    requests,
    media,
    player,
    patienceMs: params.patienceMs,
    isAutoplay: page !== undefined && page.selector === undefined && page.script === undefined,
  };
}

/**
 * What is under way when the page answers: the ends of requests, and the pipeline's own account, of which Chromium gives out at most
 * two instalments a second: when it was up, and what went wrong.
 */
async function awaitNews(
  { page }: BrowserTab,
  report: PlayReport,
  network: NetworkLog,
  media: MediaLog,
): Promise<void> {
  const isWell = report.end === 'watched' || report.end === 'ended';
  const hasCause = report.error?.source !== 'media' && report.end !== 'black';
  for (let waitedMs = 0; waitedMs < VIDEO_START_LIMITS.newsMs.value; waitedMs += 100) {
    if (isWell && media.hasPlayed) return;
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    if (isWell || network.awaitsStatus) continue;
    if (hasCause || media.tellsCause || network.hasFailed) return;
  }
}

/** Good to half a turn through the browser, 1 to 3 ms: for the waterfall alone, no metric is taken across clocks. */
export async function clockOffsetMs({ page }: BrowserTab, timeline: Timeline): Promise<number> {
  const askedMs = timeline.nowMs();
  const pageMs = await page.evaluate(() => performance.now());
  return (askedMs + timeline.nowMs()) / 2 - pageMs;
}
