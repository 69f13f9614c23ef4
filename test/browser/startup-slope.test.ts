import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WarmBrowser } from '../../probes/browser/launch.ts';
import type { Network } from '../../probes/net/network.ts';
import { type FaultProxy, type Origin, startFaultProxy, startOrigin } from '../../sandbox/index.ts';
import { browserOf, clock, median, networkOf, runVideo, slope } from './probe-browser.ts';

/**
 * The proof that video_startup_ms measures what a viewer waits for: a delay that is put before every response of the server
 * must come out as exactly that much, times the number of responses that a player must wait for one after the other.
 */
const DELAYS_MS = [0, 100, 300, 1000];
const HOST = 'video.sandbox.test';

let origin: Origin;
let proxy: FaultProxy;
let network: Network;
let browser: WarmBrowser;
let dataDir: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'startup-slope-test-'));
  origin = await startOrigin({ dataDir });
  const upstream = { host: '127.0.0.1', port: origin.port };
  proxy = await startFaultProxy({ region: 'eu-west', upstream, clock, random: Math.random });
  network = networkOf(undefined, { [`${HOST}:80`]: `127.0.0.1:${proxy.port}` });
  browser = await browserOf({ network });
  await browser.warm(AbortSignal.timeout(30_000));
});
afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await origin?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Median start-up of three runs at each delay of the fault proxy. */
async function startups(path: string): Promise<(readonly [number, number])[]> {
  const points: (readonly [number, number])[] = [];
  for (const delayMs of DELAYS_MS) {
    const latency = {
      kind: 'latency',
      value: { delayMs },
      startMs: 0,
      endMs: Number.POSITIVE_INFINITY,
    } as const;
    proxy.set(delayMs === 0 ? [] : [latency]);
    const samples: number[] = [];
    for (let repeat = 0; repeat < 3; repeat += 1) {
      const result = await runVideo(browser, network, `http://${HOST}${path}`, { params: { watchMs: 0 } });
      expect(result.outcome).toBe('ok');
      samples.push(result.metrics.video_startup_ms as number);
    }
    points.push([delayMs, median(samples)]);
  }
  return points;
}

describe('video_startup_ms follows a delay of the server', () => {
  it('with slope 1.00 ± 0.05 for a file with its index in front: one response to wait for', async () => {
    const points = await startups('/v/clip.mp4');
    expect(slope(points), JSON.stringify(points)).toBeGreaterThan(0.95);
    expect(slope(points), JSON.stringify(points)).toBeLessThan(1.05);
  });

  it('with slope 3.00 ± 0.15 for HLS: multivariant playlist, media playlist, then init and segment side by side', async () => {
    const points = await startups('/hls/fmp4/master.m3u8');
    expect(slope(points), JSON.stringify(points)).toBeGreaterThan(2.85);
    expect(slope(points), JSON.stringify(points)).toBeLessThan(3.15);
  });

  it('and ttfb_ms tells that it was the server', async () => {
    const latency = {
      kind: 'latency',
      value: { delayMs: 300 },
      startMs: 0,
      endMs: Number.POSITIVE_INFINITY,
    } as const;
    proxy.set([latency]);
    const result = await runVideo(browser, network, `http://${HOST}/v/clip.mp4`, { params: { watchMs: 0 } });
    expect(result.metrics.ttfb_ms).toBeGreaterThan(290);
    expect(result.attributes).toMatchObject({ pop: 'eu-west', server_ip: '127.0.0.1' });
    expect(result.metrics).not.toHaveProperty('dns_ms');
  });
});
