import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssignmentBook } from '../../../collector/registry/assignment-book.ts';
import { CheckSet, CheckTable } from '../../../collector/registry/check-sets.ts';
import { type Check, checkKey } from '../../../collector/registry/checks.ts';
import type { Period } from '../../../collector/registry/period.ts';
import type { OpenPeriods } from '../../../collector/registry/period-reader.ts';

/** A book with its checks: equal ones are one object, as the catalogue makes them. */
function newBook() {
  const table = new CheckTable();
  let stamp = 0;
  const stamps = {
    next: () => {
      stamp += 1;
      return stamp;
    },
  };
  const book = new AssignmentBook(table, stamps, () => 'c1-1');
  const check = (probe: string, version = 'one'): Check =>
    table.of({
      key: checkKey(probe, 'origin'),
      fingerprint: `${probe}-${version}`,
      assignment: {
        probe,
        type: 'http',
        target: { name: 'origin', url: 'http://video.example/', labels: {} },
        everyMs: 2000,
        timeoutMs: 1000,
        params: {},
      },
    });
  const set = (...checks: readonly Check[]) => new CheckSet(checks);
  const begins = (agent: string) =>
    book.assignments(agent).map(({ probe, effectiveFromMs }) => [probe, effectiveFromMs]);
  return { book, table, check, set, begins };
}

const spans = (periods: readonly Period[]) =>
  periods.map(({ probe, fromMs, untilMs, settled }) => [probe, fromMs, untilMs, settled]);

/** What the store would give back of all that was written. */
function storedOf(agent: string, written: readonly Period[]): OpenPeriods {
  const rows = new Map<string, Period>();
  for (const period of written.filter((one) => one.agent === agent)) {
    const key = `${period.probe}\n${period.target}\n${period.fromMs}`;
    if ((rows.get(key)?.version ?? 0) < period.version) rows.set(key, period);
  }
  const open = [...rows.values()].filter(({ untilMs }) => untilMs === undefined);
  return {
    open: open.toSorted((a, b) => a.fromMs - b.fromMs),
    revision: Math.max(0, ...written.map(({ revision }) => revision)),
    lastBeginMs: Math.max(0, ...written.map(({ fromMs }) => fromMs)),
  };
}

