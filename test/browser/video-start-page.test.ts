import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import { VIDEO_START_LIMITS } from '../../probes/video-start/limits.ts';
import { playOwnPage } from '../../probes/video-start/own-page.ts';
import { type Origin, startOrigin } from '../../sandbox/index.ts';
import { html, type PageServer, startPageServer } from './page-server.ts';
import { browserOf, networkOf, runVideo } from './probe-browser.ts';

let origin: Origin;
let pages: PageServer;
let forbidden: PageServer;
/** Another site: Chromium shows it in another process. */
let elsewhere: PageServer;
let browser: WarmBrowser;
let dataDir: string;
/** Not all of loopback. */
const network = networkOf({ allow: ['127.0.0.1/32', '127.0.0.3/32'], deny: [] });

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'video-start-page-test-'));
  origin = await startOrigin({ dataDir });
  forbidden = await startPageServer({}, '127.0.0.2');
  const clip = `${origin.url}/v/clip.mp4`;
  const autoplay = html(`<video autoplay muted src="${clip}?delay_ms=300"></video>`);
  elsewhere = await startPageServer({ '/autoplay.html': autoplay }, '127.0.0.3');
  const playLate = "setTimeout(() => document.querySelector('video').play(), 300)";
  pages = await startPageServer({
    '/autoplay.html': autoplay,
    '/click.html': html(
      `<video preload="auto" muted src="${clip}"></video><button class="play" onclick="${playLate}">Play</button>`,
    ),
    '/component.html': html(`<x-player></x-player><script>
      customElements.define('x-player', class extends HTMLElement {
        connectedCallback() {
          this.attachShadow({ mode: 'open' }).innerHTML = '<video autoplay muted src="${clip}"></video>';
        }
      });</script>`),
    '/link.html': html('<a href="/autoplay.html" target="_blank">Watch</a>'),
    '/leave.html': html(
      `<script>setTimeout(() => { location = '${elsewhere.origin}/autoplay.html'; }, 400)</script>`,
    ),
    '/policy.html': `<meta http-equiv="content-security-policy" content="script-src 'none'">${html(
      `<video autoplay muted src="${clip}"></video>`,
    )}`,
    '/nothing.html': html('<p>No video here.</p>'),
    '/restless.html': html('<script>setTimeout(() => location.reload(), 150)</script>'),
    '/spin.html': html('<button onclick="for (;;) {}">Play</button>'),
    '/frame.html': html(`<iframe src="${forbidden.origin}/frame.html"></iframe>`),
    '/popup.html': html(`<script>window.open('${forbidden.origin}/popup.html')</script>`),
    '/worker.html': html('<script>new Worker("/worker.js"); new SharedWorker("/worker.js");</script>'),
    '/worker.js': `fetch('${forbidden.origin}/worker').catch(() => {});`,
    '/never.html': 'hang',
  });
  browser = await browserOf({ network });
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([origin?.close(), pages?.close(), forbidden?.close(), elsewhere?.close()]);
  rmSync(dataDir, { recursive: true, force: true });
});

const open = (name: string, params: Record<string, unknown> = {}, timeoutMs = 20_000) =>
  runVideo(browser, network, `${pages.origin}/${name}.html`, {
    params: { page: {}, watchMs: 200, ...params },
    timeoutMs,
  });

describe('a page of the user', () => {
  it('that plays by itself is measured from its navigation', async () => {
    const result = await open('autoplay');
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: { player: 'page', outcome: 'played', codec: 'h264' },
    });
    const { metrics, phases } = result;
    expect(metrics.video_startup_ms).toBeGreaterThan((metrics.page_ms as number) + 300);
    expect(metrics.ttfb_ms).toBeGreaterThan(295);
    expect(metrics.request_count).toBe(1);
    expect(phases[1]?.name).toBe('page');
    const start = phases.filter(({ name }) => name !== 'prepare' && name !== 'watch');
    const sumMs = start.reduce((sum, { durationMs }) => sum + durationMs, 0);
    expect(sumMs).toBeCloseTo(metrics.video_startup_ms as number, 3);
  });

  it('is measured from the click, to a frame that was not there before it', async () => {
    const { metrics, phases } = await open('click', { page: { selector: 'button.play' } });
    expect(metrics.video_startup_ms).toBeGreaterThan(295);
    expect(metrics.page_ms).toBeGreaterThan(0);
    expect(metrics).not.toHaveProperty('player_ms');
    // The page took its time to play what it had.
    const player = phases.find(({ name }) => name === 'player');
    expect(player?.durationMs).toBeGreaterThan(280);
  });

  it('is measured from the first click of its script', async () => {
    const script = `
      await new Promise((resolve) => setTimeout(resolve, 500));
      document.querySelector('button').click();
      await new Promise((resolve) => setTimeout(resolve, 600));`;
    const { metrics } = await open('click', { page: { script } });
    expect(metrics.video_startup_ms).toBeGreaterThan(295);
    expect(metrics.video_startup_ms).toBeLessThan(750);
  });

  it('is measured from that click too where preloading shows its picture in the meantime', async () => {
    const script = `
      const { promise, resolve } = Promise.withResolvers();
      const video = document.createElement('video');
      document.querySelector('video').replaceWith(video);
      video.requestVideoFrameCallback(() => setTimeout(resolve, 100));
      Object.assign(video, { muted: true, preload: 'auto', src: '${origin.url}/v/clip.mp4?script' });
      await promise;
      document.querySelector('button').click();
      await new Promise((resolve) => setTimeout(resolve, 600));`;
    const { metrics } = await open('click', { page: { script } });
    expect(metrics.video_startup_ms).toBeGreaterThan(295);
    expect(metrics.video_startup_ms).toBeLessThan(750);
  });

  it('runs its script before the click that is the order', async () => {
    const script = "document.querySelector('button').className = 'made-by-the-script'";
    const result = await open('click', { page: { script, selector: '.made-by-the-script' } });
    expect(result.outcome).toBe('ok');
  });

  it('may keep its video in a component, and forbid scripts', async () => {
    expect(await open('component')).toMatchObject({ outcome: 'ok', metrics: { startup_height_px: 640 } });
    expect(await open('policy')).toMatchObject({ outcome: 'ok', metrics: { startup_height_px: 640 } });
  });

  it('may lead to another: the clock of the click runs on', async () => {
    const { metrics, outcome } = await open('link', { page: { selector: 'a' } });
    expect(outcome).toBe('ok');
    expect(metrics.video_startup_ms).toBeGreaterThan(300);
  });
});

