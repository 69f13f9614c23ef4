import { describe, expect, it } from 'vitest';
import { poisson, syntheticLeafGrid } from '../../../collector/detect/synthetic-leaves.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';

const sum = (of: Float64Array, where: (leaf: number) => boolean): number =>
  of.reduce((all, one, leaf) => all + (where(leaf) ? one : 0), 0);

describe('a grid of leaves', () => {
  const { causes, table } = syntheticLeafGrid({ seed: 4, causes: 2, sizes: [6, 5, 4], units: 100 });

  it('has a leaf for each combination, and the default has 21,600', () => {
    expect(table.bad).toHaveLength(120);
    expect(syntheticLeafGrid({ seed: 1, causes: 1, minutes: 1 }).table.bad).toHaveLength(21_600);
  });

  it('is raised where its causes are, and nowhere else', () => {
    const isIn = (leaf: number): boolean =>
      causes.some((set) =>
        Object.entries(set).every(([name, value]) => {
          const d = table.dims.indexOf(name);
          return table.values[d]?.[table.codes[d]?.[leaf] as number] === value;
        }),
      );
    const rise = (where: (leaf: number) => boolean): number =>
      sum(table.bad, where) /
      sum(table.total, where) /
      (sum(table.badBefore, where) / sum(table.totalBefore, where));
    expect(causes).toHaveLength(2);
    expect(rise(isIn)).toBeGreaterThan(2.5);
    expect(rise((leaf) => !isIn(leaf))).toBeCloseTo(1, 0);
    expect(table.bad.every((bad, leaf) => bad <= (table.total[leaf] as number))).toBe(true);
  });

  it('is the same for the same seed, and another for another', () => {
    const again = (seed: number) => syntheticLeafGrid({ seed, causes: 2, sizes: [6, 5, 4], units: 100 });
    expect(again(4)).toEqual({ causes, table });
    expect(again(5).causes).not.toEqual(causes);
  });
});

it.each([0.5, 8, 200])('Poisson numbers have mean and variance %d', (mean) => {
  const random = new Random(9);
  const draws = Array.from({ length: 20_000 }, () => poisson(mean, random));
  const average = draws.reduce((all, one) => all + one, 0) / draws.length;
  const variance = draws.reduce((all, one) => all + (one - average) ** 2, 0) / draws.length;
  expect(average / mean).toBeCloseTo(1, 1);
  expect(variance / mean).toBeCloseTo(1, 1);
});
