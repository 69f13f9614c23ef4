import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotAtOrAfter, slotSeries, slotsBetween } from '../../protocol/slots.ts';

const everyMs = fc.integer({ min: 500, max: 86_400_000 });
const instant = fc.integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 });

const PROBES = 50;
const AGENTS = 200;

/** Kolmogorov–Smirnov: the largest distance between the distribution of values in [0, 1) and the uniform one. */
function distanceFromUniform(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((value, at) => Math.max((at + 1) / sorted.length - value, value - at / sorted.length)),
  );
}

/** What the distance of so many uniform values exceeds with this probability at most (Massart 1990). */
function bound(count: number, probability: number): number {
  return Math.sqrt(Math.log(2 / probability) / (2 * count));
}

describe('slots', () => {
  it('are the same for the same check at the same agent, whoever asks', () => {
    expect(slotSeries('p', 't', 'a', 2000)).toEqual(slotSeries('p', 't', 'a', 2000));
  });

  it('follow each other by exactly the interval', () => {
    fc.assert(
      fc.property(everyMs, instant, (every, time) => {
        const series = slotSeries('p', 't', 'a', every);
        const slot = slotAtOrAfter(series, time);
        expect(slot).toBeGreaterThanOrEqual(time);
        expect(slot - time).toBeLessThan(every);
        expect(slotAtOrAfter(series, slot + 1)).toBe(slot + every);
      }),
    );
  });

  it('are counted as a walk over them would', () => {
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 5000 }), instant, fc.nat(100_000), (every, from, length) => {
        const series = slotSeries('p', 't', 'a', every);
        let walked = 0;
        for (let slot = slotAtOrAfter(series, from); slot < from + length; slot += every) walked += 1;
        expect(slotsBetween(series, from, from + length)).toBe(walked);
      }),
    );
  });

  it('add up over adjacent stretches', () => {
    fc.assert(
      fc.property(everyMs, instant, fc.nat(1e8), fc.nat(1e8), (every, from, first, second) => {
        const series = slotSeries('p', 't', 'a', every);
        const [middle, end] = [from + first, from + first + second];
        expect(slotsBetween(series, from, middle) + slotsBetween(series, middle, end)).toBe(
          slotsBetween(series, from, end),
        );
      }),
    );
  });

  it('are none in an empty or reversed stretch', () => {
    expect(slotsBetween(slotSeries('p', 't', 'a', 1000), 5000, 5000)).toBe(0);
    expect(slotsBetween(slotSeries('p', 't', 'a', 1000), 5000, 1000)).toBe(0);
  });

  it.each([500, 1000, 30_000, 3_600_000])(
    'of 50 probes on 200 agents are uniform over an interval of %i ms: of all, of each agent and of each probe',
    (intervalMs) => {
      const phases = Array.from({ length: PROBES }, (_, probe) =>
        Array.from({ length: AGENTS }, (_, agent) => {
          const { phaseMs } = slotSeries(`probe-${probe}`, 'target', `agent-${agent}`, intervalMs);
          expect(Number.isInteger(phaseMs) && phaseMs >= 0 && phaseMs < intervalMs).toBe(true);
          // In the middle of its millisecond, which is what a phase is a name of.
          return (phaseMs + 0.5) / intervalMs;
        }),
      );
      expect(distanceFromUniform(phases.flat())).toBeLessThan(bound(PROBES * AGENTS, 1e-6));
      const byAgent = Array.from({ length: AGENTS }, (_, agent) => phases.map((own) => own[agent] as number));
      for (const own of phases) expect(distanceFromUniform(own)).toBeLessThan(bound(AGENTS, 1e-6));
      for (const own of byAgent) expect(distanceFromUniform(own)).toBeLessThan(bound(PROBES, 1e-6));
    },
  );

  it('of targets of one probe at one agent are uniform too, in chi squared over a hundred bins', () => {
    const [targets, bins] = [20_000, 100];
    const counts = new Array<number>(bins).fill(0);
    for (let target = 0; target < targets; target += 1) {
      const { phaseMs } = slotSeries('p', `target-${target}`, 'agent-1', 60_000);
      const bin = Math.floor((phaseMs / 60_000) * bins);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const expected = targets / bins;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 99 degrees of freedom: mean 99, standard deviation 14; beyond either end lies one in 10,000.
    expect(chiSquared).toBeGreaterThan(55);
    expect(chiSquared).toBeLessThan(157);
  });

  it('that all fell on one instant, or on a grid, would be told from uniform ones', () => {
    expect(distanceFromUniform(new Array(AGENTS).fill(0.5))).toBeGreaterThan(bound(AGENTS, 1e-6));
    const grid = Array.from({ length: AGENTS }, (_, agent) => (agent % 4) / 4);
    expect(distanceFromUniform(grid)).toBeGreaterThan(bound(AGENTS, 1e-6));
  });

  it('of 10,000 agents spread evenly over the interval', () => {
    const tenths = new Array<number>(10).fill(0);
    for (let agent = 0; agent < 10_000; agent += 1) {
      const { phaseMs } = slotSeries('p', 't', `agent-${agent}`, 10_000);
      const tenth = Math.floor(phaseMs / 1000);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    // Binomial(10000, 0.1) has a standard deviation of 30.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
