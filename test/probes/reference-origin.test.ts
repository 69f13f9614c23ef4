import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../probes/probe.ts';
import { probeOf } from '../../probes/registry.ts';
import { type Origin, startOrigin } from '../../sandbox/index.ts';
import { runContext } from './net/run-context.ts';

let origin: Origin;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'outrider-origin-'));
  origin = await startOrigin({ dataDir, transcodeMs: 300 });
});

afterAll(async () => {
  await origin.close();
  await rm(dataDir, { recursive: true, force: true });
});

function run(type: string, path: string, params: object = {}): Promise<RunResult> {
  const probe = probeOf(type);
  if (!probe) throw new Error(`there is no probe ${type}`);
  const target = { name: 'origin', url: `${origin.url}${path}`, labels: {} };
  return probe.run(runContext(), target, probe.params.parse(params));
}

describe('playback of the reference origin', () => {
  it.each([
    ['/v/clip.mp4', 'mp4', 'avc1'],
    ['/v/clip-moov-end.mp4', 'mp4', 'avc1'],
    ['/v/clip-hevc.mp4', 'mp4', 'hvc1'],
    ['/hls/fmp4/master.m3u8', 'hls', 'avc1'],
    ['/hls/ts/master.m3u8', 'hls', 'avc1'],
  ])('starts %s', async (path, format, codec) => {
    const result = await run('playback', path);
    expect(result).toMatchObject({ outcome: 'ok', attributes: { format, codec } });
    expect(result.metrics).toHaveProperty('two_seconds_ms');
  });

  it('follows an injected delay with slope one', async () => {
    const delays = [0, 400, 1200];
    const starts: number[] = [];
    for (const delayMs of delays) {
      const { metrics } = await run('playback', `/v/clip.mp4?delay_ms=${delayMs}`);
      starts.push(metrics.first_frame_ms ?? Number.NaN);
    }
    const [none = 0, , most = 0] = starts;
    // The slack is what a busy machine adds to either end.
    expect((most - none) / 1200).toBeGreaterThan(0.85);
    expect((most - none) / 1200).toBeLessThan(1.5);
  });
});

describe('uploads to the reference origin', () => {
  it.each([
    ['/files/', { statusUrl: '/status/{id}' }],
    ['/upload/', { protocol: 'put' }],
  ])('through %s are whole, and playable once processed', async (path, params) => {
    const result = await run('upload', path, {
      ...params,
      verify: 'sha256',
      awaitPlayable: true,
      pollMs: 100,
    });
    expect(result).toMatchObject({ outcome: 'ok' });
    expect(result.metrics.upload_playable_ms).toBeGreaterThan(100);
    expect(result.metrics.upload_total_ms).toBeGreaterThan(0);
  });
});
