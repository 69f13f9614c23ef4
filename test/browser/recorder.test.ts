import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import { PAGE_PARTS, type PageParts } from '../../probes/video-start/play-in-page.ts';
import { type Origin, startOrigin } from '../../sandbox/index.ts';
import { browserOf } from './probe-browser.ts';

let origin: Origin;
let browser: WarmBrowser;
let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'recorder-test-'));
  origin = await startOrigin({ dataDir });
  browser = await browserOf();
});
afterAll(async () => {
  await browser?.close();
  await origin?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Runs `work` in a page that has the recorder; throws what the browser could not do. */
async function inPage<T>(work: (url: string) => Promise<T>): Promise<T> {
  const result = await browser.withTab(AbortSignal.timeout(40_000), async ({ page }) => {
    await page.evaluate(PAGE_PARTS);
    return { value: await page.evaluate(work, `${origin.url}/v/clip.mp4`) };
  });
  if ('failure' in result) throw new Error(result.failure.message);
  return result.value as T;
}

it('a picture since the order stays when the order is told again, and not when there is a later one', async () => {
  const { first, again, later } = await inPage(async (url) => {
    const { outrider } = globalThis as unknown as PageParts;
    const video = document.createElement('video');
    const recorder = outrider.createRecorder(video, { stallsMax: 1, fragmentsMax: 1 });
    const orderedMs = performance.now();
    recorder.order(orderedMs);
    // Preloading shows it, without a word to play.
    Object.assign(video, { muted: true, preload: 'auto', src: url });
    document.body.append(video);
    const { seen } = recorder;
    while (!seen.firstFrame) await new Promise((resolve) => setTimeout(resolve, 20));
    const { firstFrame } = seen;
    recorder.order(orderedMs);
    const again = seen.firstFrame;
    recorder.order(firstFrame.atMs + 1);
    return { first: firstFrame, again, later: seen.firstFrame ?? null };
  });
  expect(again).toEqual(first);
  expect(later).toBeNull();
});

it('a page that was kept waiting before a stall was not so in it', async () => {
  const stall = await inPage(async (url) => {
    const { outrider } = globalThis as unknown as PageParts;
    const video = document.createElement('video');
    const recorder = outrider.createRecorder(video, { stallsMax: 1, fragmentsMax: 1 });
    recorder.order(performance.now());
    Object.assign(video, { muted: true, src: url });
    document.body.append(video);
    await video.play();
    const { seen } = recorder;
    while (!seen.firstFrame || seen.playingMs === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    recorder.tick();
    for (const fromMs = performance.now(); performance.now() < fromMs + 300; );
    video.dispatchEvent(new Event('waiting'));
    video.dispatchEvent(new Event('playing'));
    return recorder.report('watched').stalls[0];
  });
  const { startMs = 0, endMs = 0, lateMs = Number.NaN } = stall ?? {};
  expect(lateMs).toBeLessThanOrEqual(endMs - startMs + 1);
});
