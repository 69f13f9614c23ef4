import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssignmentBook } from '../../../collector/registry/assignment-book.ts';
import { type Check, checkKey } from '../../../collector/registry/checks.ts';
import type { Period } from '../../../collector/registry/period.ts';

function check(probe: string, fingerprint = 'one'): Check {
  return {
    key: checkKey(probe, 'origin'),
    fingerprint,
    assignment: {
      probe,
      type: 'http',
      target: { name: 'origin', url: 'http://video.example/', labels: {} },
      everyMs: 2000,
      timeoutMs: 1000,
      params: {},
    },
  };
}

const spans = (periods: readonly Period[]) =>
  periods.map(({ probe, fromMs, untilMs, settled }) => [probe, fromMs, untilMs, settled]);

describe('the book of assignments', () => {
  it('begins a new check two seconds from now and keeps the begin of an equal one', () => {
    const book = new AssignmentBook();
    expect(book.reconcile('a', [check('p')], 10_000, 1)).toBe(true);
    expect(book.reconcile('a', [check('p')], 20_000, 2)).toBe(false);
    expect(book.reconcile('a', [check('p'), check('q')], 30_000, 3)).toBe(true);
    expect(book.assignments('a').map(({ probe, effectiveFromMs }) => [probe, effectiveFromMs])).toEqual([
      ['p', 12_000],
      ['q', 32_000],
    ]);
    expect([book.count('a'), book.runs('a', 'q'), book.runs('a', 'r'), book.count('b')]).toEqual([
      2,
      true,
      false,
      0,
    ]);
  });

  it('ends a changed or removed check now, and remembers it', () => {
    const book = new AssignmentBook();
    book.reconcile('a', [check('p'), check('q')], 10_000, 1);
    book.reconcile('a', [check('p', 'two')], 20_000, 2);
    expect(spans(book.periods('a'))).toEqual([
      ['p', 12_000, 20_000, false],
      ['q', 12_000, 20_000, false],
      ['p', 22_000, undefined, false],
    ]);
  });

  it('keeps two changes within one millisecond apart', () => {
    const book = new AssignmentBook();
    book.reconcile('a', [check('p', 'one')], 10_000, 1);
    book.reconcile('a', [check('p', 'two')], 10_000, 2);
    expect(spans(book.takeDirty())).toEqual([
      ['p', 12_000, 12_000, false],
      ['p', 12_001, undefined, false],
    ]);
    book.stop('a', 10_000);
    book.reconcile('a', [check('p', 'two')], 10_000, 3);
    expect(book.assignments('a').map(({ effectiveFromMs }) => effectiveFromMs)).toEqual([12_002]);
  });

  it('never ends a check before it begins', () => {
    const book = new AssignmentBook();
    book.reconcile('a', [check('p')], 10_000, 1);
    book.reconcile('a', [], 10_500, 2);
    expect(spans(book.periods('a'))).toEqual([['p', 12_000, 12_000, false]]);
  });

  it('settles everything at the word of an agent that stops', () => {
    const book = new AssignmentBook();
    book.reconcile('a', [check('p'), check('q')], 10_000, 1);
    book.stop('a', 33_333);
    expect(book.assignments('a')).toEqual([]);
    expect(spans(book.periods('a'))).toEqual([
      ['p', 12_000, 33_333, true],
      ['q', 12_000, 33_333, true],
    ]);
    book.stop('a', 44_444);
    expect(book.periods('a')).toHaveLength(2);
  });

  it('takes over what was loaded, as if it had been there', () => {
    const before = new AssignmentBook();
    before.reconcile('a', [check('p'), check('q')], 10_000, 1);
    before.reconcile('a', [check('p')], 20_000, 2);
    const after = new AssignmentBook();
    after.load(before.takeDirty());
    expect(after.reconcile('a', [check('p')], 90_000, 3)).toBe(false);
    expect(after.assignments('a').map(({ effectiveFromMs }) => effectiveFromMs)).toEqual([12_000]);
    expect(spans(after.periods('a'))).toEqual(spans(before.periods('a')));
    expect(after.takeDirty()).toEqual([]);
  });

  it('hands out each change once, and again when it could not be written', () => {
    const book = new AssignmentBook();
    book.reconcile('a', [check('p')], 10_000, 1);
    const taken = book.takeDirty();
    expect(spans(taken)).toEqual([['p', 12_000, undefined, false]]);
    expect(book.takeDirty()).toEqual([]);
    book.putBack(taken);
    expect(book.takeDirty()).toEqual(taken);
  });

  it('does not let what is put back hide what has changed since', () => {
    const book = new AssignmentBook();
    book.reconcile('a', [check('p')], 10_000, 1);
    const taken = book.takeDirty();
    book.reconcile('a', [], 20_000, 2);
    book.putBack(taken);
    expect(spans(book.takeDirty())).toEqual([['p', 12_000, 20_000, false]]);
  });

  it('forgets what ended long ago, and nothing that runs', () => {
    const book = new AssignmentBook();
    book.reconcile('a', [check('p')], 10_000, 1);
    book.reconcile('a', [check('q')], 20_000, 2);
    book.forget(20_000);
    expect(book.periods('a')).toHaveLength(2);
    book.forget(20_001);
    expect(spans(book.periods('a'))).toEqual([['q', 22_000, undefined, false]]);
  });

  it('never expects one slot of a check twice, whatever happens to it and however often it is reloaded', () => {
    const step = fc.record({
      what: fc.constantFrom('one', 'two', 'none', 'stop', 'reload'),
      afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5000 })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let book = new AssignmentBook();
        const rows = new Map<number, Period>();
        let nowMs = 1_000_000;
        for (const { what, afterMs } of steps) {
          nowMs += afterMs;
          if (what === 'stop') book.stop('a', nowMs);
          else if (what !== 'reload')
            book.reconcile('a', what === 'none' ? [] : [check('p', what)], nowMs, 1);
          // A row of one begin replaces the earlier one, as the table does.
          for (const period of book.takeDirty()) rows.set(period.fromMs, period);
          if (what === 'reload') {
            book = new AssignmentBook();
            book.load([...rows.values()]);
          }
        }
        const periods = [...book.periods('a')].sort((a, b) => a.fromMs - b.fromMs);
        expect(spans(periods)).toEqual(spans([...rows.values()].sort((a, b) => a.fromMs - b.fromMs)));
        periods.forEach((period, index) => {
          const next = periods[index + 1];
          if (next) expect(period.untilMs ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(next.fromMs);
        });
      }),
    );
  });
});
