import { describe, expect, it } from 'vitest';
import { groupLeaves } from '../../../../collector/detect/leaves/groupings.ts';
import { expectedBad, LeafMinutes, type LeafTable } from '../../../../collector/detect/leaves/leaf-table.ts';
import { refine } from '../../../../collector/detect/leaves/refine.ts';
import { type Field, gainOf, scan } from '../../../../collector/detect/leaves/scan.ts';
import { LEAF_SETTINGS } from '../../../../collector/detect/leaves/settings.ts';

/** Leaves of two dimensions with four values each, 1000 units, 20 bad before, and now as told. */
function fieldOf(bad: (a: number, b: number) => number, units = 1000): Field {
  const rows = new LeafMinutes(['a', 'b'], 1);
  for (let a = 0; a < 4; a += 1)
    for (let b = 0; b < 4; b += 1) {
      rows.add(0, [`a${a}`, `b${b}`], units / 50, units);
      rows.add(1, [`a${a}`, `b${b}`], bad(a, b), units);
    }
  const table: LeafTable = rows.table();
  return {
    table,
    expected: expectedBad(table, LEAF_SETTINGS.priorWeight),
    groupings: groupLeaves(table, 3),
    settings: LEAF_SETTINGS,
    alive: new Uint8Array(16).fill(1),
  };
}

const names = (
  field: Field,
  { grouping, group }: { grouping: { sample: Int32Array; dims: readonly number[] }; group: number },
) =>
  grouping.dims.map(
    (d) => field.table.values[d]?.[field.table.codes[d]?.[grouping.sample[group] as number] as number],
  );

describe('what a share of its own explains', () => {
  it('is nothing where no more is bad than is expected', () => {
    expect(gainOf({ bad: 2, expected: 2, units: 10 })).toBe(0);
    expect(gainOf({ bad: 0, expected: 2, units: 10 })).toBe(0);
    expect(gainOf({ bad: 0, expected: 0, units: 0 })).toBe(0);
  });

  it('grows with the rise and with the runs, and is finite where all are bad or none was expected', () => {
    const gain = gainOf({ bad: 6, expected: 2, units: 10 });
    expect(gain).toBeCloseTo(6 * Math.log(3) + 4 * Math.log(0.5));
    expect(gainOf({ bad: 12, expected: 4, units: 20 })).toBeCloseTo(2 * gain);
    expect(gainOf({ bad: 10, expected: 2, units: 10 })).toBeCloseTo(10 * Math.log(5));
    expect(Number.isFinite(gainOf({ bad: 1, expected: 0, units: 10 }))).toBe(true);
  });
});

describe('a scan', () => {
  it('puts the set first that tells the raised leaves from the others', () => {
    const field = fieldOf((a) => (a === 1 ? 200 : 20));
    const { best, whole } = scan(field, 5);
    expect(names(field, best[0] as never)).toEqual(['a1']);
    expect(whole).toMatchObject({ bad: 4 * 200 + 12 * 20, units: 16_000 });
    expect(best.map(({ score }) => score)).toEqual(best.map(({ score }) => score).sort((x, y) => y - x));
  });

  it('looks at living leaves only, and keeps no more than it is asked for', () => {
    const field = fieldOf((a) => (a === 1 ? 200 : a === 2 ? 100 : 20));
    for (let i = 4; i < 8; i += 1) field.alive[i] = 0;
    const { best } = scan(field, 1);
    expect(best).toHaveLength(1);
    expect(names(field, best[0] as never)).toEqual(['a2']);
  });

  it('has no candidate where all are raised alike, or where a set has too few units', () => {
    expect(
      scan(
        fieldOf(() => 200),
        5,
      ).best,
    ).toEqual([]);
    expect(
      scan(
        fieldOf((a, b) => (a + b === 0 ? 1 : 0), 1),
        5,
      ).best,
    ).toEqual([]);
  });

  it('believes noisy leaves less: the same rise is worth less among leaves that scatter', () => {
    const calm = scan(
      fieldOf((a) => (a === 1 ? 60 : 20)),
      1,
    );
    const noisy = scan(
      fieldOf((a, b) => (a === 1 ? 60 : 20) + ((a + b) % 2 === 0 ? 15 : -15)),
      1,
    );
    expect(calm.phi).toBe(1);
    expect(noisy.phi).toBeGreaterThan(5);
    expect(noisy.best[0]?.score ?? 0).toBeLessThan((calm.best[0]?.score ?? 0) / 2);
  });

  it('does not take a raised set for noise', () => {
    expect(
      scan(
        fieldOf((a) => (a === 1 ? 500 : 20)),
        1,
      ).phi,
    ).toBe(1);
  });
});

describe('refining', () => {
  it('goes from a part to the whole that is raised, and tells the way', () => {
    const field = fieldOf((a, b) => (a === 1 ? (b === 0 ? 400 : 100) : 20));
    const { whole } = scan(field, 1);
    const part = field.groupings.of(0b11);
    const chain = refine({ grouping: part as never, group: part?.ids[4] as number }, whole, field);
    expect(chain.map((place) => names(field, place))).toEqual([['a1', 'b0'], ['a1']]);
  });

  it('goes from a whole to the part that has nearly all of it', () => {
    const field = fieldOf((a, b) => (a === 1 && b === 2 ? 400 : 20));
    const { whole } = scan(field, 1);
    const value = field.groupings.of(0b01);
    const chain = refine({ grouping: value as never, group: value?.ids[4] as number }, whole, field);
    expect(chain.map((place) => names(field, place))).toEqual([['a1'], ['a1', 'b2']]);
  });

  it('stays where the rest is well and no part stands out', () => {
    const field = fieldOf((a) => (a === 1 ? 200 : 20));
    const { best, whole } = scan(field, 1);
    expect(refine(best[0] as never, whole, field)).toHaveLength(1);
  });
});
