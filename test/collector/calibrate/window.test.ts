import { describe, expect, it } from 'vitest';
import { kindKey, pairKey, type Quartiles, uncertaintyOf } from '../../../collector/calibrate/window.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';
import { windowOf } from './calibrated.ts';

/** Interpolated, as the store computes them. */
function quartilesOf(values: readonly number[]): Quartiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number) => {
    const place = q * (sorted.length - 1);
    const low = sorted[Math.floor(place)] ?? 0;
    return low + (place % 1) * ((sorted[Math.ceil(place)] ?? 0) - low);
  };
  return { count: values.length, low: at(0.25), median: at(0.5), high: at(0.75) };
}

describe('the uncertainty of an error', () => {
  it.each([
    [60, 15],
    [20, 8],
    [8, 8],
  ])(
    'is half of an interval that holds the true one in about 90 %% of windows of %d and %d runs',
    (twins, browsers) => {
      const random = new Random(7);
      const draw = (count: number, median: number) =>
        quartilesOf(Array.from({ length: count }, () => median + 12 * random.normal()));
      let inside = 0;
      for (let window = 0; window < 2000; window += 1) {
        const twin = draw(twins, 300);
        const browser = draw(browsers, 320);
        if (Math.abs(browser.median - twin.median - 20) <= uncertaintyOf(twin, browser)) inside += 1;
      }
      expect(inside / 2000).toBeGreaterThan(0.83);
      expect(inside / 2000).toBeLessThan(0.95);
    },
  );

  it('falls with the root of the number of runs', () => {
    const of = (count: number): Quartiles => ({ count, low: 290, median: 300, high: 310 });
    expect(uncertaintyOf(of(100), of(100))).toBeCloseTo(uncertaintyOf(of(25), of(25)) / 2, 9);
    expect(uncertaintyOf({ ...of(8), low: 300, high: 300 }, { ...of(8), low: 300, high: 300 })).toBe(0);
  });
});

describe('the keys of a window', () => {
  it('tell pairs apart whatever their names are, and kinds within a pair', () => {
    expect(pairKey(windowOf(0, 1, { region: 'a","b', target: 'c' }))).not.toBe(
      pairKey(windowOf(0, 1, { region: 'a', target: 'b","c' })),
    );
    const window = windowOf(0, 15);
    expect(pairKey(windowOf(9, 99))).toBe(pairKey(window));
    for (const more of [{ player: 'hls.js' }, { format: 'hls' }, { basis: 'region' } as const]) {
      expect(pairKey({ ...window, ...more })).toBe(pairKey(window));
      expect(kindKey({ ...window, ...more })).not.toBe(kindKey(window));
    }
  });
});
