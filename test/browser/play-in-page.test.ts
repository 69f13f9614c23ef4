import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserTab } from '../../probes/browser/browser.ts';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import { VIDEO_START_LIMITS } from '../../probes/video-start/limits.ts';
import {
  PAGE_PARTS,
  type PlayOrder,
  playInPage,
  preparePage,
} from '../../probes/video-start/play-in-page.ts';
import { loadPlayerScript } from '../../probes/video-start/player-scripts.ts';
import type { PlayReport } from '../../probes/video-start/report.ts';
import { kindOf } from '../../probes/video-start/request-kind.ts';
import { type Origin, startOrigin } from '../../sandbox/index.ts';
import { request } from '../probes/video-start/evidence.ts';
import { browserOf } from './probe-browser.ts';

let origin: Origin;
let browser: WarmBrowser;
let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'play-in-page-test-'));
  origin = await startOrigin({ dataDir });
  browser = await browserOf();
});
afterAll(async () => {
  await browser?.close();
  await origin?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const order = (path: string, more: Partial<PlayOrder> = {}): PlayOrder => ({
  url: `${origin.url}${path}`,
  player: 'element',
  watchMs: 2000,
  patienceMs: 20_000,
  blackAfterMs: VIDEO_START_LIMITS.blackAfterMs.value,
  frozenAfterMs: VIDEO_START_LIMITS.frozenAfterMs.value,
  stallsMax: VIDEO_START_LIMITS.stalls.value,
  fragmentsMax: VIDEO_START_LIMITS.fragments.value,
  ...more,
});

/** Plays in a tab; throws what the browser could not do. */
async function inTab<T>(work: (tab: BrowserTab) => Promise<T>): Promise<T> {
  const result = await browser.withTab(AbortSignal.timeout(40_000), work);
  if (typeof result === 'object' && result !== null && 'failure' in result)
    throw new Error(result.failure.message);
  return result as T;
}

describe('the player page', () => {
  it('measures no more stalls than the limit of a player that flaps', async () => {
    const report = await inTab<PlayReport>(async ({ page }) => {
      await page.evaluate(PAGE_PARTS);
      await page.evaluate(preparePage, undefined);
      await page.evaluate(() => {
        const video = document.querySelector('video') as HTMLVideoElement;
        setInterval(() => {
          for (let count = 0; count < 20; count += 1) {
            video.dispatchEvent(new Event('waiting'));
            video.dispatchEvent(new Event('playing'));
          }
        }, 10);
      });
      return page.evaluate(playInPage, order('/v/clip.mp4'));
    });
    expect(report.end).toBe('watched');
    expect(report.stalls).toHaveLength(VIDEO_START_LIMITS.stalls.value);
  });

  it('remembers no more fragments than the limit; later ones are known by their type', async () => {
    const fragmentsMax = VIDEO_START_LIMITS.fragments.value / 30;
    const { report, loaded } = await inTab(async ({ page }) => {
      await page.evaluate(PAGE_PARTS);
      await page.evaluate(preparePage, (await loadPlayerScript('hls.js')).text);
      const play = order('/hls/fmp4/master.m3u8', { player: 'hls.js', fragmentsMax });
      const report = await page.evaluate(playInPage, play);
      const loaded = await page.evaluate(() =>
        performance.getEntriesByType('resource').map(({ name }) => name),
      );
      return { report, loaded };
    });
    expect(report.end).toBe('watched');
    expect(report.fragments.map(({ kind }) => kind)).toEqual(['init', 'segment']);
    const requests = loaded.map((url) => request({ url }));
    const kinds = requests.map((one) => kindOf(one, { report, requests, player: 'hls.js' }));
    expect(kinds.filter((kind) => kind === 'segment').length).toBeGreaterThan(1);
    expect(new Set(kinds)).toEqual(new Set(['manifest', 'init', 'segment']));
  });
});