describe('a page that leaves for another site', () => {
  it('is watched on there, on the clock of its own navigation', async () => {
    const { metrics, outcome } = await open('leave');
    expect(outcome).toBe('ok');
    expect(metrics.video_startup_ms).toBeGreaterThan(700);
    expect(metrics).toMatchObject({ startup_height_px: 640 });
  });
});

describe('a page that shows no video', () => {
  it.each([
    ['nothing', {}, { code: 'start_timeout', layer: 'player' }, 'exit_before_start'],
    ['gone', {}, { code: 'status', layer: 'http', blame: 'target' }, 'start_failed_technical'],
    ['never', {}, { code: 'start_timeout', layer: 'http' }, 'exit_before_start'],
    ['nothing', { selector: '#play' }, { code: 'bad_body', layer: 'content' }, 'start_failed_technical'],
    [
      'nothing',
      { script: 'throw new Error("no player")' },
      { code: 'playback_error' },
      'start_failed_technical',
    ],
  ])('says why: %s with %j', async (name, page, failure, outcome) => {
    const result = await open(name, { page, patienceMs: 700 });
    expect(result).toMatchObject({ failure, attributes: { outcome } });
    expect(result.metrics).not.toHaveProperty('video_startup_ms');
  });

  it('since nobody listens there is connect/refused', async () => {
    const gone = await startPageServer({});
    await gone.close();
    const result = await runVideo(browser, network, `${gone.origin}/`, { params: { page: {} } });
    expect(result).toMatchObject({ failure: { code: 'refused', layer: 'connect' } });
  });
});

describe('a page that hurts', () => {
  it('by replacing itself again and again is looked at so often and no more', async () => {
    const result = await open('restless', {}, 15_000);
    expect(result).toMatchObject({ failure: { code: 'bad_body', layer: 'content', blame: 'unknown' } });
    const { value } = VIDEO_START_LIMITS.documents;
    expect(result.outcome === 'fail' && result.failure.message).toContain(`replaced itself ${value} times`);
  });

  it('is not blamed for a bug of ours', async () => {
    // Nothing that can be told to a page.
    const watchMs = 1n as unknown as number;
    const playing = browser.withTab(AbortSignal.timeout(20_000), (tab) =>
      playOwnPage(tab, {
        url: new URL(`${pages.origin}/autoplay.html`),
        page: {},
        watchMs,
        patienceMs: 1000,
        blackAfterMs: 1000,
        frozenAfterMs: 1000,
        stallsMax: 1,
        fragmentsMax: 1,
      }),
    );
    await expect(playing).rejects.toThrow('BigInt');
  });

  it('by hanging ends at the deadline, its tab is gone, and the next run plays', async () => {
    const startedMs = performance.now();
    const result = await open('spin', { page: { selector: 'button' } }, 3000);
    expect(result).toMatchObject({
      failure: { code: 'timeout', layer: 'player' },
      attributes: { outcome: 'start_failed_technical' },
    });
    expect(performance.now() - startedMs).toBeLessThan(12_000);
    const contexts = await browser.withTab(
      AbortSignal.timeout(20_000),
      async ({ context }) =>
        context
          .browser()
          ?.contexts()
          .filter((each) => each.pages().length > 0).length,
    );
    expect(contexts).toBe(1);
    expect((await open('autoplay')).outcome).toBe('ok');
  });

  it.each(['frame', 'popup', 'worker'])(
    'by reaching for a forbidden address in a %s does not get there',
    async (name) => {
      const before = forbidden.asked.length;
      const result = await open(name, { patienceMs: 800 });
      expect(result.outcome).toBe('fail');
      expect(forbidden.asked.slice(before)).toEqual([]);
    },
  );
});
