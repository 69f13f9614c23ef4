import { describe, expect, it } from 'vitest';
import { groupLeaves } from '../../../../collector/detect/leaves/groupings.ts';
import { LeafMinutes, type LeafTable } from '../../../../collector/detect/leaves/leaf-table.ts';
import { LEAF_LIMITS } from '../../../../collector/detect/leaves/settings.ts';

function tableOf(dims: readonly string[], ...leaves: readonly string[]): LeafTable {
  const rows = new LeafMinutes(dims, 0);
  for (const leaf of leaves) rows.add(0, leaf.split(' '), 0, 1);
  return rows.table();
}

/** Two regions of two agents each, on two targets. */
const NESTED = tableOf(
  ['agent', 'region', 'target'],
  ...['a1 r1', 'a2 r1', 'a3 r2', 'a4 r2'].flatMap((where) => [`${where} t1`, `${where} t2`]),
);

describe('the ways to cut leaves', () => {
  it('name no dimension beside one that determines it', () => {
    const { all, determines, essential, of } = groupLeaves(NESTED, 3);
    expect(all.map(({ dims }) => dims)).toEqual([[0], [1], [2], [0, 2], [1, 2]]);
    expect([determines(0, 1), determines(1, 0), determines(0, 2)]).toEqual([true, false, false]);
    expect(essential(0b111)).toBe(0b101);
    expect(of(0b11)).toBeUndefined();
  });

  it('number the groups so that leaves of the same values share one, each with a leaf of its own', () => {
    const { of } = groupLeaves(NESTED, 3);
    const region = of(0b10);
    expect([...(region?.ids ?? [])]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect([...(region?.sample ?? [])]).toEqual([0, 4]);
    expect(of(0b101)?.sample).toHaveLength(8);
  });

  it('are only those that may be named, where that is told', () => {
    const { all, of } = groupLeaves(NESTED, 3, [['region'], ['target', 'agent'], ['elsewhere']]);
    expect(all.map(({ dims }) => dims)).toEqual([[1], [0, 2]]);
    expect(of(0b100)).toBeUndefined();
  });

  it('leave out a dimension with a single value, and keep the first of two that are the same', () => {
    const table = tableOf(['all', 'isp', 'asn'], 'x i1 1', 'x i2 2', 'x i3 3');
    const { all, essential } = groupLeaves(table, 3);
    expect(all.map(({ dims }) => dims)).toEqual([[1], [2]]);
    expect(essential(0b110)).toBe(0b010);
  });

  it('name as many dimensions as are asked for, and leave out what two of three tell already', () => {
    const values = ['0', '1', '2'];
    const full = values.flatMap((a) => values.flatMap((b) => values.map((c) => `${a} ${b} ${c}`)));
    expect(groupLeaves(tableOf(['a', 'b', 'c'], ...full), 2).all).toHaveLength(6);
    expect(groupLeaves(tableOf(['a', 'b', 'c'], ...full), 3).all).toHaveLength(7);
    const parity = full.filter(
      (leaf) => leaf.split(' ').reduce((sum, one) => sum + Number(one), 0) % 3 === 0,
    );
    expect(groupLeaves(tableOf(['a', 'b', 'c'], ...parity), 3).all).toHaveLength(6);
  });

  it('numbers groups the same where there are more values than leaves', () => {
    const leaves = Array.from({ length: 400 }, (_, i) => `a${i} b${(i * 7) % 391} c${i % 3}`);
    const { all } = groupLeaves(tableOf(['a', 'b', 'c'], ...leaves), 3);
    const pair = all.find(({ dims }) => dims.join() === '1,2');
    expect(pair?.sample).toHaveLength(new Set(leaves.map((leaf) => leaf.split(' ').slice(1).join())).size);
  });

  it('names fewer dimensions rather than hold more than groupedCells', () => {
    const dims = Array.from({ length: 16 }, (_, d) => `d${d}`);
    const rows = new LeafMinutes(dims, 0);
    for (let i = 0; i < LEAF_LIMITS.leaves.value; i += 1)
      rows.add(
        0,
        dims.map((_, d) => `${((i + 1) * (2 * d + 7919)) % (d + 5)}`),
        0,
        1,
      );
    const table = rows.table();
    expect(table.bad.length * 696).toBeGreaterThan(LEAF_LIMITS.groupedCells.value);
    expect(Math.max(...groupLeaves(table, 3).all.map(({ dims: named }) => named.length))).toBeLessThan(3);
  });
});
