import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from './running-api.ts';

let api: RunningApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close().catch(() => undefined));

async function ready(): Promise<{ status: number; reasons: string[] }> {
  const { status, body } = await api.get('/readyz');
  return { status, reasons: (body as { reasons: string[] }).reasons };
}

describe('readiness', () => {
  it('is given when the store answers and results are committed', async () => {
    expect(await ready()).toEqual({ status: 200, reasons: [] });
  });

  it('is refused when the store does not answer, with the reason', async () => {
    await api.store.close();
    const { status, reasons } = await ready();
    expect(status).toBe(503);
    expect(reasons).toEqual([expect.stringContaining('The store does not answer')]);
  });

  it('is refused when results wait too long to be committed, with how many and how long', async () => {
    Object.assign(api.gauges, { queuedRows: 1200, oldestQueuedMs: 12_000 });
    expect(await ready()).toEqual({
      status: 503,
      reasons: ['1200 results wait to be committed, the oldest for 12 s.'],
    });
  });

  it('is refused while the collector stops', async () => {
    api.stop();
    expect(await ready()).toEqual({ status: 503, reasons: ['The collector is stopping.'] });
  });
});

describe('health', () => {
  it('is the process itself: it stays even when the store is gone', async () => {
    await api.store.close();
    expect(await api.get('/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
  });
});

describe('requests while the store is gone', () => {
  it('are answered with 503, the reason and when to come back', async () => {
    await api.store.close();
    const response = await fetch(`${api.url}/api/v1/latency`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ error: { code: 'unavailable' } });
  });
});
