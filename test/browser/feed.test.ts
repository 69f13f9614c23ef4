import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import { feedProbe } from '../../probes/feed/feed.ts';
import { FEED_LIMITS } from '../../probes/feed/limits.ts';
import type { Network } from '../../probes/net/network.ts';
import type { Failure } from '../../probes/outcome.ts';
import type { RunResult } from '../../probes/probe.ts';
import { type FaultProxy, type Origin, startFaultProxy, startOrigin } from '../../sandbox/index.ts';
import { type MediaServer, startMediaServer } from './media-server.ts';
import { browserOf, clock, networkOf } from './probe-browser.ts';

/** Each clip from a host of its own, so that none comes from the cache: all of them lead to the origin through one proxy. */
const HOSTS = Array.from({ length: 5 }, (_, at) => `c${at}.sandbox.test`);
const CLIP = '/v/clip.mp4';
const HLS = '/hls/fmp4/master.m3u8';

let origin: Origin;
let proxy: FaultProxy;
let server: MediaServer;
let network: Network;
let browser: WarmBrowser;
let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'feed-test-'));
  origin = await startOrigin({ dataDir });
  const upstream = { host: '127.0.0.1', port: origin.port };
  proxy = await startFaultProxy({ region: 'eu-west', upstream, clock, random: Math.random });
  server = await startMediaServer();
  const to = `127.0.0.1:${proxy.port}`;
  network = networkOf(undefined, Object.fromEntries(HOSTS.map((host) => [`${host}:80`, to])));
  browser = await browserOf({ network });
  await browser.warm(AbortSignal.timeout(30_000));
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([proxy?.close(), server?.close()]);
  await origin?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function run(urls: readonly string[], params: Record<string, unknown> = {}): Promise<RunResult> {
  const context = {
    signal: AbortSignal.timeout(60_000),
    clock,
    random: Math.random,
    network,
    browser,
    agent: { id: 'test-1', region: 'test' },
    userAgent: 'Outrider/test',
  };
  const [url = '', ...clips] = urls;
  const given = { swipes: 2, dwellMs: 900, ...(clips.length > 0 ? { clips } : {}), ...params };
  return feedProbe.run(context, { name: 'feed', url, labels: {} }, feedProbe.params.parse(given));
}

/** A feed of `path` on every host, with `delayMs` before every response. */
function swipe(path: string, delayMs: number, params: Record<string, unknown>): Promise<RunResult> {
  const latency = {
    kind: 'latency',
    value: { delayMs },
    startMs: 0,
    endMs: Number.POSITIVE_INFINITY,
  } as const;
  proxy.set(delayMs === 0 ? [] : [latency]);
  const urls = HOSTS.map((host) => `http://${host}${path}`);
  return run(urls, params);
}

function failureOf(result: RunResult): Failure {
  if (result.outcome === 'ok') throw new Error('It was well.');
  return result.failure;
}

const first = ({ metrics }: RunResult): number => metrics.swipe_first_frame_ms as number;

describe('a swipe', () => {
  it('to a file that was not preloaded waits for the server, with slope 1; to a preloaded one it does not', async () => {
    const cold = [await swipe(CLIP, 100, { preload: 'none' }), await swipe(CLIP, 700, { preload: 'none' })];
    const [near, far] = cold.map(first) as [number, number];
    expect((far - near) / 600).toBeGreaterThan(0.8);
    expect((far - near) / 600).toBeLessThan(1.2);
    for (const { metrics, attributes } of cold) {
      expect(metrics).toMatchObject({
        preload_hit_ratio: 0,
        preloaded_ms: 0,
        swipe_count: 2,
        swipe_failed_count: 0,
      });
      expect(metrics.swipe_moving_ms).toBeGreaterThan(metrics.swipe_first_frame_ms as number);
      expect(attributes).toMatchObject({
        preload: 'none',
        player: 'progressive',
        outcome: 'played',
        pop: 'eu-west',
      });
    }
    for (const preload of ['metadata', 'auto']) {
      const warm = await swipe(CLIP, 700, { preload });
      expect(warm).toMatchObject({ outcome: 'ok', attributes: { preload, ahead: '2' } });
      expect(warm.metrics).toMatchObject({ preload_hit_ratio: 1 });
      expect(warm.metrics.preloaded_ms).toBeGreaterThan(500);
      // The delay is not in it, half of it for a busy machine.
      expect(first(warm)).toBeLessThan(350);
      expect(warm.metrics.video_startup_ms).toBeGreaterThan(700);
    }
  });

  it('counts no frame that preloading had presented before', async () => {
    const { metrics } = await swipe(CLIP, 0, { preload: 'auto' });
    // A new picture comes with the start of the pipeline, never in the task of the swipe.
    expect(metrics.swipe_first_frame_ms).toBeGreaterThan(10);
    expect(metrics.swipe_moving_ms).toBeGreaterThanOrEqual(metrics.swipe_first_frame_ms as number);
  });

  it('to HLS waits for three answers in a row, for two where the playlist is there, for none where media is', async () => {
    const delayMs = 300;
    const policies = ['none', 'metadata', 'mse'] as const;
    const results: RunResult[] = [];
    // The first three answers of the clip on the screen take as long, and only then the next one is preloaded.
    for (const preload of policies)
      results.push(await swipe(HLS, delayMs, { preload, dwellMs: 1500, swipes: 1 }));
    for (const result of results)
      expect(result).toMatchObject({ outcome: 'ok', attributes: { player: 'hls.js' } });
    const [none, metadata, mse] = results.map(first) as [number, number, number];
    expect(none).toBeGreaterThan(3 * delayMs);
    expect(metadata).toBeGreaterThan(2 * delayMs);
    expect(metadata).toBeLessThan(none);
    expect(mse).toBeLessThan(2 * delayMs);
    expect(results.map(({ metrics }) => metrics.preload_hit_ratio)).toEqual([0, 0, 1]);
  });
});

