import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import type { RunResult } from '../../probes/probe.ts';
import { type Origin, startOrigin } from '../../sandbox/index.ts';
import { mpd, type PageServer, startPageServer } from './page-server.ts';
import { browserOf, networkOf, type RunOptions, runVideo } from './probe-browser.ts';

let origin: Origin;
let manifests: PageServer;
let browser: WarmBrowser;
let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'video-start-players-test-'));
  origin = await startOrigin({ dataDir });
  manifests = await startPageServer({
    '/clip.mpd': mpd(origin.url),
    '/slow.mpd': mpd(origin.url, '?delay_ms=400'),
    '/hevc.mpd': mpd(origin.url, '', 'hvc1.1.6.L93.B0'),
    '/denied.mpd': mpd(origin.url, '?status=403'),
    '/broken.mpd': '<MPD',
  });
  browser = await browserOf({ network: networkOf() });
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([origin?.close(), manifests?.close()]);
  rmSync(dataDir, { recursive: true, force: true });
});

const run = (url: string, options?: RunOptions) => runVideo(browser, networkOf(), url, options);
const fromOrigin = (path: string, params: Record<string, unknown> = {}) =>
  run(`${origin.url}${path}`, { params });
const dash = (name: string, params: Record<string, unknown> = {}) =>
  run(`${manifests.origin}/${name}.mpd`, { params });

/** What is no part of the start. */
const BESIDE = new Set(['prepare', 'watch', 'stall', 'seek']);

function startSumMs({ phases }: RunResult): number {
  return phases.filter(({ name }) => !BESIDE.has(name)).reduce((sum, { durationMs }) => sum + durationMs, 0);
}

describe('every player', () => {
  it.each([
    ['progressive', '/v/clip.mp4', {}],
    ['hls.js', '/hls/fmp4/master.m3u8', {}],
    ['native-hls', '/hls/fmp4/master.m3u8', { player: 'native' }],
  ])('has phases that add up to the start: %s', async (player, path, params) => {
    const result = await fromOrigin(`${path}?delay_ms=60`, { ...params, watchMs: 0 });
    expect(result.attributes).toMatchObject({ player, outcome: 'played' });
    expect(startSumMs(result)).toBeCloseTo(result.metrics.video_startup_ms as number, 3);
    expect(result.phases.at(-2)?.name).toBe('decode');
  });

  it('gives the numbers that a headless browser can give', async () => {
    const { metrics, attributes } = await fromOrigin('/v/clip.mp4', { watchMs: 300 });
    expect(metrics.video_first_paint_ms).toBeGreaterThan((metrics.video_startup_ms as number) - 17);
    expect(metrics.video_start_gap_ms).toBeGreaterThan(0);
    expect(metrics.page_ms).toBeGreaterThan(0);
    expect(metrics.decode_present_ms).toBeLessThan(metrics.video_startup_ms as number);
    expect(metrics).toMatchObject({ upscale_ratio: 0 });
    expect(metrics.startup_bitrate_bps).toBeGreaterThan(100_000);
    expect(attributes.browser_flags).toMatch(/^[0-9a-f]{8}$/);
    expect(attributes).toMatchObject({ platform_decoder: 'false' });
  });
});

