/**
 * The built-in player page. Its functions run inside the browser and are sent there as text: each uses nothing but its arguments,
 * what a page has, and `globalThis.outrider`, where the others are.
 */
import { attachDash, attachHls, attachSource } from './attach-player.ts';
import { createRecorder, type RecorderLimits } from './recorder.ts';
import type { PlayReport } from './report.ts';
import { releaseVideo, type WatchOrder, watchRecorders } from './watch.ts';

export interface PlayOrder extends WatchOrder, RecorderLimits {
  readonly url: string;
  readonly player: 'element' | 'hls.js' | 'dash.js';
}

const PARTS = { createRecorder, watchRecorders, releaseVideo, attachSource, attachHls, attachDash } as const;

/** What a page has under the name `outrider`, once `PAGE_PARTS` was evaluated in it. */
export interface PageParts {
  readonly outrider: typeof PARTS;
}

/** An expression that puts the parts into a page. */
export const PAGE_PARTS = `globalThis.outrider = {${Object.entries(PARTS)
  .map(([name, part]) => `${name}: ${part}`)
  .join(',\n')}}; undefined`;

/**
 * Lays the page out as a phone's player, evaluates the script of the player, if any, and waits until the page has painted, so that
 * nothing of it falls into the measured start. Returns how long that took.
 */
export async function preparePage(script: string | undefined): Promise<number> {
  const fromMs = performance.now();
  document.body.style.cssText = 'margin:0;background:#000';
  const video = document.createElement('video');
  video.playsInline = true;
  // A pixel less than the screen: what fills it wholly is background to the browser's paint timing.
  video.style.cssText = 'display:block;width:100vw;height:calc(100vh - 1px);object-fit:contain';
  document.body.append(video);
  // Scripts of the document see the global scope, an evaluated text of this function does not.
  if (script !== undefined) {
    const element = document.createElement('script');
    element.textContent = script;
    document.head.append(element);
  }
  await new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
  return performance.now() - fromMs;
}

/** Plays and watches; resolves when it has seen enough, or nothing for longer than the viewer's patience. */
export function playInPage(order: PlayOrder): Promise<PlayReport> {
  const { outrider } = globalThis as unknown as PageParts;
  const video = document.querySelector('video') as HTMLVideoElement;
  const recorder = outrider.createRecorder(video, order);
  const orderedMs = performance.now();
  recorder.order(orderedMs);
  if (order.player === 'hls.js') outrider.attachHls(recorder, order.url);
  else if (order.player === 'dash.js') outrider.attachDash(recorder, order.url);
  else outrider.attachSource(recorder, order.url);
  if (order.player !== 'dash.js') {
    // Errors of the media arrive as events too, with more to tell; refusals to play do not.
    video.play().catch((error: DOMException) => {
      if (error.name === 'NotAllowedError') recorder.fail('play', error.name, error.message);
    });
  }
  return outrider.watchRecorders(() => [recorder], orderedMs, order, outrider.releaseVideo);
}
