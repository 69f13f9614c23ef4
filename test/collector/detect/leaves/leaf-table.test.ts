import { describe, expect, it } from 'vitest';
import { expectedBad, LeafMinutes } from '../../../../collector/detect/leaves/leaf-table.ts';
import { LEAF_LIMITS } from '../../../../collector/detect/leaves/settings.ts';

function minutes(...rows: readonly [number, string, number, number][]): LeafMinutes {
  const of = new LeafMinutes(['isp', 'city'], 10, 3);
  for (const [t, names, bad, total] of rows) of.add(t, names.split(' '), bad, total);
  return of;
}

describe('minutes of leaves', () => {
  it('keep the minute asked for apart from those before it, and nothing of what comes after', () => {
    const of = minutes([9, 'a x', 1, 10], [8, 'a x', 2, 10], [10, 'a x', 5, 20], [11, 'a x', 9, 9]);
    expect(of.has).toEqual({ now: true, before: 2 });
    const { bad, badBefore, total, totalBefore, values } = of.table();
    expect([[...bad], [...total], [...badBefore], [...totalBefore]]).toEqual([[5], [20], [3], [20]]);
    expect(values).toEqual([['a'], ['x']]);
  });

  it('hold only the latest minutes, in whatever order they come', () => {
    const of = minutes([9, 'a x', 1, 1], [4, 'a x', 50, 50], [8, 'a x', 1, 1], [7, 'a x', 1, 1]);
    for (const t of [4, 0, -1]) of.add(t, ['a', 'x'], 50, 50);
    of.add(5, ['a', 'x'], 50, 50);
    expect(of.has.before).toBe(3);
    expect([...of.table().totalBefore]).toEqual([3]);
  });

  it('add up rows of one leaf in one minute, and give a leaf that is absent now zeros', () => {
    const { bad, total, totalBefore } = minutes(
      [10, 'a x', 1, 4],
      [10, 'a x', 2, 5],
      [9, 'b y', 1, 7],
    ).table();
    expect([...bad]).toEqual([3, 0]);
    expect([...total]).toEqual([9, 0]);
    expect([...totalBefore]).toEqual([0, 7]);
  });

  it('do not take two leaves for one whose names run together alike', () => {
    expect(minutes([10, 'ab c', 1, 1], [10, 'a bc', 1, 1]).table().bad).toHaveLength(2);
  });

  it('leave out and count rows of leaves over the limit, and refuse too many dimensions', () => {
    const of = new LeafMinutes(['run'], 0);
    for (let i = 0; i < LEAF_LIMITS.leaves.value + 2; i += 1) of.add(0, [`${i}`], 0, 1);
    expect(of.leftOut).toBe(2);
    expect(of.table().bad).toHaveLength(LEAF_LIMITS.leaves.value);
    const dims = Array.from({ length: LEAF_LIMITS.dims.value + 1 }, (_, d) => `d${d}`);
    expect(() => new LeafMinutes(dims, 0)).toThrow(RangeError);
  });
});

describe('what is expected', () => {
  it('is the own rate of a leaf that has a long past, and the rate of all of one that has none', () => {
    const table = minutes(
      [9, 'a x', 1000, 10_000],
      [9, 'b x', 100, 10_000],
      [10, 'a x', 0, 100],
      [10, 'b x', 0, 100],
      [10, 'c x', 0, 100],
    ).table();
    const [long, low, fresh] = expectedBad(table, 50) as unknown as [number, number, number];
    expect(long).toBeCloseTo(10, 1);
    expect(low).toBeCloseTo(1, 1);
    expect(fresh).toBeCloseTo(5.5, 1);
  });

  it('is the rate of all now where nothing came before', () => {
    const table = minutes([10, 'a x', 10, 100], [10, 'b x', 0, 100]).table();
    const [a, b] = expectedBad(table, 50) as unknown as [number, number];
    expect(a).toBeCloseTo(5.2, 1);
    expect(b).toBe(a);
  });
});
