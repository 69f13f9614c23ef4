import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UpSummary } from '../../cli/up/summary.ts';
import { findBrowser } from '../../probes/browser/find.ts';
import { type Finished, outrider, type Started, start } from '../support/outrider.ts';

const FAULT = 'eu-west:latency=400ms@40s+25s';

describe('up, with 400 ms of latency in one region', async () => {
  const browser = await findBrowser();
  let up: Started;
  let collector: string;
  let finished: Finished;
  let summary: UpSummary;
  /** What the other commands say while the fleet runs. */
  const during: Record<'latency' | 'incidents' | 'query' | 'agents' | 'run' | 'tail', Finished> = {} as never;

  beforeAll(async () => {
    up = start(['up', '--port', '0', '--for', '100s', '--fault', FAULT, '-o', 'json']);
    const [, url] = await up.says(/dashboard: (http:\S+?)\/\n/);
    collector = url ?? '';
    await up.says(/agents connected/);
    await sleep(30_000);
    const ask = (...args: string[]): Promise<Finished> => outrider(...args, '--collector', collector);
    during.latency = await ask('latency', '--by', 'region,target', '--since', '5m', '-o', 'json');
    during.query = await ask('query', 'SELECT * FROM region_latency LIMIT 5', '-o', 'json');
    during.agents = await ask('agents', 'list', '-o', 'json');
    during.tail = await ask('results', 'tail', '--for', '2s', '-o', 'json');
    during.run = await ask('probes', 'run', 'edge-http', '--from', 'us-east', '-o', 'json');
    await up.says(/incident opened/);
    during.incidents = await ask('incidents', 'list', '--status', 'open', '-o', 'json');
    finished = await up.finished;
    summary = JSON.parse(finished.stdout.trim().split('\n').at(-1) ?? '') as UpSummary;
  }, 280_000);

  afterAll(() => {
    up.process.kill('SIGTERM');
  });

  it('ends by itself with exit code 0 and one line of JSON', () => {
    expect(finished.code).toBe(0);
    expect(summary.seconds).toBeGreaterThanOrEqual(100);
  });

  it('accounts for every result, with none twice', () => {
    expect(summary.expected).toBeGreaterThan(500);
    expect(summary.expected).toBe(summary.stored + summary.pending + summary.missed + summary.dropped);
    expect(summary).toMatchObject({ pending: 0, dropped: 0, duplicates: 0 });
    expect(summary.stored).toBeGreaterThan(summary.expected * 0.95);
  });

  it('has uploads and playback in every region', () => {
    expect(summary.regions.map(({ region }) => region)).toEqual(['us-east', 'eu-west', 'ap-southeast']);
    for (const region of summary.regions) {
      expect(region.upload_goodput_bps.count).toBeGreaterThan(3);
      expect(region.ttfb_ms.p50).toBeGreaterThan(0);
      expect(region.success_ratio).toBeGreaterThan(0.97);
    }
  });

  it.skipIf(!browser.ok)('has real browser starts in every region', () => {
    for (const region of summary.regions) expect(region.video_startup_ms.count).toBeGreaterThanOrEqual(2);
  });

  it('flags exactly the region that went bad, within 30 s, and resolves it after the end of the fault', () => {
    expect(summary.incidents).toHaveLength(1);
    const [incident] = summary.incidents;
    expect(incident?.scope).toBe('region:eu-west');
    expect(incident?.detected_after_s).toBeGreaterThan(0);
    expect(incident?.detected_after_s).toBeLessThan(30);
    expect(incident?.resolved_after_s).toBeGreaterThan(25);
  });

  it('answers latency by region and target while it runs', () => {
    expect(during.latency.code).toBe(0);
    const { data } = JSON.parse(during.latency.stdout) as { data: Record<string, unknown>[] };
    const row = data.find(
      (entry) => entry.metric === 'ttfb_ms' && entry.region === 'eu-west' && entry.target === 'playlist',
    );
    expect(row).toMatchObject({
      target: 'playlist',
      unit: 'ms',
      p50: expect.any(Number),
      p95: expect.any(Number),
    });
  });

  it('answers SQL on the view for people while it runs', () => {
    expect(during.query.code).toBe(0);
    const { data } = JSON.parse(during.query.stdout) as { data: Record<string, unknown>[] };
    expect(data).toHaveLength(5);
    expect(Object.keys(data[0] ?? {})).toEqual(
      expect.arrayContaining(['region', 'target', 'metric', 'p50', 'p95', 'success_ratio']),
    );
  });

  it('lists the incident while it is open, with its evidence in one sentence', () => {
    const list = JSON.parse(during.incidents.stdout) as {
      data: Record<string, unknown>[];
      pagination: object;
    };
    expect(list.pagination).toMatchObject({ next: null });
    expect(list.data).toEqual([
      expect.objectContaining({
        scope: 'region:eu-west',
        status: 'open',
        summary: expect.stringContaining('eu-west'),
      }),
    ]);
  });

  it('lists nine connected agents, one a region with a browser', () => {
    const { data } = JSON.parse(during.agents.stdout) as { data: { state: string; browser: string }[] };
    expect(data.filter(({ state }) => state === 'connected')).toHaveLength(9);
    if (browser.ok) expect(data.filter((agent) => agent.browser !== '')).toHaveLength(3);
  });

  it('runs a probe on the agents of one region when asked', () => {
    expect(during.run.code).toBe(0);
    const { data } = JSON.parse(during.run.stdout) as {
      data: { region: string; outcome: string; trigger: string }[];
    };
    expect(data.map(({ region, outcome, trigger }) => [region, outcome, trigger])).toEqual(
      new Array(3).fill(['us-east', 'ok', 'manual']),
    );
  });

  it('prints results as they arrive', () => {
    const lines = during.tail.stdout.trim().split('\n');
    expect(lines.length).toBeGreaterThan(10);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      agent: expect.any(String),
      metrics: expect.any(Object),
    });
  });
});