describe('waste', () => {
  it('is what was preloaded and never swiped to, and what was left of the others', async () => {
    const none = await swipe(CLIP, 0, { preload: 'none' });
    const auto = await swipe(CLIP, 0, { preload: 'auto' });
    const bytes = 128_298;
    // Three clips of four seconds are left after 0.9 s each; with `auto` two more were there for nothing.
    expect(none.metrics.wasted_bytes).toBeGreaterThan(1.5 * bytes);
    expect(none.metrics.wasted_bytes).toBeLessThan(3 * bytes);
    const more = (auto.metrics.wasted_bytes as number) - (none.metrics.wasted_bytes as number);
    expect(more / bytes).toBeGreaterThan(1.5);
    expect(more / bytes).toBeLessThan(2.6);
    expect(auto.metrics.wasted_ratio).toBeGreaterThan(none.metrics.wasted_ratio as number);
  });

  it('is less with a bounded prefetch than with all that a player likes', async () => {
    const auto = await swipe(HLS, 0, { preload: 'auto' });
    const mse = await swipe(HLS, 0, { preload: 'mse', prefetchMs: 500 });
    expect(mse.metrics.preloaded_ms).toBeLessThan(auto.metrics.preloaded_ms as number);
    expect(mse.metrics.wasted_bytes).toBeLessThan(auto.metrics.wasted_bytes as number);
    expect(mse.metrics.preload_hit_ratio).toBe(1);
  });
});

describe('fragmented MP4 through media source extensions', () => {
  it('is there up to the bound, and goes on behind it without a stall after the swipe', async () => {
    // A part of the first second comes at once, the rest after a pause: the prefetch ends in it.
    const path = '/v/clip-fragmented.mp4?pause_at=30000&pause_ms=300';
    const result = await swipe(path, 0, { preload: 'mse', prefetchMs: 800, dwellMs: 3200 });
    expect(result).toMatchObject({ outcome: 'ok', attributes: { player: 'mse', preload: 'mse' } });
    expect(result.metrics).toMatchObject({ preload_hit_ratio: 1, stall_count: 0 });
    expect(result.metrics.preloaded_ms).toBeGreaterThan(800);
    expect(result.metrics.preloaded_ms).toBeLessThan(2500);
    expect(result.metrics.watched_ms).toBeGreaterThan(3 * 3200);
  });

  it('plays of a server that knows no ranges too', async () => {
    const path = '/v/clip-fragmented.mp4?norange=1&pause_at=30000&pause_ms=300';
    const result = await swipe(path, 0, { preload: 'mse', prefetchMs: 800, dwellMs: 3200, swipes: 1 });
    expect(result).toMatchObject({ outcome: 'ok', metrics: { preload_hit_ratio: 1 } });
  });

  it('is neither a file of one piece nor anything else, and the run says which', async () => {
    proxy.set([]);
    const failures: Failure[] = [];
    const heads = [
      `${server.origin}/garbage.mp4?bytes=${2 * FEED_LIMITS.headBytes.value}`,
      `http://${HOSTS[1]}${CLIP}`,
    ];
    for (const bad of heads) {
      const urls = [bad, `http://${HOSTS[0]}/v/clip-fragmented.mp4`];
      failures.push(failureOf(await run(urls, { preload: 'mse', swipes: 1 })));
    }
    expect(failures).toMatchObject([
      { code: 'bad_media', blame: 'target' },
      { code: 'bad_params', blame: 'agent' },
    ]);
    expect(failures[0]?.message).toContain(
      `no movie header in the first ${FEED_LIMITS.headBytes.value} bytes`,
    );
  });
});

