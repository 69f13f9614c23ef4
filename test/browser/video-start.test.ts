import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import { BROWSER_LIMITS } from '../../probes/browser/limits.ts';
import type { Network } from '../../probes/net/network.ts';
import type { RunResult } from '../../probes/probe.ts';
import { REDACTED } from '../../probes/redact.ts';
import { VIDEO_START_LIMITS } from '../../probes/video-start/limits.ts';
import { type Origin, startOrigin } from '../../sandbox/index.ts';
import { type MediaServer, startMediaServer } from './media-server.ts';
import { browserOf, networkOf, type RunOptions, runVideo } from './probe-browser.ts';

let origin: Origin;
let server: MediaServer;
let network: Network;
let browser: WarmBrowser;
let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'video-start-test-'));
  origin = await startOrigin({ dataDir });
  server = await startMediaServer();
  network = networkOf();
  browser = await browserOf({ network });
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([origin?.close(), server?.close()]);
  rmSync(dataDir, { recursive: true, force: true });
});

const run = (url: string, options?: RunOptions) => runVideo(browser, network, url, options);
const fromOrigin = (path: string, options?: RunOptions) => run(`${origin.url}${path}`, options);
const fromServer = (path: string, options?: RunOptions) => run(`${server.origin}${path}`, options);

function failureOf(result: RunResult) {
  if (result.outcome === 'ok') throw new Error('It played.');
  return result.failure;
}

describe('a video that plays', () => {
  it('as a file is measured from the order to play to its frames, and watched', async () => {
    const result = await fromOrigin('/v/clip.mp4');
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: {
        player: 'progressive',
        codec: 'h264',
        audio_codec: 'aac',
        rendition: '360x640',
        http_version: '1.1',
        server_ip: '127.0.0.1',
        outcome: 'played',
      },
    });
    const { metrics } = result;
    expect(metrics.video_startup_ms).toBeGreaterThan(0);
    expect(metrics.video_moving_ms).toBeGreaterThan(metrics.video_startup_ms as number);
    expect(metrics.player_ms).toBeLessThan(metrics.video_startup_ms as number);
    expect(metrics.watched_ms).toBeGreaterThanOrEqual(2000);
    expect(metrics).toMatchObject({ startup_height_px: 640, stall_count: 0, stall_ms: 0, stall_ratio: 0 });
    expect(metrics.frames_count).toBeGreaterThan(20);
    expect(result.attributes.browser_build).toMatch(/^Chromium|Chrome|Edge/);
    expect(result.attributes).not.toHaveProperty('cold_player');
  });

  it('is asked for once when its index is in front, and plays with the index at the end too', async () => {
    const front = await fromOrigin('/v/clip.mp4', { params: { watchMs: 0 } });
    const end = await fromOrigin('/v/clip-moov-end.mp4', { params: { watchMs: 0 } });
    expect(front.metrics.request_count).toBe(1);
    expect(end.outcome).toBe('ok');
  });

  it.each([
    ['fMP4', '/hls/fmp4/master.m3u8'],
    ['TS', '/hls/ts/master.m3u8'],
  ])('as HLS of %s is played by hls.js, object by object', async (_name, path) => {
    const result = await fromOrigin(path, { params: { watchMs: 1200 } });
    expect(result).toMatchObject({
      outcome: 'ok',
      attributes: { player: 'hls.js', codec: 'h264', outcome: 'played' },
    });
    const { metrics, attributes } = result;
    expect(attributes.hls_js).toMatch(/^1\./);
    expect(attributes.rendition).toMatch(/^\d+p \d+ kbit\/s$/);
    expect(metrics.manifest_ms).toBeGreaterThan(0);
    expect(metrics.segment_ms).toBeGreaterThan(0);
    expect(metrics.manifest_ms).toBeLessThan(metrics.video_startup_ms as number);
    expect(metrics.request_count).toBeGreaterThanOrEqual(3);
    expect('init_ms' in metrics).toBe(path.includes('fmp4'));
    // Of a phase under half a millisecond, as some are on loopback, nothing is told.
    const names = result.phases.map(({ name }) => name).join(', ');
    // Of what is fetched side by side the last is told.
    const last = path.includes('fmp4') ? '(?:init|segment)' : 'segment';
    expect(names).toMatch(new RegExp(`^prepare, player, manifest .*manifest 2 .*${last} .*decode, watch$`));
  });

  it('as a playlist without hls.js says that it was another player', async () => {
    const result = await fromOrigin('/hls/ts/master.m3u8', { params: { format: 'mp4', watchMs: 500 } });
    expect(result.attributes.player).toBe('native-hls');
  });

  it('after a redirect tells of both requests, and of the server that had it', async () => {
    const url = `/clip.mp4?redirect=${encodeURIComponent(`${server.origin}/clip.mp4`)}`;
    const result = await fromServer(url, { params: { watchMs: 200 } });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { http_status: '206', pop: 'test-pop' } });
    expect(result.metrics.request_count).toBe(2);
  });

  it('with a pause of the server in mid-body has one stall of the pause less what was buffered', async () => {
    // 60 kB of 128 kB are just under two of the four seconds.
    const short = await fromOrigin('/v/clip.mp4?pause_at=40000&pause_ms=2000');
    const long = await fromOrigin('/v/clip.mp4?pause_at=40000&pause_ms=3000');
    for (const result of [short, long]) {
      expect(result).toMatchObject({ outcome: 'ok', attributes: { stall_cause: 'network' } });
      expect(result.metrics.stall_count).toBe(1);
      expect(result.metrics.stall_ratio).toBeGreaterThan(0);
      expect(result.metrics.stall_ratio).toBeLessThan(1);
    }
    const difference = (long.metrics.stall_ms as number) - (short.metrics.stall_ms as number);
    expect(difference).toBeGreaterThan(850);
    expect(difference).toBeLessThan(1150);
  });
});

