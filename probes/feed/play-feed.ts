/** The page of the feed: one clip on the screen, the next ones below it. Its functions run inside the browser, as video-start's page. */
import type { PageParts } from '../video-start/play-in-page.ts';
import type { PlayReport } from '../video-start/report.ts';
import { type ClipPlan, type ClipPlayer, createClipPlayer, type PreloadOrder } from './clip-player.ts';
import { readMovieHeader, wholeBoxes } from './fragmented-boxes.ts';
import { attachFragmented } from './fragmented-source.ts';
import type { ClipReport, FeedReport, Preloaded } from './report.ts';

export interface FeedOrder extends PreloadOrder {
  readonly clips: readonly ClipPlan[];
  /** Media time to watch each clip that is shown: one more than there are swipes. */
  readonly dwellsMs: readonly number[];
  readonly ahead: number;
  readonly patienceMs: number;
  readonly blackAfterMs: number;
  readonly frozenAfterMs: number;
}

const PARTS = { createClipPlayer, attachFragmented, wholeBoxes, readMovieHeader } as const;

export interface FeedParts extends PageParts {
  readonly outriderFeed: typeof PARTS;
  /** Told of a clip that went wrong, while it is still on the screen; the viewer looks at it until this settles. */
  readonly outriderSawFail: (at: number) => Promise<void>;
}

/** An expression that puts the parts into a page, beside video-start's. */
export const FEED_PARTS = `globalThis.outriderFeed = {${Object.entries(PARTS)
  .map(([name, part]) => `${name}: ${part}`)
  .join(',\n')}}; undefined`;

/** Lays the screen of a phone out, evaluates the script of the player, if any, and waits until the page has painted. */
export async function prepareFeed(script: string | undefined): Promise<void> {
  document.body.style.cssText = 'margin:0;background:#000;position:fixed;inset:0;overflow:hidden';
  // Scripts of the document see the global scope, an evaluated text of this function does not.
  if (script !== undefined) {
    const element = document.createElement('script');
    element.textContent = script;
    document.head.append(element);
  }
  await new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}

/** Opens the feed with the first clip and swipes from each to the next; resolves after the last one's dwell time. */
export async function playFeed(order: FeedOrder): Promise<FeedReport> {
  const { outrider, outriderFeed, outriderSawFail } = globalThis as unknown as FeedParts;
  const players = new Map<number, ClipPlayer>();
  const reports: ClipReport[] = [];

  function playerAt(at: number): ClipPlayer | undefined {
    const plan = order.clips[at];
    const player = players.get(at) ?? (plan && outriderFeed.createClipPlayer(plan, order));
    if (player) players.set(at, player);
    return player;
  }

  function sumMs(ranges: TimeRanges): number {
    let sumS = 0;
    for (let at = 0; at < ranges.length; at += 1) sumS += ranges.end(at) - ranges.start(at);
    return sumS * 1000;
  }

  function preloadedOf({ readyState, buffered }: HTMLVideoElement): Preloaded {
    // Encoders let media begin a little after zero; a part further behind does not help it to start.
    const isAtStart = buffered.length > 0 && buffered.start(0) < 0.5;
    return { readyState, bufferedMs: isAtStart ? buffered.end(0) * 1000 : 0 };
  }

  /** The next ones shall not take the line from the one that the viewer waits for. */
  async function preloadBehind(at: number, shown: ClipPlayer, ends: Promise<unknown>): Promise<void> {
    let isOver = false;
    void ends.then(() => {
      isOver = true;
    });
    while (!shown.recorder.seen.firstFrame && !isOver) await new Promise((next) => setTimeout(next, 10));
    for (let behind = 1; behind <= order.ahead; behind += 1) playerAt(at + behind)?.preload();
  }

  function report({ recorder, urls }: ClipPlayer, preloaded?: Preloaded, play?: PlayReport): ClipReport {
    const { buffered, played } = recorder.video;
    const shownMs = sumMs(played);
    return {
      urls: [...urls],
      // What was shown may have been dropped since.
      bufferedMs: Math.max(sumMs(buffered), shownMs),
      shownMs,
      ...(preloaded ? { preloaded } : {}),
      ...(play ? { play } : {}),
    };
  }

  let left: ClipPlayer | undefined;
  for (const [at, watchMs] of order.dwellsMs.entries()) {
    const player = playerAt(at);
    if (!player) break;
    const preloaded = preloadedOf(player.recorder.video);
    const swipedMs = performance.now();
    player.recorder.order(swipedMs);
    left?.recorder.video.pause();
    player.show();
    left?.release();
    const { patienceMs, blackAfterMs, frozenAfterMs } = order;
    const watch = { watchMs, patienceMs, blackAfterMs, frozenAfterMs };
    const watching = outrider.watchRecorders(() => [player.recorder], swipedMs, watch);
    await preloadBehind(at, player, watching);
    const play = await watching;
    if (play.end !== 'watched' && play.end !== 'ended') await outriderSawFail(at);
    const picture = player.picture();
    // Its callback may come after the swipe.
    const still = picture && picture.atMs < swipedMs ? { stillS: picture.mediaTimeS } : {};
    reports.push(report(player, { ...preloaded, ...still }, play));
    players.delete(at);
    left = player;
  }
  const unseen = [...players.values()].map((player) => report(player));
  return { clips: [...reports, ...unseen], endedMs: performance.now() };
}
