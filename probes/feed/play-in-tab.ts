/** One feed in one tab, with everything that is known of it when it is over. */
import type { BrowserTab } from '../browser/browser.ts';
import { delay } from '../browser/tab.ts';
import type { Failure } from '../outcome.ts';
import type { Timeline } from '../timeline.ts';
import { VIDEO_START_LIMITS } from '../video-start/limits.ts';
import { MediaLog } from '../video-start/media-log.ts';
import { NetworkLog } from '../video-start/network-log.ts';
import { originS } from '../video-start/own-page.ts';
import { PAGE_PARTS } from '../video-start/play-in-page.ts';
import { clockOffsetMs } from '../video-start/play-in-tab.ts';
import type { PlayerScript } from '../video-start/player-scripts.ts';
import { pictureOf } from '../video-start/shown.ts';
import { throttle } from '../video-start/throttle.ts';
import { type FeedEvidence, type FeedPlan, feedEvidence } from './evidence.ts';
import { FEED_LIMITS } from './limits.ts';
import { dwellAt, type FeedParams } from './params.ts';
import { FEED_PARTS, type FeedOrder, playFeed, prepareFeed } from './play-feed.ts';
import type { FeedReport } from './report.ts';

export interface Feed {
  readonly clips: readonly FeedPlan[];
  readonly params: FeedParams;
  readonly script: PlayerScript | undefined;
  readonly timeline: Timeline;
}

export interface FeedSeen {
  readonly evidence: FeedEvidence;
  /** From times of the page to times of the run's clock. */
  readonly offsetMs: number;
  readonly coldPlayer: boolean;
  /** By their place in the feed: clips that went wrong, as the viewer saw them. */
  readonly pictures: ReadonlyMap<number, NonNullable<Picture>>;
}

type Picture = Awaited<ReturnType<typeof pictureOf>>;

export async function playFeedInTab(
  tab: BrowserTab,
  feed: Feed,
): Promise<FeedSeen | { readonly failure: Failure }> {
  const { devtools, page } = tab;
  const { params, timeline, clips } = feed;
  const preparedFromMs = timeline.nowMs();
  const refusal = await admitAll(tab, clips);
  if (refusal) return { failure: refusal };
  const media = new MediaLog();
  const network = new NetworkLog();
  network.attach(devtools);
  await media.attach(devtools);
  if (params.network) await throttle(devtools, params.network);
  await page.evaluate(PAGE_PARTS);
  await page.evaluate(FEED_PARTS);
  const pictures = new Map<number, NonNullable<Picture>>();
  await page.exposeFunction('outriderSawFail', async (at: number) => {
    if (pictures.size >= FEED_LIMITS.pictures.value) return;
    const picture = await pictureOf(page);
    if (picture) pictures.set(at, picture);
  });
  await page.evaluate(prepareFeed, feed.script?.text);
  const pageOriginS = await originS(devtools);
  timeline.add('prepare', preparedFromMs, timeline.nowMs(), 'tab and page; not part of the feed');
  const report = await page.evaluate(playFeed, orderOf(feed));
  // What the pipelines had to say of clips that went wrong comes with a delay.
  if (!isWell(report)) await delay(VIDEO_START_LIMITS.newsMs.value);
  const offsetMs = await clockOffsetMs(tab, timeline);
  const logs = { requests: network.requests(pageOriginS), media, originS: pageOriginS };
  return {
    evidence: feedEvidence(report, clips, logs, params.patienceMs),
    offsetMs,
    coldPlayer: tab.coldPlayer,
    pictures,
  };
}

/** Before any clock runs: the address of a host that is met in a swipe would be checked within it. */
async function admitAll(tab: BrowserTab, clips: readonly FeedPlan[]): Promise<Failure | undefined> {
  const hosts = new Map(clips.map(({ url }) => [new URL(url).origin, new URL(url)]));
  const refusals = await Promise.all([...hosts.values()].map((url) => tab.admit(url)));
  return refusals.find((refusal) => refusal !== undefined);
}

function orderOf({ clips, params }: Feed): FeedOrder {
  const { dwellMs, swipes, preload, prefetchMs, ahead, patienceMs } = params;
  const shown = Math.min(swipes + 1, clips.length);
  return {
    clips: clips.map(({ url, player }) => ({
      url,
      player: player === 'hls.js' || player === 'mse' ? player : 'file',
    })),
    dwellsMs: Array.from({ length: shown }, (_, at) => dwellAt(dwellMs, at)),
    preload,
    prefetchMs,
    ahead,
    patienceMs,
    blackAfterMs: VIDEO_START_LIMITS.blackAfterMs.value,
    frozenAfterMs: VIDEO_START_LIMITS.frozenAfterMs.value,
    stallsMax: VIDEO_START_LIMITS.stalls.value,
    fragmentsMax: VIDEO_START_LIMITS.fragments.value,
    headBytesMax: FEED_LIMITS.headBytes.value,
    // More requests than that are not looked at.
    urlsMax: VIDEO_START_LIMITS.requests.value,
  };
}

function isWell({ clips }: FeedReport): boolean {
  return clips.every(({ play }) => play === undefined || play.end === 'watched' || play.end === 'ended');
}