describe('a video that no viewer sees', () => {
  it('in HEVC is codec_unsupported at an agent without HEVC, though `playing` fired', async () => {
    const result = await fromOrigin('/v/clip-hevc.mp4');
    if (browser.build.codecs?.hevc) return expect(result.outcome).toBe('ok');
    expect(failureOf(result)).toMatchObject({ code: 'codec_unsupported', layer: 'decode', blame: 'agent' });
    expect(failureOf(result).message).toContain('hevc');
    expect(result.metrics).toHaveProperty('video_playing_event_ms');
    expect(result.metrics).not.toHaveProperty('video_startup_ms');
    expect(result.attributes).toMatchObject({ outcome: 'codec_unsupported', codec: 'hevc' });
  });

  it('in HEVC without sound is codec_unsupported too', async () => {
    const result = await fromServer('/hevc-silent.mp4');
    if (browser.build.codecs?.hevc) return expect(result.outcome).toBe('ok');
    expect(failureOf(result)).toMatchObject({ code: 'codec_unsupported', blame: 'agent' });
  });

  it('with sound alone is the fault of the media, once the pipeline had its time to tell of a picture', async () => {
    const startMs = performance.now();
    const result = await fromServer('/sound-only.mp4', { params: { patienceMs: 30_000 } });
    // Not start_timeout: nobody waited for the patience.
    expect(failureOf(result)).toMatchObject({ code: 'bad_media', layer: 'content', blame: 'target' });
    expect(result.attributes.outcome).toBe('black_video');
    const { blackAfterMs, newsMs } = VIDEO_START_LIMITS;
    expect(performance.now() - startMs).toBeGreaterThan((blackAfterMs.value + newsMs.value) * 0.9);
  });

  it('with a single picture and sound behind it is frozen, and its first frame is still measured', async () => {
    const result = await fromServer('/frozen.mp4');
    expect(failureOf(result).code).toBe('frozen');
    expect(result.attributes.outcome).toBe('frozen_first_frame');
    expect(result.metrics).toHaveProperty('video_startup_ms');
    expect(result.metrics).not.toHaveProperty('video_moving_ms');
  });

  it('that does not come within the patience of the viewer is start_timeout', async () => {
    const result = await fromOrigin('/v/clip.mp4?delay_ms=3000', { params: { patienceMs: 600 } });
    expect(failureOf(result)).toMatchObject({ code: 'start_timeout', layer: 'http', blame: 'unknown' });
    expect(failureOf(result).message).toContain('was not answered');
    expect(result.attributes.outcome).toBe('exit_before_start');
    expect(result.metrics).not.toHaveProperty('video_startup_ms');
  });

  it('whose playlist or segments do not come says which', async () => {
    const params = { patienceMs: 600 };
    const playlist = await fromOrigin('/hls/fmp4/master.m3u8?delay_ms=3000', { params });
    expect(failureOf(playlist)).toMatchObject({ code: 'start_timeout', layer: 'manifest' });
    const segment = await fromOrigin('/hls/fmp4/master.m3u8?pause_at=2000&pause_ms=5000', { params });
    expect(failureOf(segment)).toMatchObject({ code: 'start_timeout', layer: 'segment' });
  });

  it('that stalls and does not go on is a timeout, with the part that played', async () => {
    const result = await fromOrigin('/v/clip.mp4?pause_at=40000&pause_ms=9000', {
      params: { patienceMs: 1000 },
    });
    expect(failureOf(result)).toMatchObject({ code: 'timeout', layer: 'http', blame: 'unknown' });
    expect(result.attributes.outcome).toBe('playback_failed');
    expect(result.metrics).toHaveProperty('video_startup_ms');
    expect(result.metrics.stall_ms).toBeGreaterThanOrEqual(950);
  });
});

