import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntervalSet } from '../../agent/interval-set.ts';
import { checkOf, SlotBook, slotIndex, slotTime } from '../../agent/slot-book.ts';
import { slotAtOrAfter, slotsBetween } from '../../protocol/slots.ts';
import { assignment } from './fixtures.ts';

const check = checkOf(assignment(), 'agent-1');
const slot = (index: number): number => slotTime(check.series, index);

describe('slots and their numbers', () => {
  it('number the slots of a series without gaps, whatever the interval', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 500, max: 86_400_000 }),
        fc.integer({ min: 0, max: 2_000_000_000_000 }),
        fc.string({ minLength: 1 }),
        (everyMs, timeMs, agent) => {
          const { series } = checkOf(assignment({ everyMs }), agent);
          const first = slotAtOrAfter(series, timeMs);
          expect(slotTime(series, slotIndex(series, first))).toBe(first);
          expect(slotIndex(series, first + everyMs)).toBe(slotIndex(series, first) + 1);
        },
      ),
    );
  });
});

describe('SlotBook', () => {
  it('gives a slot out once: not while its run is open, nor after it has ended', () => {
    const book = new SlotBook();
    expect(book.open(check, slot(5))).toBe(true);
    expect(book.open(check, slot(5))).toBe(false);
    book.settle(check, slot(5));
    expect(book.open(check, slot(5))).toBe(false);
    expect(book.open(check, slot(6))).toBe(true);
  });

  it('goes on where an earlier process ended', () => {
    const book = new SlotBook(new Map([[check.key, new IntervalSet([[0, 10]])]]));
    expect(book.open(check, slot(9))).toBe(false);
    expect(book.claimUnrun(check, slot(5), slot(13), 100)).toEqual({
      slots: [slot(10), slot(11), slot(12)],
      beyond: 0,
    });
  });

  it('claims what is neither open nor settled, and claims it once', () => {
    const book = new SlotBook();
    book.open(check, slot(2));
    book.open(check, slot(4));
    book.settle(check, slot(4));
    expect(book.claimUnrun(check, slot(1), slot(6), 100).slots).toEqual([slot(1), slot(3), slot(5)]);
    expect(book.claimUnrun(check, slot(1), slot(6), 100)).toEqual({ slots: [], beyond: 0 });
    expect(book.settle(check, slot(2)).ranges()).toEqual([[1, 6]]);
  });

  it('reports the newest slots within the limit and counts the others', () => {
    const book = new SlotBook();
    expect(book.claimUnrun(check, slot(0), slot(1_000_000), 3)).toEqual({
      slots: [slot(999_997), slot(999_998), slot(999_999)],
      beyond: 999_997,
    });
  });

  it('accounts for every slot of a stretch exactly once, in any order of runs, crashes and claims', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('open' as const), index: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ do: fc.constant('settle' as const), index: fc.integer({ min: 0, max: 40 }) }),
      fc.record({
        do: fc.constant('claim' as const),
        index: fc.integer({ min: 0, max: 40 }),
        max: fc.integer({ min: 0, max: 9 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const book = new SlotBook();
        const open = new Set<number>();
        const ended = new Map<number, number>();
        const end = (index: number): void => void ended.set(index, (ended.get(index) ?? 0) + 1);
        let beyond = 0;
        const claim = (from: number, until: number, max: number): void => {
          const unrun = book.claimUnrun(check, slot(from), slot(until), max);
          for (const time of unrun.slots) end(slotIndex(check.series, time));
          beyond += unrun.beyond;
        };
        for (const one of steps) {
          if (one.do === 'open' && book.open(check, slot(one.index))) open.add(one.index);
          if (one.do === 'settle' && open.delete(one.index)) {
            book.settle(check, slot(one.index));
            end(one.index);
          }
          if (one.do === 'claim') claim(0, one.index, one.max);
        }
        for (const index of open) {
          book.settle(check, slot(index));
          end(index);
        }
        claim(0, 41, 100);
        expect([...ended.values()].every((times) => times === 1)).toBe(true);
        expect(ended.size + beyond).toBe(slotsBetween(check.series, slot(0), slot(41)));
      }),
    );
  });

  it('keeps the interval apart: another interval is another series of slots', () => {
    expect(checkOf(assignment({ everyMs: 2000 }), 'agent-1').key).not.toBe(check.key);
  });

  it('forgets the checks unused the longest, but none with a run under way', () => {
    const book = new SlotBook();
    const checks = ['a', 'b', 'c'].map((probe) => checkOf(assignment({ probe }), 'agent-1'));
    for (const one of checks) book.open(one, slotAtOrAfter(one.series, 0));
    for (const one of checks.slice(1)) book.settle(one, slotAtOrAfter(one.series, 0));
    expect(book.prune(1)).toEqual([checks[1]?.key, checks[2]?.key]);
    expect(book.prune(0)).toEqual([]);
  });
});
