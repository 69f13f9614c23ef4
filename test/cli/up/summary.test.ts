import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../../cli/support/api-client.ts';
import { type SummaryInput, summarise } from '../../../cli/up/summary.ts';
import { parseFault } from '../../../sandbox/index.ts';

const READY = Date.parse('2026-01-01T00:00:05.000Z');
const at = (seconds: number): string => new Date(READY + seconds * 1000).toISOString();

const incident = (scope: string, startedS: number, detectedS: number, resolvedS: number | null) => ({
  id: `${scope}-${detectedS}`,
  scope,
  metric: 'ttfb_ms',
  blame: 'network',
  started_at: at(startedS),
  detected_at: at(detectedS),
  resolved_at: resolvedS === null ? null : at(resolvedS),
});

/** What the collector's API answers, by path and metric. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  run_ms: { data: [{ region: 'eu', ok: 9, fail: 1, count: 9, p50: 5, p95: 9 }] },
  video_startup_ms: { data: [{ region: 'eu', ok: 2, fail: 0, count: 2, p50: 150, p95: 160 }] },
  upload_goodput_bps: { data: [{ region: 'eu', ok: 3, fail: 0, count: 3, p50: 5e6, p95: 6e6 }] },
  ttfb_ms: { data: [{ region: 'eu', ok: 5, fail: 0, count: 5, p50: 1.5, p95: 2.5 }] },
  '/api/v1/ledger': {
    total: { expected: 12, stored: 10, pending: 0, missed: 2, dropped: 0, duplicates: 0, unaccounted: 0 },
  },
  '/api/v1/incidents': {
    data: [
      incident('region:eu', 52, 60, 101),
      incident('region:us', 20, 30, null),
      incident('region:eu', 10, 12, 20),
    ],
  },
  '/api/v1/query': { columns: [{ name: 'count()', type: 'UInt64' }], rows: [[12]] },
};

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://x');
  response.end(JSON.stringify(ANSWERS[url.searchParams.get('metric') ?? url.pathname]));
});
let input: SummaryInput;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  input = {
    client: new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    regions: ['eu', 'us'],
    agentsPerRegion: 3,
    faults: [parseFault('eu:latency=400ms@45s+45s'), parseFault('eu:latency=400ms@90s+5s')],
    startedMs: READY - 5000,
    readyMs: READY,
    endedMs: READY + 120_000,
  };
});
afterAll(() => {
  server.close();
});

describe('the summary of up', () => {
  it('has the equation, the rows and the seconds', async () => {
    expect(await summarise(input)).toMatchObject({
      results: 12,
      expected: 12,
      stored: 10,
      missed: 2,
      duplicates: 0,
      seconds: 120,
    });
  });

  it('has every region in the order asked for, null where nothing was measured', async () => {
    const { regions } = await summarise(input);
    expect(regions).toEqual([
      {
        region: 'eu',
        agents: 3,
        video_startup_ms: { p50: 150, p95: 160, count: 2 },
        upload_goodput_bps: { p50: 5e6, count: 3 },
        ttfb_ms: { p50: 1.5, p95: 2.5 },
        success_ratio: 0.9,
      },
      {
        region: 'us',
        agents: 3,
        video_startup_ms: { p50: null, p95: null, count: 0 },
        upload_goodput_bps: { p50: null, count: 0 },
        ttfb_ms: { p50: null, p95: null },
        success_ratio: null,
      },
    ]);
  });

  it('counts from the start of the fault that explains an incident, and otherwise from its own start', async () => {
    const { incidents } = await summarise(input);
    expect(
      incidents.map(({ scope, detected_after_s, resolved_after_s }) => [
        scope,
        detected_after_s,
        resolved_after_s,
      ]),
    ).toEqual([
      ['region:eu', 15, 56],
      ['region:us', 10, null],
      // Before the fault began: it cannot be its cause.
      ['region:eu', 2, 10],
    ]);
  });
});
