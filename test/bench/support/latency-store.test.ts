import { afterAll, beforeAll, expect, it } from 'vitest';
import { latencyRoutes } from '../../../collector/api/latency.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { FLEET, fillResults, fillRollups, sampleText, seriesOf } from './latency-store.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 30);
const small = {
  ...{ agents: 20, resultsPerS: 10, regions: 3, isps: 2, pops: 2, checks: 2 },
  ...{ hours: 26, minutes: 5, rawMinutes: 1 },
};

describeEngines('the store of the benchmark of latency', (engine) => {
  let held: TestStore;
  beforeAll(async () => {
    held = await openTestStore(engine);
    await fillRollups(held.store, NOW, small);
    await fillResults(held.store, NOW, small);
  });
  afterAll(() => held?.close());

  it.each([
    ['latency_1h', 'hour', 24],
    ['latency_region_1h', 'hour', 6],
    ['latency_region_1m', 'minute', 6],
  ])('has in %s what the real views make: %s by %s, a row for each series', async (table, slot, series) => {
    const [row] = await held.store.query<Record<string, number>>(
      `SELECT uniqExact(region, target, probe${table === 'latency_1h' ? ', isp, pop' : ''}) AS series, uniqExact(${slot}) AS slots, uniqExact(metric) AS metrics
       FROM ${table}`,
    );
    expect(row).toEqual({ series, slots: slot === 'hour' ? 27 : 31, metrics: 6 });
  });

  it('answers the questions of the benchmark out of the rollups, with as many runs as the fleet has in a day', async () => {
    const app = latencyRoutes(held.store, { wallMs: () => NOW, monotonicMs: () => performance.now() });
    const { data } = (await (await app.request('/?by=region&since=24h&metric=ttfb_ms')).json()) as {
      data: { count: number }[];
    };
    const day = 86_400 * small.resultsPerS;
    const count = data.reduce((sum, row) => sum + row.count, 0);
    expect(data).toHaveLength(3);
    expect(count).toBeGreaterThan(0.9 * day);
    expect(count).toBeLessThan(1.1 * day);
  });

  it('has results for the peer, which are in no rollup', async () => {
    const [row] = await held.store.query<Record<string, number>>(
      "SELECT count() AS results, uniqExact(agent) AS agents, any(length(value)) AS metrics FROM results WHERE trigger = 'schedule'",
    );
    expect(row).toEqual({ results: 600, agents: 20, metrics: 5 });
  });

  it('is told in words', () => {
    expect(seriesOf(FLEET)).toBe(1440);
    expect(sampleText(FLEET)).toContain('1440 series (30 regions × 4 networks × 2 edges × 6 checks)');
  });
});
