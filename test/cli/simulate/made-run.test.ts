import { describe, expect, it } from 'vitest';
import { hashOf } from '../../../cli/simulate/draws.ts';
import { FaultWindows } from '../../../cli/simulate/fault-window.ts';
import { makeRun, type Vantage } from '../../../cli/simulate/made-run.ts';
import { diurnalFactor, regionProfile } from '../../../cli/simulate/region-profile.ts';
import { httpProbe } from '../../../probes/http/http.ts';
import { isMetricName } from '../../../probes/metrics.ts';
import { parseFault } from '../../../sandbox/index.ts';

const START_MS = Date.UTC(2026, 10, 21, 12);
const RUN = { checkHash: hashOf('sim-1\nsim-1'), timeoutMs: 5000 };

function vantageOf(
  more: { seed?: number; region?: string; agent?: string; faults?: string[] } = {},
): Vantage {
  const { seed = 1, region = 'region-3', agent = 'sim-3-1', faults = [] } = more;
  const windows = new FaultWindows(faults.map(parseFault));
  windows.begin(START_MS);
  return { seed, agentHash: hashOf(agent), region: regionProfile(seed, region), faults: windows };
}

/** A thousand runs, one a second. */
const runsOf = (vantage: Vantage) =>
  Array.from({ length: 1000 }, (_, i) => makeRun(vantage, RUN, START_MS + i * 1000));

const medianTtfb = (vantage: Vantage): number => {
  const values = runsOf(vantage).flatMap(({ metrics }) => metrics.ttfb_ms ?? []);
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
};

const shareOf = (vantage: Vantage, code: string): number =>
  runsOf(vantage).filter(({ failure }) => failure?.code === code).length / 1000;

describe('a made-up run', () => {
  it('is the same for the same seed, agent, check and slot', () => {
    expect(runsOf(vantageOf())).toEqual(runsOf(vantageOf()));
  });

  it.each([
    ['seed', { seed: 2 }],
    ['agent', { agent: 'sim-3-2' }],
    ['region', { region: 'region-4' }],
  ])('is another for another %s', (_what, more) => {
    expect(makeRun(vantageOf(more), RUN, START_MS)).not.toEqual(makeRun(vantageOf(), RUN, START_MS));
  });

  it('has the metrics of the real probe, which add up, and its attributes', () => {
    const run = runsOf(vantageOf()).find(({ outcome }) => outcome === 'ok');
    // There is no kernel to ask.
    const metrics = httpProbe.metrics.filter((name) => name !== 'tcp_rtt_ms');
    expect(Object.keys(run?.metrics ?? {}).sort()).toEqual(metrics.sort());
    expect(Object.keys(run?.metrics ?? {}).every(isMetricName)).toBe(true);
    const { dns_ms = 0, connect_ms = 0, tls_ms = 0, ttfb_ms = 0, transfer_ms = 0 } = run?.metrics ?? {};
    expect(run?.metrics.http_total_ms).toBeCloseTo(dns_ms + connect_ms + tls_ms + ttfb_ms + transfer_ms, 6);
    expect(run?.attributes).toMatchObject({ http_version: '1.1', cache_status: expect.any(String) });
    expect(run?.attributes).toMatchObject({ pop: expect.any(String), server_ip: expect.any(String) });
  });

  it('fails seldom on a good day, and varies as latencies do: the mean above the median', () => {
    const runs = runsOf(vantageOf());
    const failed = runs.filter(({ outcome }) => outcome === 'fail').length;
    expect(failed).toBeLessThan(15);
    const values = runs.flatMap(({ metrics }) => metrics.ttfb_ms ?? []);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeGreaterThan(medianTtfb(vantageOf()));
    expect(new Set(values).size).toBeGreaterThan(500);
  });

  it('drifts with the hour of the day', () => {
    const region = regionProfile(1, 'region-3');
    const factors = Array.from({ length: 24 }, (_, hour) => diurnalFactor(region, hour * 3_600_000));
    expect(Math.max(...factors)).toBeGreaterThan(1.02);
    expect(Math.min(...factors)).toBeLessThan(0.98);
    expect(Math.max(...factors)).toBeLessThan(1.2);
  });
});

describe('a fault of the region', () => {
  it('of latency adds itself to the first byte, within its window alone', () => {
    const vantage = vantageOf({ faults: ['region-3:latency=400ms@100s+200s'] });
    const clear = runsOf(vantageOf());
    runsOf(vantage).forEach((run, second) => {
      const before = clear[second]?.metrics.ttfb_ms ?? 0;
      const added = (run.metrics.ttfb_ms ?? 0) - before;
      expect(added).toBeCloseTo(second >= 100 && second < 300 ? 400 : 0, 6);
    });
  });

  it('of jitter adds a part of itself', () => {
    const calm = medianTtfb(vantageOf());
    const shaken = medianTtfb(vantageOf({ faults: ['region-3:jitter=200ms@0s'] }));
    expect(shaken - calm).toBeGreaterThan(50);
    expect(shaken - calm).toBeLessThan(150);
  });

  it('of bandwidth lengthens the transfer', () => {
    const [run] = runsOf(vantageOf({ faults: ['region-3:bandwidth=500kbit@0s'] }));
    const [clear] = runsOf(vantageOf());
    expect(run?.metrics.transfer_ms).toBeGreaterThan(5 * (clear?.metrics.transfer_ms ?? 0));
  });

  it.each([
    ['error=503:20%', 'status', 0.2],
    ['reset=30%', 'reset', 0.3],
    ['truncate=50%', 'truncated', 0.5],
    ['blackhole', 'timeout', 1],
    ['latency=9s', 'timeout', 1],
  ])('of %s fails its share of the runs with %s', (fault, code, share) => {
    const measured = shareOf(vantageOf({ faults: [`region-3:${fault}@0s`] }), code);
    expect(Math.abs(measured - share)).toBeLessThan(0.05);
  });

  it('lasts no longer than the timeout of the probe', () => {
    for (const { durationMs } of runsOf(vantageOf({ faults: ['region-3:blackhole@0s'] })))
      expect(durationMs).toBeLessThan(RUN.timeoutMs + 10);
  });

  it('does nothing before the experiment began', () => {
    const windows = new FaultWindows([parseFault('region-3:blackhole@0s')]);
    const vantage = { ...vantageOf(), faults: windows };
    expect(makeRun(vantage, RUN, START_MS)).toEqual(makeRun(vantageOf(), RUN, START_MS));
  });
});
