import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIMULATE_LIMITS } from '../../../cli/simulate/limits.ts';
import { planSimulation, type SimulateFlags } from '../../../cli/simulate/options.ts';
import { type SimulationOptions, simulate } from '../../../cli/simulate/simulation.ts';
import type { SimulateSummary } from '../../../cli/simulate/summary.ts';
import { ApiClient } from '../../../cli/support/api-client.ts';
import { CliError } from '../../../cli/support/cli-error.ts';
import { type Collector, startCollector } from '../../../collector/collector.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

let dataDir: string;
let collector: Collector;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'outrider-simulate-'));
  collector = await startCollector({ port: 0, dataDir, log: SILENT_LOG, version: '0.0.0-test' });
});
afterAll(async () => {
  await collector?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Run {
  readonly summary: SimulateSummary;
  readonly lines: readonly string[];
}

async function run(
  more: Partial<SimulateFlags>,
  { keep = false, signal = new AbortController().signal, ...rest }: Partial<SimulationOptions> = {},
): Promise<Run> {
  const lines: string[] = [];
  const summary = await simulate({
    client: new ApiClient(collector.url),
    plan: planSimulation({
      collectors: [collector.url],
      name: 'sim',
      agents: 200,
      regions: 4,
      rate: '200/s',
      probes: 2,
      for: '6s',
      ramp: '400/s',
      churn: undefined,
      faults: [],
      seed: 1,
      ...more,
    }),
    ...{ keep, signal },
    progress: (text) => lines.push(text),
    ...rest,
  });
  return { summary, lines };
}

const query = <Row extends object>(sql: string) => collector.store.query<Row>(sql);

/** Everything is delivered, and what the collector has is what was sent. */
function expectNothingLost({ results, ledger }: SimulateSummary): void {
  const { expected, stored, missed } = ledger;
  expect(ledger).toMatchObject({ pending: 0, dropped: 0, unaccounted: 0, duplicates: 0, extra: 0 });
  expect(expected).toBe(stored + missed);
  expect(expected).toBeGreaterThanOrEqual(results.made);
  expect(results).toMatchObject({
    sent: results.made,
    acked: results.made,
    stored: results.made,
    pending: 0,
    dropped: 0,
  });
}

describe('a simulated fleet at a real collector', () => {
  it('connects, follows its schedule, and everything it makes is stored once', async () => {
    const { summary, lines } = await run({ name: 'whole' });
    expectNothingLost(summary);
    expect(summary.ledger.expected).toBe(summary.results.made);
    expect(summary).toMatchObject({ agents: 200, connected: 200, regions: 4, every_ms: 2000, reconnects: 0 });
    expect(summary.results.made).toBeGreaterThan(600);
    expect(summary.ack_ms?.p50).toBeGreaterThan(0);
    expect(summary.collector?.rss_mb).toBeGreaterThan(50);
    expect(lines.join('\n')).toContain('all 200 agents are connected');
    expect(await query("SELECT uniqExact(agent) AS agents FROM results WHERE agent LIKE 'whole-%'")).toEqual([
      { agents: 200 },
    ]);
  });

  it('leaves neither probes nor agents that seem alive', async () => {
    await run({ name: 'gone', agents: 20, rate: '20/s', for: '1s' });
    expect(collector.registry.probes().map(({ spec }) => spec.name)).toEqual([]);
    const states = collector.registry.agents().filter(({ id }) => id.startsWith('gone-'));
    expect(states).toHaveLength(20);
    expect(new Set(states.map(({ state }) => state))).toEqual(new Set(['stopped']));
  });

  it('loses nothing when connections are cut all the time', async () => {
    const { summary } = await run({ name: 'churn', churn: '60/s' });
    expect(summary.reconnects).toBeGreaterThan(50);
    expect(Object.keys(summary.session_ends).join()).toContain('interrupted');
    expectNothingLost(summary);
  });

  it('shows a fault in the latency of its region alone', async () => {
    const faults = ['region-2:latency=400ms@0s'];
    const { summary } = await run({ name: 'fault', for: '5s', faults });
    expectNothingLost(summary);
    const medians = async (name: string): Promise<Map<string, number>> => {
      const rows = await query<{ region: string; ttfb: number }>(
        `SELECT toString(region) AS region, avg(p50) AS ttfb FROM region_latency
         WHERE startsWith(toString(probe), '${name}-') AND metric = 'ttfb_ms' GROUP BY region`,
      );
      return new Map(rows.map(({ region, ttfb }) => [region, ttfb]));
    };
    const [before, during] = [await medians('whole'), await medians('fault')];
    const added = new Map(
      [...during].map(([region, ttfb]) => [region, ttfb - (before.get(region) ?? Number.NaN)]),
    );
    expect(added.get('region-2')).toBeGreaterThan(200);
    for (const region of ['region-1', 'region-3', 'region-4'])
      expect(Math.abs(added.get(region) ?? Number.NaN)).toBeLessThan(100);
  });

  it('ends in order when it is told to', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 3000);
    const { summary } = await run({ name: 'stop', agents: 50, rate: '50/s', for: undefined }, stop);
    expect(summary.connected).toBe(50);
    expectNothingLost(summary);
  });

  it('takes away what a killed one left, and keeps its probes when asked to', async () => {
    await run({ name: 'kept', agents: 10, rate: '10/s', for: '1s', probes: 3 }, { keep: true });
    expect(collector.registry.probes().map(({ spec }) => spec.name)).toEqual(['kept-1', 'kept-2', 'kept-3']);
    await run({ name: 'kept', agents: 10, rate: '10/s', for: '1s', probes: 1 });
    expect(collector.registry.probes()).toEqual([]);
  });

  it('ends with the reasons when its agents cannot connect in time, and leaves no probes', async () => {
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const collectors = [`http://127.0.0.1:${(nobody.address() as AddressInfo).port}`];
    await new Promise((resolve) => nobody.close(resolve));
    const connectMs = SIMULATE_LIMITS.connectMs.value / 200;
    const refused = await run({ name: 'lost', agents: 5, rate: '5/s', collectors }, { connectMs }).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(CliError);
    expect(refused).toMatchObject({ exit: 69, message: '0 of 5 agents could connect' });
    expect((refused as CliError).why).toMatch(/^\d+ sessions ended with: .*ECONNREFUSED/);
    expect(collector.registry.probes()).toEqual([]);
  });

  it('refuses a collector whose own probes its agents would run', async () => {
    await collector.registry.apply({
      version: 1,
      targets: [{ name: 'real', url: 'https://video.example/' }],
      probes: [{ name: 'front', type: 'http', targets: ['real'], every: '30s' }],
    });
    const refused = await run({ name: 'mixed' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CliError);
    expect((refused as CliError).why).toContain('front');
    expect((refused as CliError).exit).toBe(75);
    await collector.registry.pause('front');
    const { summary } = await run({ name: 'mixed', agents: 10, rate: '10/s', for: '1s' });
    expect(summary.connected).toBe(10);
  });
});
