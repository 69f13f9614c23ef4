import { describe, expect, it } from 'vitest';
import { planSchedule } from '../../../collector/plan/plan.ts';
import { TimeToDetect } from '../../../collector/plan/time-to-detect.ts';
import { probeSchema } from '../../../probes/spec.ts';
import { labelsOf } from '../../support/records.ts';

const probe = (more: Record<string, unknown> = {}) =>
  probeSchema.parse({
    name: 'front',
    type: 'http',
    targets: ['a', 'b'],
    every: '10s',
    timeout: '5s',
    ...more,
  });
const agent = (id: string, region: string, browser = '') => ({
  id,
  labels: labelsOf(region),
  capabilities: { probeTypes: ['http', 'video-start'], browser },
});
const FLEET = ['eu-west', 'us-east'].flatMap((region) =>
  [1, 2, 3].map((n) => agent(`${region}-${n}`, region)),
);
const NEVER = { of: () => undefined };

describe('a plan', () => {
  it('says who runs what and what it costs them', () => {
    const { probes, agents } = planSchedule([probe({ from: '2 per region' })], FLEET, NEVER);
    expect(probes).toMatchObject([
      { probe: 'front', everyMs: 10_000, targets: 2, short: 0, runsPerMinute: 48 },
    ]);
    expect(probes[0]?.places.map(({ value, chosen }) => [value, chosen.length])).toEqual([
      ['eu-west', 2],
      ['us-east', 2],
    ]);
    expect(agents.map(({ checks, runsPerMinute, atOnceMax }) => [checks, runsPerMinute, atOnceMax])).toEqual([
      ...Array(4).fill([2, 12, 1]),
      ...Array(2).fill([0, 0, 0]),
    ]);
  });

  it('counts what is short of the number that was asked for', () => {
    const { probes } = planSchedule([probe({ from: '5 per region' })], FLEET, NEVER);
    expect(probes[0]?.short).toBe(4);
  });

  it('counts the browser by itself, and only agents that have one', () => {
    const fleet = [...FLEET, agent('eu-west-browser', 'eu-west', 'Chromium 156')];
    const watch = probe({ name: 'watch', type: 'video-start', every: '30s', timeout: '15s' });
    const { agents, probes } = planSchedule([watch], fleet, NEVER);
    expect(agents[0]).toMatchObject({ agent: 'eu-west-browser', atOnceMax: 1, browserAtOnceMax: 1 });
    expect(probes[0]?.regions.map(({ region, agents: count }) => [region, count])).toEqual([['eu-west', 1]]);
  });

  it('has paused probes without load', () => {
    const { agents, probes } = planSchedule([probe({ paused: true })], FLEET, NEVER);
    expect(probes[0]).toMatchObject({ paused: true, runsPerMinute: 0 });
    expect(agents.map(({ checks }) => checks)).toEqual(FLEET.map(() => 0));
  });
});

describe('the time to detect', () => {
  const time = new TimeToDetect();
  const outageShows = (agents: number, everyMs: number) =>
    time.of({ agents, otherRegions: 2, everyMs })?.afterMs ?? Number.POSITIVE_INFINITY;

  it('is a few intervals with three agents, and the region is what shows', () => {
    const found = time.of({ agents: 3, otherRegions: 2, everyMs: 10_000 });
    expect(found?.scope).toBe('region');
    expect(found?.afterMs).toBeGreaterThan(5000);
    expect(found?.afterMs).toBeLessThan(120_000);
  });

  it('is shorter with shorter intervals, and not longer with more agents', () => {
    expect(outageShows(3, 2000)).toBeLessThan(outageShows(3, 30_000));
    expect(outageShows(6, 10_000)).toBeLessThanOrEqual(outageShows(3, 10_000));
  });

  it('of a region with one agent shows as a fault of that agent, or not at all', () => {
    expect(time.of({ agents: 1, otherRegions: 2, everyMs: 10_000 })?.scope ?? 'agent').toBe('agent');
  });

  it('is undefined where nobody looks', () => {
    expect(time.of({ agents: 0, otherRegions: 2, everyMs: 10_000 })).toBeUndefined();
  });

  it('is worked out for intervals of an hour and a day as well', () => {
    expect(outageShows(3, 3_600_000)).toBeGreaterThan(1_800_000);
    expect(outageShows(3, 86_400_000)).toBeGreaterThan(43_200_000);
  });
});
