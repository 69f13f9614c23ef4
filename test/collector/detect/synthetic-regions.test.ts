import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../collector/detect/observation.ts';
import {
  agentNames,
  REGIONS_START_MS,
  type RegionFault,
  type RegionsOptions,
  regionName,
  regionRuns,
} from '../../../collector/detect/synthetic-regions.ts';

const EVERY_MS = 60_000;
const OPTIONS: RegionsOptions = { seed: 3, regions: 2, agentsPerRegion: 4, rounds: 200, everyMs: EVERY_MS };
const FAULT: RegionFault = {
  kind: 'slow',
  value: 0.5,
  shape: 'step',
  region: regionName(1),
  agents: agentNames(1, 3),
  fromRound: 100,
  rounds: 40,
};

const runs = (more: Partial<RegionsOptions> = {}): Observation[] => [...regionRuns({ ...OPTIONS, ...more })];
const roundOf = (run: Observation): number => Math.floor((run.scheduledMs - REGIONS_START_MS) / EVERY_MS);
const flat = { background: () => () => 100 };
const valuesOf = (all: readonly Observation[], agent: string): number[] =>
  all.filter((run) => run.agent === agent).map((run) => run.metrics.rtt_ms ?? 0);

describe('synthetic regions', () => {
  it('are the same for the same seed, ordered by when runs are seen, one run a round and agent', () => {
    const all = runs();
    expect(runs()).toEqual(all);
    expect(runs({ seed: 4 })).not.toEqual(all);
    expect(all.map(({ seenMs }) => seenMs)).toEqual(
      all.map(({ seenMs }) => seenMs).toSorted((a, b) => a - b),
    );
    expect(all.length).toBe(200 * 8);
    expect(new Set(all.map((run) => `${run.agent} ${roundOf(run)}`)).size).toBe(200 * 8);
  });

  it('have a fault in its agents, in its rounds, and nowhere else', () => {
    const all = runs({ ...flat, faults: [FAULT] });
    const slow = all.filter((run) => (run.metrics.rtt_ms ?? 0) > 101);
    expect(new Set(slow.map(({ agent }) => agent))).toEqual(new Set(agentNames(1, 3)));
    expect(Math.min(...slow.map(roundOf))).toBe(100);
    expect(Math.max(...slow.map(roundOf))).toBe(139);
    expect(slow.every((run) => Math.abs((run.metrics.rtt_ms ?? 0) - 150) < 1e-9)).toBe(true);
  });

  it('let a fault grow, or come and go', () => {
    const agent = FAULT.agents[0] as string;
    const ramp = valuesOf(runs({ ...flat, faults: [{ ...FAULT, shape: 'ramp' }] }), agent);
    expect(ramp[100]).toBeCloseTo(102.5);
    expect(ramp[110]).toBeCloseTo(127.5);
    expect(ramp[130]).toBeCloseTo(150);
    const flap = valuesOf(runs({ ...flat, faults: [{ ...FAULT, shape: 'flap' }] }), agent);
    expect(flap.slice(99, 111).map((value) => value > 101)).toEqual([
      false,
      ...Array.from({ length: 5 }, () => true),
      ...Array.from({ length: 5 }, () => false),
      true,
    ]);
  });

  it('let a share of the runs fail', () => {
    const all = runs({ ...flat, faults: [{ ...FAULT, kind: 'fail', value: 0.5 }] });
    const failed = all.filter(({ outcome }) => outcome === 'fail');
    expect(failed.length).toBeGreaterThan(40);
    expect(failed.length).toBeLessThan(80);
    expect(
      failed.every(({ failure, metrics }) => failure?.code === 'timeout' && !('rtt_ms' in metrics)),
    ).toBe(true);
  });

  it('lose rows, and have some late and some twice', () => {
    const all = runs({ lost: 0.1, late: 0.1, twice: 0.1 });
    const slots = new Set(all.map((run) => `${run.agent} ${run.scheduledMs}`));
    expect(slots.size).toBeGreaterThan(1380);
    expect(slots.size).toBeLessThan(1500);
    expect(all.length).toBeGreaterThan(slots.size + 90);
    expect(all.filter((run) => run.seenMs - run.scheduledMs > EVERY_MS).length).toBeGreaterThan(60);
    expect(all.map(({ seenMs }) => seenMs)).toEqual(
      all.map(({ seenMs }) => seenMs).toSorted((a, b) => a - b),
    );
  });

  it('take traces for backgrounds, timeouts included', () => {
    const all = runs({ background: (agent) => (round) => (round === 7 ? 0 : 10 * (agent + 1)) });
    expect(valuesOf(all, 'r1-a1')[3]).toBe(60);
    expect(all.filter(({ outcome }) => outcome === 'fail').map(roundOf)).toEqual(Array(8).fill(7));
  });
});
