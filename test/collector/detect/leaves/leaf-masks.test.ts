import { describe, expect, it } from 'vitest';
import { groupLeaves } from '../../../../collector/detect/leaves/groupings.ts';
import { excessOf, leavesOf, massOf, rateOf, union } from '../../../../collector/detect/leaves/leaf-masks.ts';
import { LeafMinutes } from '../../../../collector/detect/leaves/leaf-table.ts';
import { LEAF_SETTINGS } from '../../../../collector/detect/leaves/settings.ts';

const rows = new LeafMinutes(['isp', 'cdn'], 0);
for (const [i, names] of ['a 1', 'a 2', 'b 1', 'b 2'].entries()) rows.add(0, names.split(' '), i + 1, 10);
const table = rows.table();
const field = {
  ...{ table, settings: LEAF_SETTINGS, groupings: groupLeaves(table, 2) },
  expected: new Float64Array([1, 1, 2, 2]),
  alive: new Uint8Array([1, 1, 1, 0]),
};
const placeOf = (mask: number, leaf: number) => {
  const grouping = field.groupings.of(mask);
  if (!grouping) throw new Error('no such cut');
  return { grouping, group: grouping.ids[leaf] as number };
};

describe('masks of leaves', () => {
  it('hold the leaves of a place, all of them or those that are alive', () => {
    expect([...leavesOf(placeOf(0b01, 2))]).toEqual([0, 0, 1, 1]);
    expect([...leavesOf(placeOf(0b01, 2), field.alive)]).toEqual([0, 0, 1, 0]);
    expect([...leavesOf(placeOf(0b11, 1))]).toEqual([0, 1, 0, 0]);
  });

  it('have a mass together, without what another mask has', () => {
    const [isp, cdn] = [leavesOf(placeOf(0b01, 2)), leavesOf(placeOf(0b10, 0))];
    expect(massOf(field, isp)).toEqual({ bad: 7, expected: 4, units: 20 });
    expect(massOf(field, isp, cdn)).toEqual({ bad: 4, expected: 2, units: 10 });
    expect(excessOf(isp, 1.5, field)).toBe(1);
    expect(rateOf(massOf(field, isp))).toBe(1.75);
  });

  it('are joined without changing what is joined', () => {
    const [isp, cdn] = [leavesOf(placeOf(0b01, 2)), leavesOf(placeOf(0b10, 0))];
    expect([...union([{ leaves: isp }, { leaves: cdn }])]).toEqual([1, 0, 1, 1]);
    expect([...isp]).toEqual([0, 0, 1, 1]);
    expect(union([])).toHaveLength(0);
    expect(massOf(field, isp, union([]))).toEqual(massOf(field, isp));
  });
});