describe('a server that fails', () => {
  it.each([
    [404, 'status', 'start_failed_technical'],
    [403, 'denied', 'start_failed_business'],
    [451, 'denied', 'start_failed_business'],
    [503, 'status', 'start_failed_technical'],
  ])('with %i is %s of the target', async (status, code, outcome) => {
    const result = await fromOrigin(`/v/clip.mp4?status=${status}`);
    expect(failureOf(result)).toMatchObject({ code, layer: 'http', blame: 'target' });
    expect(result.attributes).toMatchObject({ http_status: String(status), outcome });
  });

  it('is shown by a picture of the page and the requests that it made', async () => {
    const { evidence } = await fromOrigin('/v/clip.mp4?status=503&token=t0ken');
    const picture = Buffer.from(evidence?.screenshot?.base64 ?? '', 'base64');
    // A JPEG begins with its start-of-image marker.
    expect(picture.subarray(0, 2).toString('hex')).toBe('ffd8');
    expect(picture.length).toBeLessThan(48 * 1024);
    expect(evidence?.requests?.at(-1)).toMatchObject({
      status: 503,
      url: `${origin.url}/v/clip.mp4?status=503&token=${REDACTED}`,
    });
    expect((await fromOrigin('/v/clip.mp4')).evidence).toBeUndefined();
  });

  it('with 404 for a playlist is a failure of the manifest', async () => {
    expect(failureOf(await fromOrigin('/hls/none/master.m3u8'))).toMatchObject({
      code: 'status',
      layer: 'manifest',
      blame: 'target',
    });
  });

  it('by refusing the connection is connect/refused', async () => {
    const gone = await startMediaServer();
    await gone.close();
    const result = await run(`${gone.origin}/clip.mp4`);
    expect(failureOf(result)).toMatchObject({ code: 'refused', layer: 'connect', blame: 'target' });
  });

  it('by a reset is http/reset', async () => {
    const result = await fromServer('/clip.mp4?reset=1');
    expect(result.attributes.outcome).toBe('start_failed_technical');
    expect(failureOf(result)).toMatchObject({
      code: 'reset',
      layer: 'http',
      blame: 'network',
    });
  });

  it('by cutting every body short is truncated', async () => {
    expect(failureOf(await fromServer('/clip.mp4?truncate=3000'))).toMatchObject({
      code: 'truncated',
      layer: 'http',
      blame: 'target',
    });
  });

  it('by sending what is no media is content/bad_media', async () => {
    expect(failureOf(await fromServer('/garbage.mp4'))).toMatchObject({
      code: 'bad_media',
      layer: 'content',
    });
  });

  it('by sending what is no playlist is manifest/bad_manifest', async () => {
    expect(failureOf(await fromServer('/garbage.m3u8'))).toMatchObject({
      code: 'bad_manifest',
      layer: 'manifest',
      blame: 'target',
    });
  });

  it('by not letting players on other sites read a playlist says so', async () => {
    const failure = failureOf(await fromServer('/clip.mp4?cors=0', { params: { format: 'hls' } }));
    expect(failure).toMatchObject({ code: 'bad_response', layer: 'manifest', blame: 'target' });
    expect(failure.message).toContain('Access-Control-Allow-Origin');
  });

  it('by having no address is dns/not_found', async () => {
    expect(failureOf(await run('http://no-such-name.invalid/clip.mp4'))).toMatchObject({ layer: 'dns' });
  });
});

describe('an agent that fails', () => {
  it('by having no browser is browser_missing', async () => {
    const failure = failureOf(await runVideo(undefined, network, `${origin.url}/v/clip.mp4`));
    expect(failure).toMatchObject({ code: 'browser_missing', layer: 'agent', blame: 'agent' });
    expect(failure.message).toContain('chromium-headless-shell');
  });

  it('by its browser being killed mid-run is browser_crashed, and the next run plays', async () => {
    await browser.warm(AbortSignal.timeout(20_000));
    const leader = browser.pid as number;
    const running = fromOrigin('/v/clip.mp4?delay_ms=2000');
    setTimeout(() => process.kill(-leader, 'SIGKILL'), 500);
    const result = await running;
    expect(result.attributes.outcome).toBe('probe_invalid');
    expect(failureOf(result)).toMatchObject({
      code: 'browser_crashed',
      layer: 'agent',
      blame: 'agent',
    });
    expect((await fromOrigin('/v/clip.mp4', { params: { watchMs: 200 } })).outcome).toBe('ok');
  });

  it('by a player that was not warm in time says so with every run', async () => {
    const warmUpMs = BROWSER_LIMITS.warmUpMs.value / 5000;
    const cold = await browserOf({ network, limits: { warmUpMs } });
    const result = await runVideo(cold, network, `${origin.url}/v/clip.mp4`, { params: { watchMs: 0 } });
    await cold.close();
    expect(result).toMatchObject({ outcome: 'ok', attributes: { cold_player: 'true' } });
  });

  it('by its own deadline ends soon, and says so', async () => {
    const startedMs = performance.now();
    const result = await fromServer('/clip.mp4?hang=1', { timeoutMs: 1500 });
    expect(failureOf(result).code).toBe('timeout');
    expect(result.attributes.outcome).toBe('probe_invalid');
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});
