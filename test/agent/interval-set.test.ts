import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Range } from '../../agent/interval-set.ts';
import { IntervalSet } from '../../agent/interval-set.ts';

const range = fc
  .tuple(fc.integer({ min: -20, max: 40 }), fc.integer({ min: 0, max: 12 }))
  .map(([from, length]): Range => [from, from + length]);

function members(ranges: readonly Range[]): Set<number> {
  const all = new Set<number>();
  for (const [from, until] of ranges) for (let value = from; value < until; value += 1) all.add(value);
  return all;
}

describe('IntervalSet', () => {
  it('is the same set as the numbers added one by one, in sorted ranges that do not touch', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 20 }), (ranges) => {
        const set = new IntervalSet(ranges);
        expect(members(set.ranges())).toEqual(members(ranges));
        for (const [index, [from, until]] of set.ranges().entries()) {
          expect(until).toBeGreaterThan(from);
          const next = set.ranges()[index + 1];
          if (next) expect(next[0]).toBeGreaterThan(until);
        }
      }),
    );
  });

  it('knows its members', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 10 }), fc.integer({ min: -25, max: 60 }), (ranges, value) => {
        expect(new IntervalSet(ranges).has(value)).toBe(members(ranges).has(value));
      }),
    );
  });

  it('splits a stretch into members and gaps, with nothing left out or twice', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 10 }), range, (ranges, [from, until]) => {
        const set = new IntervalSet(ranges);
        const missing = members(set.gaps(from, until));
        for (let value = from; value < until; value += 1) expect(missing.has(value)).toBe(!set.has(value));
        expect([...missing].every((value) => value >= from && value < until)).toBe(true);
      }),
    );
  });

  it('stays one range while numbers come in order', () => {
    const set = new IntervalSet();
    for (let value = 0; value < 1000; value += 1) set.add(value);
    expect(set.ranges()).toEqual([[0, 1000]]);
  });

  it('fills its oldest gaps when it has too many ranges', () => {
    const set = new IntervalSet([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ]);
    set.compact(2);
    expect(set.ranges()).toEqual([
      [0, 5],
      [6, 7],
    ]);
    set.compact(2);
    expect(set.ranges()).toHaveLength(2);
  });
});
