import { describe, expect, it } from 'vitest';
import { slotAtOrAfter, slotSeries } from '../../protocol/slots.ts';
import type { Entry, SpoolAccount } from './account.ts';
import { balanceAgent } from './balance.ts';
import type { StoreBooks, StoredResult } from './books.ts';

const EVERY_MS = 1000;
const FROM_MS = Date.UTC(2026, 10, 21, 12);
const SERIES = slotSeries('home', 'origin', 'agent-1', EVERY_MS);
const FIRST_MS = slotAtOrAfter(SERIES, FROM_MS);

function entry(seq: number, more: Partial<Entry> = {}): Entry {
  return {
    ...{ boot: 'boot-1', seq, probe: 'home', target: 'origin', trigger: 'schedule', outcome: 'ok' },
    scheduledMs: FIRST_MS + (seq - 1) * EVERY_MS,
    ...more,
  };
}

function stored(seq: number, more: Partial<StoredResult> = {}): StoredResult {
  return { ...entry(seq), missedReason: '', ...more };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

function account(more: Partial<SpoolAccount> = {}): SpoolAccount {
  return { numbered: range(10).map((seq) => entry(seq)), pending: [], dropped: {}, brokenFiles: [], ...more };
}

/** Ten slots expected. */
function books(rows: readonly StoredResult[], more: Partial<StoreBooks> = {}): StoreBooks {
  const untilMs = FIRST_MS + 10 * EVERY_MS;
  const check = { agent: 'agent-1', probe: 'home', target: 'origin', everyMs: EVERY_MS };
  return {
    results: new Map([['agent-1', rows]]),
    periods: [{ ...check, fromMs: FROM_MS, untilMs }],
    rollups: [],
    wrongProgress: [],
    ...more,
  };
}

const ALL = range(10).map((seq) => stored(seq));

describe('balanceAgent', () => {
  it('finds nothing where every slot has its result', () => {
    expect(balanceAgent('agent-1', account(), books(ALL))).toMatchObject({
      ...{ expected: 10, stored: 10, pending: 0, dropped: 0, extra: 0, lost: 0, duplicates: 0, foreign: 0 },
      faults: [],
    });
  });

  it('finds a result that the spool had stored and that is nowhere', () => {
    const balance = balanceAgent('agent-1', account(), books(ALL.filter(({ seq }) => seq !== 4)));
    expect(balance.lost).toBe(1);
    expect(balance.faults.join()).toContain('boot-1/4');
  });

  it('finds a lost tail, which leaves no gap in the table', () => {
    expect(balanceAgent('agent-1', account(), books(ALL.slice(0, 7))).lost).toBe(3);
  });

  it('finds a slot of which nobody knows anything', () => {
    const nine = { numbered: range(9).map((seq) => entry(seq)) };
    const balance = balanceAgent('agent-1', account(nine), books(ALL.slice(0, 9)));
    expect(balance.lost).toBe(1);
    expect(balance.faults).toEqual([expect.stringContaining('1 slots are unaccounted for')]);
  });

  it('takes what is still in the spool for pending', () => {
    const balance = balanceAgent(
      'agent-1',
      account({ pending: [entry(9), entry(10)] }),
      books(ALL.slice(0, 8)),
    );
    expect(balance).toMatchObject({ stored: 8, pending: 2, lost: 0, faults: [] });
  });

  it('does not count twice what is stored and not acknowledged yet', () => {
    const balance = balanceAgent('agent-1', account({ pending: [entry(10)] }), books(ALL));
    expect(balance).toMatchObject({ stored: 10, pending: 0, duplicates: 0, faults: [] });
  });

  it('takes what the agent gave up by reason for dropped, and no more than that', () => {
    const eight = books(ALL.slice(2));
    const dropped = balanceAgent('agent-1', account({ dropped: { spool_full: 2 } }), eight);
    expect(dropped).toMatchObject({ stored: 8, dropped: 2, lost: 0, faults: [] });
    expect(balanceAgent('agent-1', account({ dropped: { spool_full: 1 } }), eight).lost).toBe(1);
  });

  it('does not let slots that were given up explain results that were numbered', () => {
    const balance = balanceAgent('agent-1', account({ dropped: { backfill_limit: 5 } }), books(ALL.slice(1)));
    expect(balance.lost).toBe(1);
  });

  it('finds what counts as dropped although it is stored', () => {
    const balance = balanceAgent('agent-1', account({ dropped: { refused: 1 } }), books(ALL));
    expect(balance.faults).toEqual([expect.stringContaining('1 results count as dropped and are stored')]);
  });

  it('finds a number that is stored twice', () => {
    expect(balanceAgent('agent-1', account(), books([...ALL, stored(3)])).duplicates).toBe(1);
  });

  it('finds a slot with two results of two numbers', () => {
    const numbered = [...account().numbered, entry(11, { scheduledMs: entry(3).scheduledMs })];
    const rows = [...ALL, stored(11, { scheduledMs: entry(3).scheduledMs })];
    expect(balanceAgent('agent-1', account({ numbered }), books(rows)).duplicates).toBe(1);
  });

  it('lets two runs by hand share an instant', () => {
    const numbered = [...account().numbered, entry(11, { trigger: 'manual', scheduledMs: FIRST_MS })];
    const rows = [...ALL, stored(11, { trigger: 'manual', scheduledMs: FIRST_MS })];
    expect(balanceAgent('agent-1', account({ numbered }), books(rows)).faults).toEqual([]);
  });

  it('finds a row under a number of another result', () => {
    const swapped = ALL.map((row) => (row.seq === 2 ? { ...row, outcome: 'fail' } : row));
    const balance = balanceAgent('agent-1', account(), books(swapped));
    expect(balance.foreign).toBe(1);
    expect(balance.faults).toEqual([expect.stringContaining('never made')]);
  });

  it('tells slots that were missed by reason, and rows that nobody expected apart', () => {
    const missed = { outcome: 'missed', missedReason: 'agent_down' };
    const before = { scheduledMs: FIRST_MS - EVERY_MS };
    const numbered = [entry(1, { outcome: 'missed' }), ...account().numbered.slice(1), entry(11, before)];
    const rows = [stored(1, missed), ...ALL.slice(1), stored(11, before)];
    expect(balanceAgent('agent-1', account({ numbered }), books(rows))).toMatchObject({
      ...{ stored: 9, missedByReason: { agent_down: 1 }, extra: 1, faults: [] },
    });
  });

  it('finds progress that is not what the rows say, a check without an end, and a broken spool', () => {
    const wrong = { agent: 'agent-1', boot: 'boot-1', seq: 11, results: 11, storedSeq: 10, stored: 10 };
    const [period] = books(ALL).periods;
    const open = period ? [period, { ...period, probe: 'other', untilMs: undefined }] : [];
    const all = books(ALL, { wrongProgress: [wrong], periods: open });
    const { faults } = balanceAgent('agent-1', account({ brokenFiles: ['spool.db-broken-1'] }), all);
    expect(faults).toEqual([
      '1 checks are expected without an end',
      'the spool was put aside as broken: spool.db-broken-1',
      'progress of boot boot-1 says 11 results up to 11; stored are 10 up to 10',
    ]);
  });
});