describe('the book of assignments', () => {
  it('begins a new check two seconds from now and keeps the begin of an equal one', () => {
    const { book, check, set, begins } = newBook();
    expect(book.reconcile('a', set(check('p')), 10_000, 1)).toBe(true);
    expect(book.reconcile('a', set(check('p')), 20_000, 2)).toBe(false);
    expect(book.reconcile('a', set(check('p'), check('q')), 30_000, 3)).toBe(true);
    expect(begins('a')).toEqual([
      ['p', 12_000],
      ['q', 32_000],
    ]);
    expect(begins('b')).toEqual([]);
  });

  it('ends a changed or removed check now', () => {
    const { book, check, set } = newBook();
    book.reconcile('a', set(check('p'), check('q')), 10_000, 1);
    book.takeDirty();
    book.reconcile('a', set(check('p', 'two')), 20_000, 2);
    expect(spans(book.takeDirty())).toEqual([
      ['p', 12_000, 20_000, false],
      ['q', 12_000, 20_000, false],
      ['p', 22_000, undefined, false],
    ]);
  });

  it('keeps two changes within one millisecond apart, and writes the later after the earlier', () => {
    const { book, check, set } = newBook();
    book.reconcile('a', set(check('p', 'one')), 10_000, 1);
    book.reconcile('a', set(check('p', 'two')), 10_000, 2);
    const written = book.takeDirty();
    expect(spans(written)).toEqual([
      ['p', 12_000, undefined, false],
      ['p', 12_000, 12_000, false],
      ['p', 12_001, undefined, false],
    ]);
    expect(written.map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it('never ends a check before it begins', () => {
    const { book, check, set } = newBook();
    book.reconcile('a', set(check('p')), 10_000, 1);
    book.takeDirty();
    book.reconcile('a', set(), 10_500, 2);
    expect(spans(book.takeDirty())).toEqual([['p', 12_000, 12_000, false]]);
  });

  it('settles everything at the word of an agent that stops, once', () => {
    const { book, check, set, begins } = newBook();
    book.reconcile('a', set(check('p'), check('q')), 10_000, 1);
    book.takeDirty();
    book.stop('a', 33_333, 2);
    expect(begins('a')).toEqual([]);
    book.stop('a', 44_444, 3);
    expect(spans(book.takeDirty())).toEqual([
      ['p', 12_000, 33_333, true],
      ['q', 12_000, 33_333, true],
    ]);
  });

  it('raises the revision of an agent with every change of what it runs, and with no other', () => {
    const { book, check, set } = newBook();
    book.reconcile('a', set(check('p')), 10_000, 7);
    expect(book.revision('a')).toBe(8);
    book.reconcile('a', set(check('p')), 11_000, 20);
    expect(book.revision('a')).toBe(8);
    book.reconcile('a', set(), 12_000, 3);
    expect(book.revision('a')).toBe(9);
    book.raiseRevision('a', 1000);
    book.raiseRevision('a', 5);
    expect([book.revision('a'), book.revision('b')]).toEqual([1001, 0]);
    expect(book.takeDirty().map(({ revision }) => revision)).toEqual([8, 9]);
  });

  it('takes over what another has written, as if it had been there', () => {
    const before = newBook();
    before.book.reconcile('a', before.set(before.check('p'), before.check('q')), 10_000, 1);
    before.book.reconcile('a', before.set(before.check('p')), 20_000, 2);
    const after = newBook();
    const current = after.set(after.check('p'));
    after.book.load('a', storedOf('a', before.book.takeDirty()));
    expect(after.book.reconcile('a', current, 90_000, 3)).toBe(false);
    expect(after.begins('a')).toEqual([['p', 12_000]]);
    expect(after.book.revision('a')).toBe(3);
    expect(after.book.takeDirty()).toEqual([]);
  });

  it('ends a check that the catalogue has no more, with all that its row needs', () => {
    const { book, set } = newBook();
    const period = { probe: 'gone', target: 'cdn', everyMs: 5000, timeoutMs: 700 };
    book.load('a', {
      open: [{ fingerprint: 'unknown', fromMs: 5000, period }],
      revision: 4,
      lastBeginMs: 5000,
    });
    expect(book.reconcile('a', set(), 9000, 1)).toBe(true);
    expect(book.takeDirty()).toMatchObject([
      { ...period, agent: 'a', fingerprint: 'unknown', fromMs: 5000, untilMs: 9000, revision: 5 },
    ]);
  });

  it('of a check that was begun twice lets the earlier end where the later begins', () => {
    const { book, check, set, begins } = newBook();
    const { fingerprint } = check('p');
    book.load('a', {
      open: [
        { fingerprint, fromMs: 5000 },
        { fingerprint, fromMs: 6000 },
      ],
      revision: 1,
      lastBeginMs: 6000,
    });
    expect(spans(book.takeDirty())).toEqual([['p', 5000, 6000, false]]);
    expect(book.reconcile('a', set(check('p')), 9000, 1)).toBe(false);
    expect(begins('a')).toEqual([['p', 6000]]);
  });

  it('hands out each change once, and again in its order when it could not be written', () => {
    const { book, check, set } = newBook();
    book.reconcile('a', set(check('p')), 10_000, 1);
    const taken = book.takeDirty();
    expect([taken.length, book.takeDirty().length, book.unwritten]).toEqual([1, 0, 0]);
    book.reconcile('a', set(), 20_000, 2);
    book.putBack(taken);
    expect(spans(book.takeDirty())).toEqual([
      ['p', 12_000, undefined, false],
      ['p', 12_000, 20_000, false],
    ]);
  });

  it('forgets an agent, but not what is to be written of it', () => {
    const { book, check, set } = newBook();
    book.reconcile('a', set(check('p')), 10_000, 1);
    book.reconcile('b', set(check('p')), 10_000, 1);
    book.forget('a');
    expect([book.has('a'), book.has('b'), book.unwritten]).toEqual([false, true, 2]);
    expect(book.takeDirty().map(({ collector }) => collector)).toEqual(['c1-1', 'c1-1']);
  });

  it('leaves no slot unexplained and none explained twice, whatever changes and whoever takes over', () => {
    const probes = ['p', 'q', 'r'] as const;
    const step = fc.record({
      wanted: fc.array(fc.tuple(fc.constantFrom(...probes), fc.constantFrom('one', 'two')), { maxLength: 3 }),
      tookMs: fc.nat(10_000),
      moves: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let here = newBook();
        const written: Period[] = [];
        let nowMs = 100_000;
        let stamp = 0;
        for (const { wanted, tookMs, moves } of steps) {
          nowMs += tookMs;
          const byProbe = new Map(wanted);
          const set = here.set(...[...byProbe].map(([probe, version]) => here.check(probe, version)));
          here.book.reconcile('a', set, nowMs, here.book.revision('a'));
          for (const period of here.book.takeDirty()) {
            stamp += 1;
            written.push({ ...period, version: stamp });
          }
          if (moves) {
            here = newBook();
            for (const probe of probes) for (const version of ['one', 'two']) here.check(probe, version);
            here.book.load('a', storedOf('a', written));
            expect(here.book.takeDirty()).toEqual([]);
          }
        }
        const { open } = storedOf('a', written);
        const running = here.book.assignments('a');
        expect(open.map(({ fromMs }) => fromMs).toSorted()).toEqual(
          running.map(({ effectiveFromMs }) => effectiveFromMs).toSorted(),
        );
        expect(new Set(running.map(({ probe }) => probe)).size).toBe(running.length);
      }),
    );
  });
});