describe('a feed', () => {
  it('comes from a list, is watched with dwell times of its own, and is a waterfall of swipes', async () => {
    proxy.set([]);
    const list = HOSTS.map((host) => `http://${host}${CLIP}`).join('\n');
    const result = await run([`${server.origin}/list?text=${encodeURIComponent(list)}`], {
      swipes: 3,
      dwellMs: [1500, 200],
    });
    expect(result.outcome).toBe('ok');
    const watched = result.phases.filter(({ name }) => name === 'watch').map(({ durationMs }) => durationMs);
    expect(watched).toHaveLength(4);
    expect(Math.min(watched[0] as number, watched[2] as number)).toBeGreaterThan(1300);
    expect(Math.max(watched[1] as number, watched[3] as number)).toBeLessThan(1300);
    expect(result.phases.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['list', 'prepare', 'start', 'swipe 1', 'swipe 2', 'swipe 3']),
    );
  });

  it('with a clip that is not there, and one that nobody can decode, goes on and fails by the first', async () => {
    proxy.set([]);
    const urls = [
      `http://${HOSTS[0]}${CLIP}`,
      `http://${HOSTS[1]}/v/clip-hevc.mp4`,
      `http://${HOSTS[2]}${CLIP}?status=404`,
      `http://${HOSTS[3]}${CLIP}`,
    ];
    const result = await run(urls, { swipes: 3 });
    const failure = failureOf(result);
    expect(failure).toMatchObject({ code: 'status', blame: 'target', layer: 'http' });
    expect(failure.message).toContain('Clip 3 of 4');
    expect(result.attributes).toMatchObject({ http_status: '404', outcome: 'start_failed_technical' });
    const hasHevc = browser.build.codecs?.hevc === true;
    expect(result.metrics).toMatchObject({ swipe_count: 3, swipe_failed_count: hasHevc ? 1 : 2 });
    expect(result.metrics).toHaveProperty('swipe_first_frame_ms');
    // The picture is of the clip that it fails by, and so are the requests.
    const picture = Buffer.from(result.evidence?.screenshot?.base64 ?? '', 'base64');
    expect(picture.subarray(0, 2).toString('hex')).toBe('ffd8');
    expect(picture.length).toBeLessThan(48 * 1024);
    expect(result.evidence?.requests?.map(({ url, status }) => [new URL(url).host, status])).toContainEqual([
      HOSTS[2],
      404,
    ]);
    expect(result.evidence?.requests?.every(({ url }) => new URL(url).host === HOSTS[2])).toBe(true);
  });

  it('takes pictures of the first clips that go wrong only, and none of a feed that is well', async () => {
    proxy.set([]);
    const gone = (at: number) => `http://${HOSTS[at]}${CLIP}?status=404`;
    const hidden = (at: number) => `http://${HOSTS[at]}/v/clip-hevc.mp4`;
    // As many as have a picture are not the fault of the target, where there is no decoder: the one behind them has none.
    const urls = [hidden(0), hidden(1), hidden(2), gone(3)];
    expect(urls.length).toBe(FEED_LIMITS.pictures.value + 1);
    const result = await run(urls, { swipes: 3 });
    expect(failureOf(result).message).toContain('Clip 4 of 4');
    const hasHevc = browser.build.codecs?.hevc === true;
    expect(result.evidence?.screenshot !== undefined).toBe(hasHevc);
    const well = await run([`http://${HOSTS[0]}${CLIP}`, `http://${HOSTS[1]}${CLIP}`], { swipes: 1 });
    expect([well.outcome, well.evidence]).toEqual(['ok', undefined]);
  });

  it('of a server that hangs ends by the patience of the viewer at each swipe', async () => {
    proxy.set([]);
    const urls = [`http://${HOSTS[0]}${CLIP}`, `${server.origin}/clip.mp4?hang=1`];
    const result = await run(urls, { patienceMs: 1000 });
    const failure = failureOf(result);
    expect(failure).toMatchObject({ code: 'start_timeout', layer: 'http' });
    expect(result.attributes.outcome).toBe('exit_before_start');
    expect(result.metrics).not.toHaveProperty('swipe_first_frame_ms');
  });

  it('is refused where the policy forbids a clip', async () => {
    const forbidden = await run([`http://${HOSTS[0]}${CLIP}`, 'http://10.0.0.1/clip.mp4']);
    expect(forbidden).toMatchObject({
      outcome: 'fail',
      failure: { code: 'forbidden_target', blame: 'agent' },
    });
    expect(forbidden.attributes.outcome).toBe('probe_invalid');
  });
});
