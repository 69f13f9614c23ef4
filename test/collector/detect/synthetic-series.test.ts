import { describe, expect, it } from 'vitest';
import { Random } from '../../../collector/detect/synthetic-random.ts';
import {
  labelledSeries,
  NULL_NOISES,
  type NullNoise,
  SERIES_DAY,
} from '../../../collector/detect/synthetic-series.ts';

function draws(noise: NullNoise, count: number, seed = 1): number[] {
  const next = NULL_NOISES[noise](new Random(seed));
  return Array.from({ length: count }, () => next());
}
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Correlation of the logarithm with itself `lag` samples later. */
function correlation(values: readonly number[], lag: number): number {
  const logs = values.map(Math.log);
  const centre = mean(logs);
  const products = logs.slice(lag).map((log, i) => (log - centre) * ((logs[i] as number) - centre));
  return mean(products) / mean(logs.map((log) => (log - centre) ** 2));
}

describe('noise without a change', () => {
  it.each(Object.keys(NULL_NOISES) as NullNoise[])('has the same numbers for the same seed: %s', (noise) => {
    expect(draws(noise, 50)).toEqual(draws(noise, 50));
    expect(draws(noise, 50)).not.toEqual(draws(noise, 50, 2));
    expect(draws(noise, 5000).every(Number.isFinite)).toBe(true);
  });

  it('remembers as much as it says', () => {
    expect(correlation(draws('lognormal', 20_000), 1)).toBeCloseTo(0, 1);
    expect(correlation(draws('ar1_50', 20_000), 1)).toBeCloseTo(0.5, 1);
    expect(correlation(draws('ar1_90', 20_000), 1)).toBeCloseTo(0.9, 1);
  });

  it('with busy hours comes back to them after a day', () => {
    const values = draws('diurnal', 40 * SERIES_DAY);
    expect(correlation(values, SERIES_DAY)).toBeGreaterThan(0.3);
    expect(correlation(values, SERIES_DAY / 2)).toBeLessThan(-0.3);
  });

  it('with heavy tails has values far out', () => {
    const far = draws('t3', 20_000).filter((value) => Math.abs(value - 100) > 50).length;
    expect(far).toBeGreaterThan(100);
    expect(draws('iid', 20_000).filter((value) => Math.abs(value - 100) > 50)).toHaveLength(0);
  });
});

describe('a labelled trace', () => {
  const trace = labelledSeries({ seed: 7, samples: 20_000 });

  it('has as many samples as asked for, timeouts among them, and the same for the same seed', () => {
    expect(trace.values).toHaveLength(20_000);
    expect(trace.values.filter((value) => value === 0).length).toBeGreaterThan(0);
    expect(trace.values.every((value) => value >= 0)).toBe(true);
    expect(labelledSeries({ seed: 7, samples: 20_000 })).toEqual(trace);
  });

  it('has labels that rise by at least twenty samples, about as often as asked for', () => {
    const gaps = trace.changes.map((at, i) => at - (trace.changes[i - 1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(20);
    expect(trace.changes.length).toBeGreaterThan(20);
    expect(trace.changes.length).toBeLessThan(100);
  });

  it('is elsewhere on both sides of a label', () => {
    const median = (values: readonly number[]) =>
      values.toSorted((a, b) => a - b)[values.length >> 1] as number;
    const moved = trace.changes.filter((at, i) => {
      const before = trace.values.slice(Math.max(trace.changes[i - 1] ?? 0, at - 40), at);
      const after = trace.values.slice(at, Math.min(trace.changes[i + 1] ?? 20_000, at + 40));
      return Math.abs(median(after) - median(before)) > 1;
    });
    expect(moved.length / trace.changes.length).toBeGreaterThan(0.95);
  });
});
