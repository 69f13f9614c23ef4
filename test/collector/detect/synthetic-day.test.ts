import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../collector/detect/observation.ts';
import { SyntheticWorld, type WorldOptions } from '../../../collector/detect/synthetic-day.ts';

const MINUTE_MS = 60_000;
const HOUR: WorldOptions = { seed: 1, regions: 4, agentsPerRegion: 6, lengthMs: 60 * MINUTE_MS };
const CALM = { ...HOUR, churn: false, loss: false };

const runsOf = (options: WorldOptions): Observation[] => [...new SyntheticWorld(options).observations()];

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

describe('a synthetic world', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(runsOf(HOUR)).toEqual(runsOf(HOUR));
    expect(runsOf({ ...HOUR, seed: 2 })).not.toEqual(runsOf(HOUR));
  });

  it('gives its runs in the order in which they are seen, each slot once or twice', () => {
    const runs = runsOf(HOUR);
    expect(runs.map(({ seenMs }) => seenMs)).toEqual(
      runs.map(({ seenMs }) => seenMs).toSorted((a, b) => a - b),
    );
    const slots = runs.map(({ agent, probe, target, scheduledMs }) =>
      [agent, probe, target, scheduledMs].join(),
    );
    const twice = slots.length - new Set(slots).size;
    expect(twice).toBeGreaterThan(0);
    expect(twice).toBeLessThan(0.02 * slots.length);
    // Three checks a minute, of which few are lost.
    expect(new Set(slots).size).toBeGreaterThan(0.9 * 24 * 3 * 60);
  });

  it('has agents that stray to another edge, as many as are asked for', () => {
    const { agents } = new SyntheticWorld({ ...CALM, regions: 8, agentsPerRegion: 20, strays: 0.4 });
    const astray = agents.filter(
      ({ pop, region }) => pop !== (Number(region.slice(1)) < 4 ? 'pop0' : 'pop1'),
    );
    // Half of them to the edge that they would have had.
    expect(astray.length / agents.length).toBeGreaterThan(0.1);
    expect(astray.length / agents.length).toBeLessThan(0.3);
  });

  it('has networks that span the regions of a country, and edges that span countries', () => {
    const { agents } = new SyntheticWorld(CALM);
    const regionsOf = (isp: string) =>
      new Set(agents.filter((one) => one.isp === isp).map((one) => one.region));
    expect(regionsOf('c0-cable')).toEqual(new Set(['r0', 'r1']));
    expect(new Set(agents.map(({ pop }) => pop)).size).toBe(1);
  });

  it.each([
    ['a region', { region: 'r1' }],
    ['a network', { isp: 'c0-cable' }],
    ['a target in a country', { target: 'live', country: 'c1' }],
  ])('slows %s, and nothing else', (_, where) => {
    const fault = { kind: 'slow', value: 3, where, atMs: 30 * MINUTE_MS, lengthMs: 30 * MINUTE_MS } as const;
    const options = { ...CALM, faults: [fault] };
    const { startMs } = new SyntheticWorld(options);
    const ratios = [
      ...Map.groupBy(runsOf(options), ({ agent, probe, target }) => [agent, probe, target].join()),
    ].map(([, runs]) => {
      const values = (isAfter: boolean) =>
        runs
          .filter(({ scheduledMs }) => scheduledMs - startMs >= fault.atMs === isAfter)
          .flatMap(({ metrics }) => Object.values(metrics));
      const [first] = runs as [Observation];
      const labels: Record<string, string> = { ...first.dims, region: first.region, target: first.target };
      const isIn = Object.entries(where).every(([name, value]) => labels[name] === value);
      return { isIn, ratio: median(values(true)) / median(values(false)) };
    });
    expect(ratios.filter(({ isIn }) => isIn).length).toBeGreaterThan(0);
    for (const { isIn, ratio } of ratios) {
      if (isIn) expect(ratio).toBeGreaterThan(2);
      else expect(ratio).toBeLessThan(1.5);
    }
  });

  it('fails the share of runs that a fault says, with the blame of a server or of nobody', () => {
    const at = { where: {}, atMs: 0, lengthMs: 60 * MINUTE_MS };
    const failed = runsOf({ ...CALM, faults: [{ kind: 'fail', value: 0.3, ...at }] }).filter(
      ({ outcome }) => outcome === 'fail',
    );
    expect(failed.length / (24 * 3 * 60)).toBeGreaterThan(0.25);
    expect(failed.every(({ failure }) => failure?.blame === 'target')).toBe(true);
    const dead = runsOf({ ...CALM, faults: [{ kind: 'blackhole', value: 1, ...at }] });
    expect(new Set(dead.map(({ failure }) => failure?.code))).toEqual(new Set(['timeout']));
  });

  it('has agents that go with and without a word, and nothing of those that are away', () => {
    const world = new SyntheticWorld({
      seed: 3,
      regions: 4,
      agentsPerRegion: 15,
      lengthMs: 24 * 60 * MINUTE_MS,
      checks: [],
    });
    const states = new Set<string>();
    for (let nowMs = world.startMs; nowMs < world.endMs; nowMs += MINUTE_MS)
      for (const { state } of world.fleetAt(nowMs)) states.add(state);
    expect(states).toEqual(new Set(['connected', 'silent', 'stopped']));
    const [down] = world.agents.flatMap(({ id, downs }) => downs.map((one) => ({ id, ...one })));
    const during = runsOf({ seed: 3, regions: 4, agentsPerRegion: 15, lengthMs: HOUR.lengthMs }).filter(
      ({ agent, scheduledMs }) =>
        agent === down?.id &&
        scheduledMs - world.startMs >= down.fromMs &&
        scheduledMs - world.startMs < down.untilMs,
    );
    expect(during).toEqual([]);
  });
});
