import { describe, expect, it } from 'vitest';
import { syntheticFleetLeaves } from '../../../collector/detect/synthetic-fleet-leaves.ts';

/** Share of runs that are bad now in the leaves of a set, or in the others. */
function badShare({ set, table }: ReturnType<typeof syntheticFleetLeaves>, isInside: boolean): number {
  let bad = 0;
  let total = 0;
  for (const [leaf, units] of table.total.entries()) {
    const isIn = Object.entries(set).every(([name, value]) => {
      const d = table.dims.indexOf(name);
      return table.values[d]?.[table.codes[d]?.[leaf] as number] === value;
    });
    if (isIn !== isInside) continue;
    bad += table.bad[leaf] as number;
    total += units;
  }
  return bad / total;
}

describe('the leaves of a nested fleet', () => {
  it('are those of 36 agents on four targets, of which each city, region and country has its own', () => {
    const { table } = syntheticFleetLeaves({ seed: 1, place: 'AGENT' });
    expect(table.bad).toHaveLength(144);
    expect(table.values.map((values) => values.length)).toEqual([36, 12, 6, 3, 4, 4, 4]);
  });

  it.each(['AGENT', 'ISP', 'REGION', 'COUNTRY', 'POP', 'TARGET', 'ROUTE'] as const)(
    'are bad where the %s fault is',
    (place) => {
      const fleet = syntheticFleetLeaves({ seed: 2, place });
      expect(badShare(fleet, true)).toBeGreaterThan(0.4);
      expect(badShare(fleet, false)).toBeLessThan(0.2);
    },
  );

  it('are all bad in a global fault, and less so where only some agents feel it', () => {
    const all = syntheticFleetLeaves({ seed: 2, place: 'GLOBAL' });
    expect(all.set).toEqual({});
    expect(badShare(syntheticFleetLeaves({ seed: 2, place: 'GLOBAL', felt: 0.5 }), true)).toBeLessThan(
      badShare(all, true) - 0.1,
    );
  });

  it('are the same for the same seed', () => {
    expect(syntheticFleetLeaves({ seed: 7, place: 'POP' })).toEqual(
      syntheticFleetLeaves({ seed: 7, place: 'POP' }),
    );
  });
});
