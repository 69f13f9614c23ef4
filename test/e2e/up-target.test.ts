import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UpSummary } from '../../cli/up/summary.ts';
import { findBrowser } from '../../probes/browser/find.ts';
import { type Origin, startOrigin } from '../../sandbox/index.ts';
import { type Finished, start } from '../support/outrider.ts';

describe('up, on an address of the user', async () => {
  const browser = await findBrowser();
  const scratch = mkdtempSync(join(tmpdir(), 'outrider-target-'));
  let origin: Origin;
  let finished: Finished;
  let summary: UpSummary;

  beforeAll(async () => {
    origin = await startOrigin({ dataDir: join(scratch, 'origin') });
    const target = `${origin.url}/hls/fmp4/master.m3u8`;
    const args = [
      'up',
      '--target',
      target,
      '--regions',
      'here',
      '--agents',
      '2',
      '--for',
      '35s',
      '--port',
      '0',
    ];
    finished = await start([...args, '--data-dir', join(scratch, 'kept'), '-o', 'json']).finished;
    summary = JSON.parse(finished.stdout.trim().split('\n').at(-1) ?? '') as UpSummary;
  }, 120_000);

  afterAll(async () => {
    await origin.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('ends by itself with exit code 0 and says where it kept the data', () => {
    expect(finished.code).toBe(0);
    expect(finished.stderr).toContain(join(scratch, 'kept'));
  });

  it('plays it from the regions that were asked for, and accounts for every run', () => {
    expect(summary.regions).toHaveLength(1);
    expect(summary.regions[0]).toMatchObject({ region: 'here', agents: 2, success_ratio: 1 });
    expect(summary.stored).toBeGreaterThan(10);
    expect(summary.expected).toBe(summary.stored + summary.pending + summary.missed + summary.dropped);
    expect(summary.duplicates).toBe(0);
  });

  it.skipIf(!browser.ok)('watches it start in a real browser', () => {
    expect(summary.regions[0]?.video_startup_ms.count).toBeGreaterThanOrEqual(1);
  });

  it('uploads nothing to it', () => {
    expect(summary.regions[0]?.upload_goodput_bps.count).toBe(0);
    expect(origin.uploads().uploads).toBe(0);
  });
});
