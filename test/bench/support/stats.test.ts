import { describe, expect, it } from 'vitest';
import { fitLine, median, percentile } from './stats.ts';

describe('the median', () => {
  it('is the middle value, or the mean of the two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('orders by value and not as text', () => {
    expect(median([9, 10, 100])).toBe(10);
  });

  it('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('a percentile', () => {
  it('is a value that was there, the largest for the whole', () => {
    const values = [50, 10, 40, 20, 30];
    expect([0, 0.2, 0.21, 0.95, 1].map((share) => percentile(values, share))).toEqual([10, 10, 20, 50, 50]);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('a fitted line', () => {
  it('goes through points that lie on one', () => {
    const line = fitLine([0, 100, 300, 1000].map((x) => ({ x, y: 80 + 1.5 * x })));
    expect(line.slope).toBeCloseTo(1.5);
    expect(line.intercept).toBeCloseTo(80);
    expect(line.residualMax).toBeCloseTo(0);
  });

  it('tells how far the farthest point is off', () => {
    const line = fitLine([
      { x: 0, y: 1 },
      { x: 1, y: -2 },
      { x: 2, y: 1 },
    ]);
    expect(line.slope).toBeCloseTo(0);
    expect(line.residualMax).toBeCloseTo(2);
  });

  it('has no slope where all points have one x', () => {
    expect(
      fitLine([
        { x: 1, y: 1 },
        { x: 1, y: 2 },
      ]).slope,
    ).toBeNaN();
  });
});
