import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startOrigin } from '../../../sandbox/index.ts';
import { startDelayFront } from './delay-front.ts';

async function front(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'outrider-bench-test-'));
  const origin = await startOrigin({ dataDir });
  const delaying = await startDelayFront(origin.port);
  onTestFinished(async () => {
    await delaying.close();
    await origin.close();
    rmSync(dataDir, { recursive: true });
  });
  return delaying.url;
}

describe('the delaying front', () => {
  it('passes ranges and headers through', async () => {
    const response = await fetch(`${await front()}/v/clip.mp4`, { headers: { range: 'bytes=4-7' } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toMatch(/^bytes 4-7\//);
    expect(await response.text()).toBe('ftyp');
  });

  it('delays one request and hands nothing down to the children of a playlist', async () => {
    const url = await front();
    const startMs = performance.now();
    const playlist = await (await fetch(`${url}/hls/fmp4/master.m3u8?wait_ms=200`)).text();
    expect(performance.now() - startMs).toBeGreaterThan(199);
    expect(playlist).toContain('#EXTM3U');
    expect(playlist).not.toContain('wait_ms');
  });
});
