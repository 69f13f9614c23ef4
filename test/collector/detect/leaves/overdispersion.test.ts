import { describe, expect, it } from 'vitest';
import { LeafMinutes } from '../../../../collector/detect/leaves/leaf-table.ts';
import { overdispersion } from '../../../../collector/detect/leaves/overdispersion.ts';
import { poisson } from '../../../../collector/detect/synthetic-leaves.ts';
import { Random } from '../../../../collector/detect/synthetic-random.ts';

/** So many leaves with a mean and counts around it. */
function scatter(leaves: number, mean: number, count: (leaf: number) => number): number {
  const rows = new LeafMinutes(['leaf'], 0);
  for (let i = 0; i < leaves; i += 1) rows.add(0, [`${i}`], count(i), 1_000_000);
  const table = rows.table();
  return overdispersion(table, new Float64Array(leaves).fill(mean), new Uint8Array(leaves).fill(1));
}

describe('overdispersion', () => {
  it.each([0.3, 1, 4, 30, 1000])('is about one of counts that scatter by chance alone, mean %d', (mean) => {
    const random = new Random(3);
    expect(scatter(2000, mean, () => poisson(mean, random))).toBeLessThan(1.35);
  });

  it('is what counts scatter more than that', () => {
    const random = new Random(3);
    // Means that vary by a tenth: variance 1000 + 100², by mean.
    const phi = scatter(2000, 1000, () => poisson(1000 * (1 + 0.1 * random.normal()), random));
    expect(phi).toBeGreaterThan(8);
    expect(phi).toBeLessThan(14);
  });

  it('is not moved by the level of all, nor by a few leaves that are far off', () => {
    const random = new Random(3);
    const three = scatter(2000, 100, (leaf) => (leaf % 10 === 0 ? 5000 : poisson(300, random)));
    expect(three).toBeLessThan(1.6);
  });

  it('is one where there is nothing to see', () => {
    expect(scatter(0, 1, () => 0)).toBe(1);
    expect(scatter(10, 0, () => 0)).toBe(1);
    expect(scatter(500, 0.01, () => 0)).toBe(1);
  });
});
