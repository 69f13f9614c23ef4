import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentSeries, seriesTimes } from '../../../collector/evidence/incident-series.ts';
import { INCIDENT_COPY_LIMITS } from '../../../collector/evidence/limits.ts';
import { incidentOf, type RunningApi, startApi } from '../api/running-api.ts';

const MINUTE = 60_000;
let api: RunningApi;
let startedMs: number;

beforeAll(async () => {
  api = await startApi();
  startedMs = api.clock.nowMs - 10 * MINUTE;
  const runs = (before: number, since: number) =>
    Array.from({ length: 20 }, (_, minute) => ({
      scheduledMs: startedMs + (minute - 10) * MINUTE + 1000,
      metrics: { ttfb_ms: minute < 10 ? before : since },
    }));
  await api.insert('eu-west', [
    ...runs(20, 400),
    {
      ...{ outcome: 'fail', scheduledMs: startedMs + MINUTE + 2000, metrics: {} },
      failure: { layer: 'http', blame: 'target', code: 'status', message: '503' },
    },
  ]);
  await api.insert('us-east', runs(20, 21));
});
afterAll(() => api?.close());

const incident = (more = {}) =>
  incidentOf({ id: 'inc-1', startedMs, detectedMs: startedMs + 11_000, ...more });
const stepAt = (steps: Awaited<ReturnType<typeof incidentSeries>>['steps'], ms: number) =>
  steps.find(({ atMs }) => atMs === ms);

describe('the series of an incident', () => {
  it('has the metric in its place and elsewhere, from before it on', async () => {
    const { metric, steps, unit } = await incidentSeries(api.store, incident(), api.clock.nowMs);
    expect([metric, unit]).toEqual(['ttfb_ms', 'ms']);
    const before = stepAt(steps, startedMs - 5 * MINUTE);
    const since = stepAt(steps, startedMs + MINUTE);
    expect(before).toMatchObject({ inside: { ok: 1, fail: 0 }, elsewhere: { ok: 1 } });
    expect(before?.inside.p50).toBeCloseTo(20, 0);
    expect(since).toMatchObject({ inside: { ok: 1, fail: 1 }, elsewhere: { ok: 1, fail: 0 } });
    expect(since?.inside.p50).toBeGreaterThan(390);
    expect(since?.elsewhere.p50).toBeLessThan(22);
  });

  it('of an agent is read from its results', async () => {
    const scope = { kind: 'agent', region: 'eu-west', agent: 'eu-west-1' } as const;
    const { steps } = await incidentSeries(api.store, incident({ scope }), api.clock.nowMs);
    const since = stepAt(steps, startedMs + MINUTE);
    expect(since?.inside).toMatchObject({ ok: 1, fail: 1 });
    expect(since?.inside.p50).toBeGreaterThan(390);
    expect(since?.elsewhere.ok).toBe(0);
  });

  it('of failures counts runs, and has no quantiles', async () => {
    const { metric, steps } = await incidentSeries(
      api.store,
      incident({ metric: 'failure_ratio' }),
      api.clock.nowMs,
    );
    expect(metric).toBeNull();
    expect(stepAt(steps, startedMs + MINUTE)?.inside).toEqual({
      ok: 1,
      fail: 1,
      missed: 0,
      p50: null,
      tail: null,
    });
  });

  it.each([10 * MINUTE, 300 * MINUTE, 6000 * MINUTE, 90_000 * MINUTE])(
    'that lasted %d ms has a bounded number of steps',
    (lastedMs) => {
      const nowMs = startedMs + lastedMs;
      const { sinceMs, stepMs, untilMs } = seriesTimes({ startedMs, resolvedMs: null }, nowMs);
      expect((untilMs - sinceMs) / stepMs).toBeLessThanOrEqual(INCIDENT_COPY_LIMITS.seriesSteps.value + 1);
      expect(untilMs).toBeGreaterThanOrEqual(nowMs);
    },
  );

  it('is given by the API', async () => {
    api.shelf.put('opened', incident());
    expect(await api.get('/api/v1/incidents/inc-1/series')).toMatchObject({
      status: 200,
      body: { metric: 'ttfb_ms', step_seconds: 60, data: expect.any(Array) },
    });
    expect(await api.get('/api/v1/incidents/nothing/series')).toMatchObject({ status: 404 });
  });
});
