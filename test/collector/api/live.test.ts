import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API_LIMITS } from '../../../collector/api/limits.ts';
import type { Overview, RegionOverview } from '../../../collector/api/overview.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from './running-api.ts';

let api: RunningApi;
beforeEach(async () => {
  api = await startApi({ tickMs: 20 });
  await api.registry.apply(SPEC);
  for (const region of ['eu-west', 'us-east']) await api.connect(`${region}-1`, region);
});
afterEach(() => api.close().catch(() => undefined));

async function overview(): Promise<Overview> {
  return (await api.get('/api/v1/overview')).body;
}
async function region(name: string): Promise<RegionOverview | undefined> {
  return (await overview()).regions.find((one) => one.region === name);
}

interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Reads events from a stream until one is as wanted; gives that one. */
async function readUntil(body: ReadableStream<Uint8Array>, wanted: (event: ServerEvent) => boolean) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const match = /^event: (\w+)\ndata: (.+)$/.exec(block);
      const event = { event: match?.[1] ?? '', data: match ? JSON.parse(match[2] ?? '') : undefined };
      if (!wanted(event)) continue;
      await reader.cancel();
      return event;
    }
  }
}

async function openStream(): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(`${api.url}/api/v1/stream`);
  expect(response.status).toBe(200);
  return response.body as ReadableStream<Uint8Array>;
}

describe('the overview', () => {
  it('shows each region with agents, figures and state', async () => {
    await api.insert('eu-west', [{ metrics: { ttfb_ms: 20 } }, { metrics: { ttfb_ms: 22 } }]);
    const all = await overview();
    expect(all.regions.map((one) => [one.region, one.state])).toEqual([
      ['eu-west', 'ok'],
      ['us-east', 'unknown'],
    ]);
    expect(all.regions[0]).toMatchObject({
      agents: { connected: 1, silent: 0, stopped: 0, total: 1 },
      ttfb_ms: { count: 2 },
      video_startup_ms: { p50: null, p95: null, count: 0 },
      success_ratio: 1,
      runs: { ok: 2, fail: 0, missed: 0, disturbed: 0 },
      last_result_at: '2026-11-21T11:59:59.000Z',
    });
    expect(all.collector).toMatchObject({ engine: 'embedded', version: '0.1.0', uptime_s: 3600 });
    expect(all.window).toEqual({ since: '2026-11-21T11:59:00.000Z', seconds: 60 });
  });

  it('turns a region silent when its agents are not heard of any more', async () => {
    await api.insert('eu-west', [{}]);
    api.clock.nowMs += 20_000;
    expect((await region('eu-west'))?.state).toBe('silent');
  });

  it('turns a region unknown when results stop although its agents are heard', async () => {
    await api.insert('eu-west', [{}]);
    api.clock.nowMs += 31_000;
    api.registry.heard('eu-west-1');
    expect(await region('eu-west')).toMatchObject({ state: 'unknown', success_ratio: 1 });
  });

  it('turns the region of an open incident degraded, since its start, and no other', async () => {
    for (const name of ['eu-west', 'us-east']) await api.insert(name, [{}]);
    api.shelf.put('opened', incidentOf());
    const all = await overview();
    expect(all.regions.map((one) => one.state)).toEqual(['degraded', 'ok']);
    expect(all.regions[0]).toMatchObject({
      degraded_since: '2026-11-21T11:58:00.000Z',
      reason: 'TTFB in eu-west rose from 20 ms to 420 ms.',
    });
    expect(all.incidents).toMatchObject([{ id: 'inc-1-region-eu-west', status: 'open' }]);
  });

  it('does not hold the incident of one agent against its region', async () => {
    await api.insert('eu-west', [{}]);
    api.shelf.put('opened', incidentOf({ scope: { kind: 'agent', region: 'eu-west', agent: 'eu-west-1' } }));
    expect((await region('eu-west'))?.state).toBe('ok');
  });

  it('turns every region degraded by a global incident', async () => {
    for (const name of ['eu-west', 'us-east']) await api.insert(name, [{}]);
    api.shelf.put('opened', incidentOf({ scope: { kind: 'global' } }));
    expect((await overview()).regions.map((one) => one.state)).toEqual(['degraded', 'degraded']);
  });

  it('shows resolved incidents for an hour, and none that a wider one took over', async () => {
    const resolvedMs = api.clock.nowMs - 60_000;
    const resolved = (id: string, more = {}) =>
      api.shelf.put('resolved', incidentOf({ id, status: 'resolved', resolvedMs, ...more }));
    resolved('lately');
    resolved('long-ago', { resolvedMs: api.clock.nowMs - 3_600_001 });
    resolved('taken-over', { mergedInto: 'wide' });
    expect((await overview()).incidents.map((one) => one.id)).toEqual(['lately']);
  });

  it('balances its totals', async () => {
    await api.insert('eu-west', [{}]);
    api.clock.nowMs += 60_000;
    const { totals } = await overview();
    expect(totals.expected).toBeGreaterThan(0);
    expect(totals.stored + totals.pending + totals.missed + totals.dropped + totals.unaccounted).toBe(
      totals.expected,
    );
  });

  it('shows regions up to its limit and says how many it leaves out', async () => {
    const most = API_LIMITS.overviewRegions.value;
    await api.insertMany(Array.from({ length: most }, (_, i) => [`region-${i}`, {}]));
    const all = await overview();
    expect(all.regions).toHaveLength(most);
    expect(all.regions_left_out).toBe(2);
  });
});

