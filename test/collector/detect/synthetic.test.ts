import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../collector/detect/observation.ts';
import { lowerMedian } from '../../../collector/detect/sorted-window.ts';
import { LOCAL_CHECKS, syntheticFleet } from '../../../collector/detect/synthetic.ts';
import { HostNoise } from '../../../collector/detect/synthetic-noise.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';

const values = (runs: readonly Observation[], metric: string): number[] =>
  runs.flatMap((run) => run.metrics[metric] ?? []);

describe('a synthetic fleet', () => {
  it('is the same for the same seed, and another for another', () => {
    const one = syntheticFleet({ seed: 5, lengthMs: 30_000 });
    expect(syntheticFleet({ seed: 5, lengthMs: 30_000 }).observations).toEqual(one.observations);
    expect(syntheticFleet({ seed: 6, lengthMs: 30_000 }).observations).not.toEqual(one.observations);
  });

  it('is ordered by when rows are seen, with some out of slot order, some twice', () => {
    const { observations } = syntheticFleet({ seed: 1, lengthMs: 300_000 });
    const seen = observations.map((run) => run.seenMs);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    const slots = observations.map((run) => `${run.agent} ${run.probe} ${run.target} ${run.scheduledMs}`);
    expect(new Set(slots).size).toBeLessThan(slots.length);
    expect(
      observations.some((run, i) => run.scheduledMs < (observations[i - 1]?.scheduledMs ?? 0) - 1000),
    ).toBe(true);
  });

  it('runs every check at every agent, the browser only at one a region', () => {
    const { observations, agents } = syntheticFleet({ seed: 1, lengthMs: 90_000 });
    expect(agents).toHaveLength(9);
    const browsers = observations.filter((run) => run.type === 'video-start').map((run) => run.agent);
    expect(new Set(browsers)).toEqual(new Set(['us-east-1', 'eu-west-1', 'ap-southeast-1']));
    for (const check of LOCAL_CHECKS.filter((one) => !one.browser)) {
      const at = observations.filter((run) => run.probe === check.probe && run.target === check.target);
      expect(new Set(at.map((run) => run.agent)).size).toBe(9);
    }
  });

  it('puts a latency fault where and when it belongs, and nowhere else', () => {
    const faults = [
      { kind: 'latency', value: 400, atMs: 60_000, lengthMs: 60_000, region: 'eu-west' },
    ] as const;
    const { observations, startMs } = syntheticFleet({ seed: 2, lengthMs: 180_000, faults });
    const median = (region: string, fromS: number, untilS: number) =>
      lowerMedian(
        values(
          observations.filter(
            (run) =>
              run.region === region &&
              run.type === 'http' &&
              run.scheduledMs >= startMs + fromS * 1000 &&
              run.scheduledMs < startMs + untilS * 1000,
          ),
          'ttfb_ms',
        ),
      );
    expect(median('eu-west', 60, 120)).toBeGreaterThan(390);
    expect(median('us-east', 60, 120)).toBeLessThan(100);
    expect(median('eu-west', 20, 60)).toBeLessThan(100);
    expect(median('eu-west', 120, 180)).toBeLessThan(100);
  });

  it('times out in a blackhole, and says so no earlier than the timeout', () => {
    const faults = [
      { kind: 'blackhole', value: 1, atMs: 0, lengthMs: 60_000, agents: ['eu-west-1'] },
    ] as const;
    const { observations } = syntheticFleet({ seed: 2, lengthMs: 60_000, faults });
    const lost = observations.filter((one) => one.agent === 'eu-west-1');
    expect(lost.length).toBeGreaterThan(0);
    for (const run of lost) {
      expect(run.failure?.code).toBe('timeout');
      expect(run.seenMs - run.scheduledMs).toBeGreaterThanOrEqual(2000);
    }
  });

  it('lets a killed agent say nothing, and the fleet call it silent fifteen seconds later', () => {
    const faults = [{ kind: 'kill', value: 1, atMs: 30_000, lengthMs: 1e9, agents: ['us-east-2'] }] as const;
    const { observations, startMs, fleetAt } = syntheticFleet({ seed: 3, lengthMs: 90_000, faults });
    const last = observations.filter((run) => run.agent === 'us-east-2').map((run) => run.scheduledMs);
    expect(last.length).toBeGreaterThan(0);
    expect(Math.max(...last)).toBeLessThan(startMs + 30_000);
    const stateAt = (s: number) => fleetAt(startMs + s * 1000).find(({ id }) => id === 'us-east-2')?.state;
    expect([stateAt(44), stateAt(46)]).toEqual(['connected', 'silent']);
  });
});

describe('the noise of a host', () => {
  it('remembers the last run: successive values of an agent are correlated', () => {
    const noise = new HostNoise(new Random(1), 0, [], { autocorrelation: 0.6 });
    const logs = Array.from({ length: 4000 }, () => Math.log(noise.agentFactor('a')));
    const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length;
    let own = 0;
    let lagged = 0;
    for (let i = 1; i < logs.length; i += 1) {
      own += ((logs[i] as number) - mean) ** 2;
      lagged += ((logs[i] as number) - mean) * ((logs[i - 1] as number) - mean);
    }
    expect(lagged / own).toBeGreaterThan(0.5);
    expect(lagged / own).toBeLessThan(0.7);
  });

  it('raises everybody while a browser runs', () => {
    const noise = new HostNoise(new Random(1), 60_000, [30_000], {
      browserDelayMs: 100,
      stallShare: 0,
      contentionDelayMs: 0,
      tailShare: 0,
    });
    const delays = Array.from({ length: 50 }, () => noise.during(30_500).delayMs);
    expect(Math.min(...delays)).toBeGreaterThan(0);
  });
});
