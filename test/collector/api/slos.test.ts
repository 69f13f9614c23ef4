import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultRecord } from '../../../protocol/record.ts';
import { parsePrometheus } from './parse-prometheus.ts';
import { incidentOf, type RunningApi, SPEC, startApi } from './running-api.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const NOW_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS + 30 * MINUTE_MS;

let api: RunningApi;

/** A run each two and a half minutes for two days, of which every hundredth fails, and lately every second. */
function* records(): Generator<Partial<ResultRecord>> {
  for (let i = 0; i < 4 * 288; i += 1) {
    const scheduledMs = NOW_MS - 2 * 24 * HOUR_MS + i * 2.5 * MINUTE_MS;
    const recent = scheduledMs >= NOW_MS - 50 * MINUTE_MS;
    const bad = recent ? i % 2 === 1 : i % 100 === 0;
    const slow = i % 50 === 1;
    const failure = { layer: 'http', blame: 'target', code: 'timeout', message: '' } as const;
    yield {
      probe: 'front-page',
      target: 'origin',
      scheduledMs,
      outcome: bad ? 'fail' : 'ok',
      metrics: bad ? {} : { ttfb_ms: slow ? 2000 : 100 },
      ...(bad && { failure }),
    };
  }
}

beforeAll(async () => {
  api = await startApi({ startMs: NOW_MS });
  const [probe] = SPEC.probes;
  const slo = { objective: '99%' };
  await api.registry.apply({
    ...SPEC,
    targets: [...SPEC.targets, { name: 'other', url: 'http://other.sandbox.test/' }],
    probes: [
      { ...probe, slo },
      { ...probe, name: 'quick', slo: { objective: '95%', window: '7d', metric: 'ttfb_ms', under: '800ms' } },
      { ...probe, name: 'new', targets: ['other'], slo },
      { ...probe, name: 'without' },
    ],
  });
  const all = [...records()];
  for (const day of [0, 1, 2]) {
    const dayOf = ({ scheduledMs = 0 }) =>
      Math.floor(scheduledMs / (24 * HOUR_MS)) - Math.floor((NOW_MS - 48 * HOUR_MS) / (24 * HOUR_MS));
    const some = all.filter((record) => dayOf(record) === day);
    if (some.length === 0) continue;
    await api.insert('eu-west', some);
    await api.insert(
      'eu-west',
      some.map((record) => ({ ...record, probe: 'quick' })),
    );
  }
});
afterAll(() => api?.close());

interface Slo {
  readonly probe: string;
  readonly runs: number;
  readonly bad: number;
  readonly budget: Record<string, number>;
  readonly burn: readonly { window: string; rate: number; burning: boolean }[];
}
const slos = async (query = '') => (await api.get(`/api/v1/slos${query}`)).body as { data: Slo[] };

describe('/slos', () => {
  it('says what is left of each budget over its window, and how fast it goes', async () => {
    const { data } = await slos('?probe=front-page');
    const all = [...records()];
    const bad = all.filter(({ outcome }) => outcome === 'fail').length;
    expect(data).toHaveLength(1);
    const [slo] = data as [Slo];
    expect(slo).toMatchObject({
      ...{ probe: 'front-page', target: 'origin', objective_ratio: 0.99, window: '30d', metric: null },
      ...{ runs: all.length, bad, incident: null },
    });
    expect(slo.budget.total_seconds).toBe(0.01 * 30 * 86_400);
    expect(slo.budget.remaining_ratio).toBeCloseTo(1 - bad / all.length / 0.01, 4);
    expect(slo.budget.remaining_seconds).toBeCloseTo(
      (slo.budget.remaining_ratio as number) * 0.01 * 30 * 86_400,
      0,
    );
    expect(slo.burn.map(({ window }) => window)).toEqual(['1h', '6h', '3d']);
    expect(slo.burn[0]?.rate).toBeGreaterThan(14.4);
    expect(slo.burn[0]?.burning).toBe(true);
  });

  it('counts what was too slow where that was promised', async () => {
    const { data } = await slos('?probe=quick');
    const bad = [...records()].filter(
      ({ outcome, metrics }) => outcome === 'fail' || (metrics?.ttfb_ms ?? 0) >= 800,
    ).length;
    expect(data[0]).toMatchObject({ metric: 'ttfb_ms', under_ms: 800, window: '7d' });
    expect(Math.abs((data[0]?.bad ?? 0) - bad)).toBeLessThanOrEqual(2);
  });

  it('has nothing left, and nothing spent, where nothing was measured; of others nothing at all', async () => {
    const { data } = await slos();
    expect(data.map(({ probe }) => probe)).toEqual(['front-page', 'new', 'quick']);
    expect(data[1]).toMatchObject({ runs: 0, good_ratio: null, budget: { remaining_ratio: null } });
    expect((await slos('?target=nowhere')).data).toEqual([]);
  });

  it('names the incident that tells of it', async () => {
    const burn = {
      ...{ probe: 'front-page', target: 'origin', objective: 0.99, periodMs: 30 * 24 * HOUR_MS },
      ...{ longMs: HOUR_MS, shortMs: 5 * MINUTE_MS, severity: 'critical' as const },
      ...{ longRate: 20, shortRate: 20, runs: 24, failures: 6, beganMs: NOW_MS, endedMs: null },
    } as const;
    const incident = incidentOf();
    api.shelf.put('opened', { ...incident, evidence: { ...incident.evidence, budgets: [burn] } });
    expect((await slos('?probe=front-page')).data[0]).toMatchObject({ incident: incident.id });
    expect((await slos('?probe=quick')).data[0]).toMatchObject({ incident: null });
  });

  it('is in the metrics', async () => {
    const { body } = await api.get('/metrics');
    const families = parsePrometheus(body);
    const left = families.get('outrider_slo_budget_remaining_ratio')?.samples ?? [];
    expect(left.map(({ labels }) => [labels.probe, labels.target, labels.metric])).toEqual([
      ['front-page', 'origin', 'success'],
      ['quick', 'origin', 'ttfb_ms'],
    ]);
    const rates = families.get('outrider_slo_burn_rate')?.samples ?? [];
    expect(new Set(rates.map(({ labels }) => labels.window))).toEqual(new Set(['1h', '6h', '3d']));
  });
});