describe('the stream', () => {
  it('begins with an overview and sends the next ones as time passes', async () => {
    const body = await openStream();
    const start = api.clock.nowMs;
    api.clock.nowMs += 5000;
    const later = await readUntil(body, ({ event, data }) => {
      return event === 'overview' && Date.parse((data as Overview).at) > start;
    });
    expect(later).toMatchObject({ data: { regions: [{ region: 'eu-west' }, { region: 'us-east' }] } });
  });

  it('tells of an incident at once', async () => {
    const body = await openStream();
    const told = readUntil(body, ({ event }) => event === 'incident');
    api.shelf.put('opened', incidentOf());
    expect(await told).toEqual({
      event: 'incident',
      data: {
        kind: 'opened',
        incident: expect.objectContaining({ scope: 'region:eu-west', blame: 'network' }),
      },
    });
  });

  it('says that there is a problem while the store does not answer', async () => {
    const body = await openStream();
    const told = readUntil(body, ({ event }) => event === 'problem');
    await api.store.close();
    api.clock.nowMs += 5000;
    expect(await told).toMatchObject({ data: { message: expect.stringContaining('store') } });
  });

  it('ends when the collector stops, and lets go of detection', async () => {
    const body = await openStream();
    // The other one is whoever tells of incidents.
    expect(api.shelf.listeners).toBe(2);
    const ended = readUntil(body, () => false);
    api.stop();
    expect(await ended).toBeUndefined();
    expect(api.shelf.listeners).toBe(1);
    expect((await api.get('/api/v1/stream')).status).toBe(503);
  });

  it('is held by nobody who asks for its head alone', async () => {
    expect((await fetch(`${api.url}/api/v1/stream`, { method: 'HEAD' })).status).toBe(200);
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/^outrider_streams 0$/m);
  });

  it('is refused past the limit, with what to do, and free again when a reader leaves', async () => {
    const leave = new AbortController();
    const most = API_LIMITS.streams.value;
    // Held, for the collection of a response ends its stream.
    const open = [fetch(`${api.url}/api/v1/stream`, { signal: leave.signal })].concat(
      Array.from({ length: most - 1 }, () => fetch(`${api.url}/api/v1/stream`)),
    );
    const answers = await Promise.all(open);
    const refused = await api.get('/api/v1/stream');
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'too_many_streams' } } });
    leave.abort();
    await expect
      .poll(async () => (await fetch(`${api.url}/api/v1/stream`)).status, { timeout: 20_000 })
      .toBe(200);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });
});