describe('DASH', () => {
  it('is played by dash.js, object by object', async () => {
    const result = await dash('clip', { watchMs: 600 });
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: { player: 'dash.js', codec: 'h264', outcome: 'played' },
    });
    const { metrics, attributes } = result;
    expect(attributes.dash_js).toMatch(/^5\./);
    expect(attributes.rendition).toMatch(/^(320|640)p \d+ kbit\/s$/);
    for (const name of ['manifest_ms', 'init_ms', 'segment_ms', 'startup_bitrate_bps'] as const) {
      expect(metrics[name], name).toBeGreaterThan(0);
    }
    expect(metrics.request_count).toBeGreaterThanOrEqual(3);
    expect(metrics).toHaveProperty('rendition_switch_count');
    expect(startSumMs(result)).toBeCloseTo(metrics.video_startup_ms as number, 3);
  });

  it('puts a delay of its objects where it belongs', async () => {
    const { metrics, phases } = await dash('slow', { watchMs: 0 });
    expect(metrics.manifest_ms).toBeLessThan(300);
    expect(metrics.init_ms).toBeGreaterThan(395);
    expect(metrics.segment_ms).toBeGreaterThan(395);
    const waited = phases.filter(({ name }) => /^(init|segment).* wait$/.test(name));
    expect(waited.reduce((sum, { durationMs }) => sum + durationMs, 0)).toBeGreaterThan(395);
  });

  it.each([
    ['denied', { code: 'denied', layer: 'segment' }, 'start_failed_business'],
    ['broken', { code: 'bad_manifest', layer: 'manifest' }, 'start_failed_technical'],
    ['nowhere', { code: 'status', layer: 'manifest' }, 'start_failed_technical'],
  ])('that fails says where: %s', async (name, failure, outcome) => {
    const result = await dash(name, { patienceMs: 4000 });
    expect(result).toMatchObject({ failure: { ...failure, blame: 'target' }, attributes: { outcome } });
    expect(result.metrics).not.toHaveProperty('video_startup_ms');
  });

  it('in a codec that nothing here decodes is codec_unsupported', async () => {
    await browser.warm(AbortSignal.timeout(20_000));
    if (browser.build.codecs?.hevc) return;
    const result = await dash('hevc', { patienceMs: 4000 });
    expect(result).toMatchObject({
      failure: { code: 'codec_unsupported', blame: 'agent' },
      attributes: { outcome: 'codec_unsupported' },
    });
  });
});

describe('HLS by the browser itself', () => {
  it('is an axis of its own, with init and segment told apart', async () => {
    const result = await fromOrigin('/hls/fmp4/master.m3u8', { player: 'native', watchMs: 1500 });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { player: 'native-hls' } });
    const { metrics } = result;
    for (const name of ['manifest_ms', 'init_ms', 'segment_ms'] as const) {
      expect(metrics[name], name).toBeGreaterThan(0);
    }
    // It shows the small rendition first, twice its size, and then a larger one.
    expect(metrics.upscale_ratio).toBeGreaterThan(0.9);
    expect(metrics.rendition_switch_count).toBeGreaterThanOrEqual(1);
  });
});

describe('a seek', () => {
  it('lasts from its order to the frame at its target, and is no stall', async () => {
    const { metrics, phases } = await fromOrigin('/v/clip.mp4', { watchMs: 200, seekToMs: 3000 });
    expect(metrics.seek_ms).toBeGreaterThan(0);
    expect(metrics.stall_count).toBe(0);
    expect(metrics.watched_ms).toBeLessThan(1000);
    expect(phases.map(({ name }) => name)).toContain('seek');
  });

  it('into what the server holds back ends the run, without a time', async () => {
    const result = await fromOrigin('/v/clip.mp4?pause_at=60000&pause_ms=6000', {
      watchMs: 0,
      seekToMs: 3500,
      patienceMs: 800,
    });
    expect(result).toMatchObject({
      failure: { code: 'timeout', message: expect.stringContaining('The frame at 3500 ms') },
      attributes: { outcome: 'playback_failed' },
    });
    expect(result.metrics).not.toHaveProperty('seek_ms');
    expect(result.metrics.stall_count).toBe(0);
  });
});

describe('an emulated network', () => {
  it('is slower by its latency, and says so on every sample', async () => {
    const network = { latencyMs: 500 };
    const { metrics, attributes } = await fromOrigin('/v/clip.mp4', { watchMs: 0, network });
    expect(attributes.network).toBe('500 ms, unlimited');
    expect(metrics.video_startup_ms).toBeGreaterThan(495);
    expect((await fromOrigin('/v/clip.mp4', { watchMs: 0 })).attributes).not.toHaveProperty('network');
  });

  it('brings no more than its bandwidth', async () => {
    // Four samples lie in the first 64 kB, which take 1.3 s at 400 kbit/s.
    const network = { downloadKbps: 400 };
    const { metrics, attributes } = await fromOrigin('/v/clip.mp4', { watchMs: 0, network });
    expect(attributes.network).toBe('0 ms, 400 kbit/s');
    const seconds = (metrics.video_startup_ms as number) / 1000;
    expect(((metrics.media_bytes as number) * 8) / seconds).toBeLessThan(440_000);
    expect(seconds).toBeGreaterThan(0.4);
  });
});
