import { describe, expect, it } from 'vitest';
import { Histogram } from '../../../cli/simulate/histogram.ts';

describe('the histogram of durations', () => {
  it('knows percentiles within its step of 5 %', () => {
    const histogram = new Histogram();
    for (let ms = 1; ms <= 1000; ms += 1) histogram.add(ms);
    for (const [share, exact] of [
      [0.5, 500],
      [0.95, 950],
      [0.99, 990],
    ] as const) {
      expect(histogram.quantile(share)).toBeGreaterThanOrEqual(exact);
      expect(histogram.quantile(share)).toBeLessThanOrEqual(exact * 1.05);
    }
    expect(histogram.percentiles()?.max).toBe(1000);
  });

  it('never says more than the largest value', () => {
    const histogram = new Histogram();
    histogram.add(333);
    expect(histogram.percentiles()).toEqual({ p50: 333, p95: 333, p99: 333, max: 333 });
  });

  it('takes nothing, the smallest and the absurd', () => {
    const histogram = new Histogram();
    expect(histogram.percentiles()).toBeUndefined();
    histogram.add(0);
    expect(histogram.quantile(1)).toBe(0);
    histogram.add(1e12);
    expect(histogram.count).toBe(2);
    expect(histogram.percentiles()?.max).toBe(1e12);
  });

  it('begins anew when cleared', () => {
    const histogram = new Histogram();
    histogram.add(10);
    histogram.clear();
    expect(histogram.percentiles()).toBeUndefined();
  });
});
