import { describe, expect, it } from 'vitest';
import { Draws, hashOf } from '../../../cli/simulate/draws.ts';

const seriesOf = (a: number, b: number, c: number, instantMs: number): number[] => {
  const draws = new Draws();
  draws.seed(a, b, c, instantMs);
  return Array.from({ length: 4 }, () => draws.bits());
};

describe('draws', () => {
  it('are the same for the same keys, and others for each other key', () => {
    const base = seriesOf(1, 2, 3, 1_790_000_000_000);
    expect(seriesOf(1, 2, 3, 1_790_000_000_000)).toEqual(base);
    for (const other of [
      seriesOf(2, 2, 3, 1_790_000_000_000),
      seriesOf(1, 3, 3, 1_790_000_000_000),
      seriesOf(1, 2, 4, 1_790_000_000_000),
      seriesOf(1, 2, 3, 1_790_000_000_001),
      seriesOf(1, 2, 3, 1_790_000_000_000 + 2 ** 32),
    ])
      expect(other).not.toEqual(base);
  });

  it('are uniform over neighbouring instants', () => {
    const draws = new Draws();
    const counts = new Array<number>(10).fill(0);
    for (let slot = 0; slot < 10_000; slot += 1) {
      draws.seed(1, hashOf('sim-1-1'), hashOf('sim-1'), slot * 1000);
      const tenth = Math.floor(draws.next() * 10);
      counts[tenth] = (counts[tenth] ?? 0) + 1;
    }
    // 1000 each, with a deviation of 30.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(180);
  });

  it('stay within their bounds', () => {
    const draws = new Draws();
    draws.seed(7, 0, 0, 0);
    for (let i = 0; i < 1000; i += 1) {
      const value = draws.uniform(-2, 3);
      expect(value >= -2 && value < 3).toBe(true);
    }
  });

  it('begin from hashes that tell similar names apart', () => {
    const hashes = Array.from({ length: 10_000 }, (_, i) => hashOf(`sim-${i}`));
    expect(new Set(hashes).size).toBeGreaterThan(9990);
  });
});
