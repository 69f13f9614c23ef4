import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  readDroppedBefore,
  readExpected,
  readHeld,
  readReported,
} from '../../../collector/registry/ledger-sql.ts';
import type { Period } from '../../../collector/registry/period.ts';
import { writeDrops, writePeriods } from '../../../collector/registry/records.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { slotAtOrAfter, slotSeries } from '../../../protocol/slots.ts';
import { rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const START_MS = Date.now() - 7_200_000;

function periodOf(more: Partial<Period> = {}): Period {
  return {
    agent: 'a',
    probe: 'p',
    target: 't',
    everyMs: 2000,
    timeoutMs: 10_000,
    fingerprint: 'x',
    fromMs: START_MS,
    settled: false,
    revision: 1,
    collector: 'c1-1',
    version: 1,
    ...more,
  };
}

/** The slots of a check in [from, until). */
function slotsOf({ probe, target, agent, everyMs }: Period, fromMs: number, untilMs: number): number[] {
  const series = slotSeries(probe, target, agent, everyMs);
  const slots = [];
  for (let at = slotAtOrAfter(series, fromMs); at < untilMs; at += everyMs) slots.push(at);
  return slots;
}

describeEngines('the counting of the ledger', (engine) => {
  let test: TestStore;

  beforeEach(async () => {
    test = await openTestStore(engine);
  });
  afterEach(() => test.close());

  const write = (...periods: readonly Period[]) => writePeriods(test.store, periods);
  async function expected(nowMs: number, sinceMs = 0, agent?: string): Promise<Record<string, number>> {
    const rows = await readExpected(test.store, { sinceMs, nowMs, ...(agent !== undefined && { agent }) });
    return Object.fromEntries(rows.map((row) => [row.agent, row.expected]));
  }

  describe('of what was expected', () => {
    it.each([
      ['is due a timeout and two seconds after its slot', { timeoutMs: 10_000 }, 12_000],
      ['is due no earlier than an agent can have told', { timeoutMs: 500 }, 7000],
    ])('%s', async (_what, more, graceMs) => {
      const period = periodOf(more);
      await write(period);
      const nowMs = START_MS + 600_000;
      expect(await expected(nowMs)).toEqual({ a: slotsOf(period, START_MS, nowMs - graceMs).length });
    });

    it('ends at once where an agent itself has stopped, and a grace before now otherwise', async () => {
      const nowMs = START_MS + 600_000;
      const untilMs = nowMs - 1;
      const settled = periodOf({ agent: 'settled', untilMs, settled: true });
      const ended = periodOf({ agent: 'ended', untilMs });
      const longAgo = periodOf({ agent: 'long-ago', untilMs: START_MS + 1000 });
      await write(settled, ended, longAgo);
      expect(await expected(nowMs)).toEqual({
        settled: slotsOf(settled, START_MS, untilMs).length,
        ended: slotsOf(ended, START_MS, nowMs - 12_000).length,
        'long-ago': slotsOf(longAgo, START_MS, START_MS + 1000).length,
      });
    });

    it('counts a slot once where two collectors have begun the same check', async () => {
      const first = periodOf();
      const second = periodOf({ fromMs: START_MS + 100_000 });
      await write(first, second);
      const nowMs = START_MS + 600_000;
      expect(await expected(nowMs)).toEqual({ a: slotsOf(first, START_MS, nowMs - 12_000).length });
    });

    it('takes the last word of a period, whoever wrote it', async () => {
      await write(periodOf({ version: 5, untilMs: START_MS + 60_000 }));
      await write(periodOf({ version: 4 }));
      expect(await expected(START_MS + 600_000)).toEqual({
        a: slotsOf(periodOf(), START_MS, START_MS + 60_000).length,
      });
    });

    it('counts for one agent what it counts for all', async () => {
      await write(periodOf(), periodOf({ agent: 'b', everyMs: 5000 }));
      const nowMs = START_MS + 600_000;
      const all = await expected(nowMs);
      expect(await expected(nowMs, 0, 'b')).toEqual({ b: all.b });
      expect(await expected(nowMs, 0, 'nobody')).toEqual({});
    });

    it('is exactly the slots that an agent would run, for any interval, length and window', async () => {
      const nowMs = START_MS + 500_000;
      const cases = fc.sample(
        fc.record({
          everyMs: fc.integer({ min: 500, max: 60_000 }),
          timeoutMs: fc.integer({ min: 100, max: 60_000 }),
          lengthMs: fc.option(fc.integer({ min: 0, max: 500_000 }), { nil: undefined }),
          settled: fc.boolean(),
        }),
        200,
      );
      const periods = cases.map(({ everyMs, timeoutMs, lengthMs, settled }, index) =>
        periodOf({
          agent: `agent-${index}`,
          everyMs,
          timeoutMs,
          ...(lengthMs !== undefined && { untilMs: START_MS + lengthMs, settled }),
        }),
      );
      await write(...periods);
      for (const sinceMs of [0, START_MS + 123_456, START_MS + 499_000]) {
        const found = await expected(nowMs, sinceMs);
        for (const period of periods) {
          const { untilMs = Number.POSITIVE_INFINITY, settled, timeoutMs } = period;
          const graceMs = Math.max(7000, timeoutMs + 2000);
          const cutMs = settled ? untilMs : Math.min(untilMs, nowMs - graceMs);
          const slots = slotsOf(period, Math.max(START_MS, sinceMs), cutMs);
          expect([period.agent, found[period.agent] ?? 0]).toEqual([period.agent, slots.length]);
        }
      }
    });

    it('knows the phase of rows that were written before there was a column for it', async () => {
      const { agent, probe, target, everyMs, timeoutMs } = periodOf({ everyMs: 7777 });
      await test.store.insertRows('assignments', [
        {
          agent,
          probe,
          target,
          every_ms: everyMs,
          timeout_ms: timeoutMs,
          effective_from: new Date(START_MS).toISOString(),
          settled: 0,
          version: 1,
        },
      ]);
      const [row] = await test.store.query<{ phase_ms: number }>('SELECT phase_ms FROM assignments');
      expect(row?.phase_ms).toBe(slotSeries(probe, target, agent, everyMs).phaseMs);
    });
  });

  it('tells rows of slots that were expected from rows that nobody expected, over many periods of a check', async () => {
    const first = periodOf({ untilMs: START_MS + 60_000 });
    const second = periodOf({ fromMs: START_MS + 120_000, everyMs: 3000 });
    await write(first, second);
    const nowMs = START_MS + 600_000;
    const at = [
      ...slotsOf(first, START_MS, START_MS + 60_000),
      ...slotsOf(second, START_MS + 120_000, START_MS + 200_000),
    ];
    const between = [START_MS + 60_000, START_MS + 90_000, START_MS + 119_999];
    const rows = [...at, ...between].map((scheduledMs, index) =>
      rowOf(index + 1, { probe: 'p', target: 't', scheduledMs }, { agent: 'a' }),
    );
    await test.store.insertResults(resultBlock('one', rows));
    expect(await readReported(test.store, { sinceMs: START_MS, nowMs })).toEqual([
      { agent: 'a', stored: at.length, missed: 0, reasons: {}, duplicates: 0, extra: between.length },
    ]);
  });

  it('gives the same, read in one part or in many', async () => {
    const period = periodOf({ everyMs: 60_000 });
    await write(period, periodOf({ agent: 'b', everyMs: 60_000 }));
    const nowMs = START_MS + 7_200_000;
    const rows = ['a', 'b'].flatMap((agent, nth) =>
      slotsOf({ ...period, agent }, START_MS, nowMs).map((scheduledMs, index) =>
        rowOf(
          1000 * nth + index + 1,
          {
            probe: 'p',
            target: 't',
            scheduledMs,
            ...(index % 7 === 0 && { outcome: 'missed', missedReason: 'shed', metrics: {} }),
          },
          { agent },
        ),
      ),
    );
    await test.store.insertResults(resultBlock('one', rows));
    await test.store.insertResults(resultBlock('again', rows.slice(0, 5)));
    const read = async (partRows: number) =>
      (await readReported(test.store, { sinceMs: START_MS, nowMs }, partRows)).toSorted((a, b) =>
        a.agent < b.agent ? -1 : 1,
      );
    const whole = await read(1_000_000);
    expect(whole.map(({ duplicates, extra }) => [duplicates, extra])).toEqual([
      [5, 0],
      [0, 0],
    ]);
    expect(await read(25)).toEqual(whole);
    expect(await read(1)).toEqual(whole);
  });

  it('knows what agents had given up before a time, by reason, as they last said', async () => {
    await writeDrops(test.store, [
      { agent: 'a', reason: 'spool_age', atMs: START_MS, count: 5 },
      { agent: 'a', reason: 'spool_age', atMs: START_MS + 1000, count: 9 },
      { agent: 'a', reason: 'spool_age', atMs: START_MS + 2000, count: 2 },
      { agent: 'a', reason: 'disk_full', atMs: START_MS + 1000, count: 1 },
      { agent: 'b', reason: 'spool_age', atMs: START_MS + 5000, count: 1 },
    ]);
    const before = (atMs: number) => readDroppedBefore(test.store, { sinceMs: atMs, nowMs: atMs });
    expect(Object.fromEntries(await before(START_MS))).toEqual({});
    expect(Object.fromEntries(await before(START_MS + 1001))).toEqual({ a: { spool_age: 9, disk_full: 1 } });
    expect(Object.fromEntries(await before(START_MS + 9000))).toEqual({
      a: { spool_age: 2, disk_full: 1 },
      b: { spool_age: 1 },
    });
  });

  it('knows how far the given boot of each agent has come', async () => {
    const rows = [1, 2, 3].map((seq) => rowOf(seq, {}, { agent: 'a', boot: 'one' }));
    await test.store.insertResults(
      resultBlock('one', [
        ...rows,
        rowOf(9, {}, { agent: 'a', boot: 'two' }),
        rowOf(7, {}, { agent: 'b', boot: 'one' }),
      ]),
    );
    const held = await readHeld(test.store, [
      { id: 'a', boot: 'one' },
      { id: 'b', boot: 'two' },
      { id: 'c', boot: 'one' },
    ]);
    expect(Object.fromEntries(held)).toEqual({ a: 3 });
    expect(await readHeld(test.store, [])).toEqual(new Map());
  });
});
