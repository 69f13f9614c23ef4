import { describe, expect, it } from 'vitest';
import { Random } from '../../../collector/detect/synthetic-random.ts';
import {
  acceptedChance,
  differenceOf,
  outsideStudent,
  quantileEstimate,
  type Section,
  shareEstimate,
  studentQuantile,
} from '../../../collector/latency/noise.ts';

const SECTIONS = 12;
const even = (values: readonly number[], count = 100): Section[] => values.map((value) => ({ count, value }));

describe("Student's t", () => {
  it.each([
    [1, 12.706],
    [2, 4.303],
    [5, 2.571],
    [11, 2.201],
    [30, 2.042],
    [200, 1.972],
  ])('of %d degrees has 95 %% within %d, as in every table', (degrees, t) => {
    expect(studentQuantile(degrees)).toBeCloseTo(t, 2);
    expect(outsideStudent(t, degrees)).toBeCloseTo(0.05, 3);
  });
});

describe('the estimate of a quantile', () => {
  it('is as uncertain as its sections differ', () => {
    const calm = quantileEstimate(0.5, 100, even([99, 101, 100, 100, 99, 101]));
    const wild = quantileEstimate(0.5, 100, even([50, 150, 80, 120, 60, 140]));
    expect(wild?.variance).toBeGreaterThan((calm?.variance ?? 0) * 100);
  });

  it('needs five sections with runs, and five runs beyond the quantile', () => {
    expect(quantileEstimate(0.5, 1, even([1, 1, 1, 1]))).toBeUndefined();
    expect(quantileEstimate(0.99, 1, even([1, 1, 1, 1, 1], 99))).toBeUndefined();
    expect(quantileEstimate(0.99, 1, even([1, 1, 1, 1, 1], 100))).toBeDefined();
    expect(quantileEstimate(0.5, null, even([1, 1, 1, 1, 1]))).toBeUndefined();
  });

  it('leaves to chance what the sketches may be off by', () => {
    const same = (value: number) => quantileEstimate(0.5, value, even(Array(6).fill(value)));
    const { low, high, p } = differenceOf(same(101) as never, same(100) as never);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(1);
    expect(p).toBe(1);
    expect(differenceOf(same(105) as never, same(100) as never).p).toBe(0);
  });
});

describe('the estimate of a share', () => {
  const shares = (good: number, count: number) =>
    shareEstimate(Array.from({ length: 6 }, () => ({ good, count })));

  it('is uncertain even where nothing failed', () => {
    expect(shares(10, 10)?.variance).toBeGreaterThan(0);
    expect(shares(3, 3)).toBeUndefined();
  });

  it('finds forty failures of a thousand where there were none', () => {
    const { p, value } = differenceOf(shares(160, 167) as never, shares(167, 167) as never);
    expect(value).toBeCloseTo(-0.042, 3);
    expect(p).toBeLessThan(0.01);
  });

  it('is more uncertain where failures come together', () => {
    const together = shareEstimate([0, 1, 2, 3, 4, 5].map((i) => ({ good: i === 0 ? 0 : 100, count: 100 })));
    const apart = shares(83, 100);
    expect(together?.variance).toBeGreaterThan((apart?.variance ?? 0) * 20);
  });
});

describe('differences of a whole table', () => {
  it('are accepted so that one in twenty of the accepted ones is by chance', () => {
    expect(acceptedChance([0.04])).toBe(0.04);
    expect(acceptedChance([0.04, 0.9, 0.9, 0.9])).toBe(-1);
    expect(acceptedChance([0.001, 0.02, 0.9, 0.03])).toBe(0.03);
    expect(acceptedChance([])).toBe(-1);
  });
});

/** Hours of latencies whose noise has a memory of `memory` from one run to the next, within a share of a level. */
function hour(random: Random, memory: number, level = 100): { whole: number; sections: Section[] } {
  let state = random.normal();
  const values = Array.from({ length: SECTIONS * 60 }, () => {
    state = memory * state + Math.sqrt(1 - memory ** 2) * random.normal();
    return level * Math.exp(0.3 * state);
  });
  const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[all.length >> 1] as number;
  const sections = Array.from({ length: SECTIONS }, (_, i) => ({
    count: 60,
    value: median(values.slice(i * 60, (i + 1) * 60)),
  }));
  return { whole: median(values), sections };
}

/** How often two hours of the same are called different, and how often they are when one is a fifth slower. */
function study(memory: number, ratio: number): number {
  const random = new Random(memory * 100);
  const rounds = 400;
  let called = 0;
  for (let i = 0; i < rounds; i += 1) {
    const [a, b] = [hour(random, memory, 100 * ratio), hour(random, memory)];
    const { p } = differenceOf(
      quantileEstimate(0.5, a.whole, a.sections) as never,
      quantileEstimate(0.5, b.whole, b.sections) as never,
    );
    if (p <= 0.05) called += 1;
  }
  return called / rounds;
}

describe('two hours of the same latency', () => {
  it.each([0, 0.5, 0.9])(
    'whose noise remembers %d of the run before are called different in 6 %% at most',
    (memory) => {
      expect(study(memory, 1)).toBeLessThan(0.06);
    },
  );

  it('are called different when one is a fifth slower', () => {
    expect(study(0.5, 1.2)).toBeGreaterThan(0.95);
  });
});
