import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  lowerMedian,
  quantileOf,
  SortedWindow,
  WindowPool,
} from '../../../collector/detect/sorted-window.ts';

describe('a sorted window', () => {
  it('agrees with sorting the last values, for any values, capacity and quantile', () => {
    const values = fc.array(
      fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, capacity, q) => {
          const window = new SortedWindow(capacity);
          for (const value of all) window.push(value);
          const kept = all.slice(-capacity).sort((a, b) => a - b);
          const rank = Math.min(kept.length, Math.max(1, Math.ceil(q * (kept.length + 1))));
          expect(window.size).toBe(kept.length);
          expect(window.quantile(q)).toBe(kept[rank - 1]);
          expect(quantileOf(kept, q)).toBe(kept[rank - 1]);
          expect(window.values()).toEqual(all.slice(-capacity));
        },
      ),
    );
  });

  it('has no quantile while it is empty', () => {
    expect(new SortedWindow(3).quantile(0.5)).toBeNaN();
  });

  it('errs towards the outer value while it is small', () => {
    const window = new SortedWindow(120);
    for (let i = 1; i <= 10; i += 1) window.push(i);
    expect(window.quantile(0.75)).toBe(9);
  });
});

describe('windows that share their room', () => {
  it('have nothing to do with each other, and take the room of those that are gone', () => {
    const pool = new WindowPool(4);
    const [a, b, c] = [4, 2, 3].map((capacity) => new SortedWindow(capacity, pool));
    for (const value of [1, 2, 3, 4, 5]) for (const window of [a, b, c]) window?.push(value);
    expect([a, b, c].map((window) => window?.values())).toEqual([
      [2, 3, 4, 5],
      [4, 5],
      [3, 4, 5],
    ]);
    b?.forget();
    const d = new SortedWindow(4, pool);
    expect(d.values()).toEqual([]);
    d.push(9);
    expect(a?.values()).toEqual([2, 3, 4, 5]);
    c?.clear();
    expect([c?.size, d.size]).toEqual([0, 1]);
  });
});

describe('the lower median', () => {
  it('is a value that is there, the lower one of two in the middle', () => {
    expect(lowerMedian([4, 1, 3, 2])).toBe(2);
    expect(lowerMedian([5, 1, 3])).toBe(3);
  });

  it('takes infinity for what it is', () => {
    expect(lowerMedian([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it('is not a number for nothing', () => {
    expect(lowerMedian([])).toBeNaN();
  });
});

describe('a window that is resized', () => {
  it('holds the newest numbers that fit, and goes on from there', () => {
    const window = new SortedWindow(5);
    for (const value of [9, 1, 8, 2, 7, 3]) window.push(value);
    window.resize(3);
    expect(window.size).toBe(3);
    expect([window.quantile(0), window.quantile(0.5), window.quantile(1)]).toEqual([2, 3, 7]);
    window.push(10);
    expect([window.quantile(0), window.quantile(1)]).toEqual([3, 10]);
    window.resize(4);
    window.push(1);
    expect([window.size, window.quantile(0), window.quantile(1)]).toEqual([4, 1, 10]);
  });
});
