import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentValues } from '../../../collector/detect/recent-values.ts';

describe('recent values', () => {
  it('are those of a list that is cut at the front, whatever was pushed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.tuple(fc.nat(1000), fc.double({ noNaN: true })), { maxLength: 120 }),
        fc.nat(1000),
        fc.nat(1000),
        (limit, pushed, from, until) => {
          const recent = new RecentValues(limit);
          for (const [atMs, value] of pushed) recent.push(atMs, value);
          const kept = pushed.slice(-limit);
          expect(recent.length).toBe(kept.length);
          const expected = kept.filter(([atMs]) => atMs >= from && atMs < until).map(([, value]) => value);
          expect(recent.within(from, until)).toEqual(expected);
        },
      ),
    );
  });

  it('are none before the first', () => {
    expect(new RecentValues(64).within(0, Number.POSITIVE_INFINITY)).toEqual([]);
  });
});
