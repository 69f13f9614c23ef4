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

  it('give the last of them, before they are full and after', () => {
    const recent = new RecentValues(4);
    for (let at = 0; at < 3; at += 1) recent.push(at, 10 + at);
    expect([recent.last(2), recent.last(9), recent.last(0)]).toEqual([[11, 12], [10, 11, 12], []]);
    for (let at = 3; at < 6; at += 1) recent.push(at, 10 + at);
    expect([recent.last(3), recent.last(9)]).toEqual([
      [13, 14, 15],
      [12, 13, 14, 15],
    ]);
  });
});
