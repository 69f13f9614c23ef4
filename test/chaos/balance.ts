/** The equation, agent by agent: expected = stored + pending + missed + dropped, from the agent's own account and the store's. */
import { slotAtOrAfter, slotSeries } from '../../protocol/slots.ts';
import type { Entry, SpoolAccount } from './account.ts';
import type { ExpectedPeriod, StoreBooks, StoredResult } from './books.ts';

export interface AgentBalance {
  readonly agent: string;
  readonly boots: number;
  /** Slots that the collector expected. */
  readonly expected: number;
  /** Of these, slots with a result of a run. */
  readonly stored: number;
  /** Slots whose result is still in the spool. */
  readonly pending: number;
  /** Slots with a result that says why there was no run. */
  readonly missedByReason: Readonly<Record<string, number>>;
  /** Slots that the agent gave up, as far as they were expected. */
  readonly dropped: number;
  readonly droppedByReason: Readonly<Record<string, number>>;
  /** Slots with a result that nobody expected: of a time before or after the assignment. */
  readonly extra: number;
  /** Results that the spool had stored and numbered and that are nowhere, or slots of which nobody knows anything. */
  readonly lost: number;
  /** Rows too many: of one number, or of one slot. */
  readonly duplicates: number;
  /** Rows that are not what the agent stored under that number, or that it never numbered. */
  readonly foreign: number;
  /** What is wrong, in words. */
  readonly faults: readonly string[];
}

/** Given up before they had a number: slots. All others are results that were in the spool. */
const UNNUMBERED: ReadonlySet<string> = new Set(['disk_full', 'backfill_limit']);

export function balanceAgent(agent: string, account: SpoolAccount, books: StoreBooks): AgentBalance {
  const rows = books.results.get(agent) ?? [];
  const numbered = balanceNumbers(account, rows);
  const slots = balanceSlots(
    books.periods.filter((period) => period.agent === agent),
    account.pending,
    rows,
  );
  const droppedAll = sumOf(Object.values(account.dropped));
  const droppedNumbered = sumOf(
    Object.entries(account.dropped).flatMap(([reason, count]) => (UNNUMBERED.has(reason) ? [] : [count])),
  );
  const lostResults = Math.max(0, numbered.gone - droppedNumbered);
  const lostSlots = Math.max(0, slots.open - droppedAll);
  const doubted = Math.max(0, droppedNumbered - numbered.gone);
  const unequal = books.wrongProgress.filter((row) => row.agent === agent);
  const faults = [
    lostResults > 0 &&
      `${lostResults} results were in the spool and are nowhere: ${numbered.goneWhich.join(', ')}`,
    lostSlots > 0 && `${lostSlots} slots are unaccounted for: ${slots.openWhich.join(', ')}`,
    doubted > 0 && `${doubted} results count as dropped and are stored all the same`,
    numbered.twice.length > 0 && `numbers stored twice: ${some(numbered.twice).join(', ')}`,
    slots.twice.length > 0 && `slots with two results: ${some(slots.twice).join(', ')}`,
    numbered.foreign.length > 0 && `rows that the agent never made: ${some(numbered.foreign).join(', ')}`,
    slots.unended > 0 && `${slots.unended} checks are expected without an end`,
    account.brokenFiles.length > 0 && `the spool was put aside as broken: ${account.brokenFiles.join(', ')}`,
    ...unequal.map(
      (row) =>
        `progress of boot ${row.boot} says ${row.results} results up to ${row.seq}; stored are ${row.stored} up to ${row.storedSeq}`,
    ),
  ].filter((fault) => fault !== false);
  return {
    agent,
    boots: new Set(account.numbered.map(({ boot }) => boot)).size,
    expected: slots.expected,
    stored: slots.stored,
    pending: slots.pending,
    missedByReason: slots.missedByReason,
    dropped: Math.min(slots.open, droppedAll),
    droppedByReason: account.dropped,
    extra: slots.extra,
    lost: Math.max(lostResults, lostSlots),
    duplicates: numbered.twice.length + slots.twice.length,
    foreign: numbered.foreign.length,
    faults,
  };
}

/** Boot by boot: what was numbered is stored or pending; the rest is gone, dropped or lost. */
function balanceNumbers(account: SpoolAccount, rows: readonly StoredResult[]) {
  const made = new Map(account.numbered.map((entry) => [numberOf(entry), textOf(entry)]));
  const held = new Set(account.pending.map(numberOf));
  const seen = new Set<string>();
  const twice: string[] = [];
  const foreign: string[] = [];
  for (const row of rows) {
    const number = numberOf(row);
    if (seen.has(number)) twice.push(number);
    else if (made.get(number) !== textOf(row)) foreign.push(`${number} (${textOf(row)})`);
    seen.add(number);
  }
  const gone = [...made.keys()].filter((number) => !seen.has(number) && !held.has(number));
  return { gone: gone.length, goneWhich: some(gone), twice, foreign };
}

/** Slot by slot, scheduled runs only. */
function balanceSlots(
  periods: readonly ExpectedPeriod[],
  pending: readonly Entry[],
  rows: readonly StoredResult[],
) {
  const expected = new Set<string>();
  for (const { agent, probe, target, everyMs, fromMs, untilMs } of periods) {
    const series = slotSeries(probe, target, agent, everyMs);
    for (let slotMs = slotAtOrAfter(series, fromMs); slotMs < (untilMs ?? fromMs); slotMs += everyMs)
      expected.add(slotOf({ probe, target, scheduledMs: slotMs }));
  }
  const numbers = new Set<string>();
  const seen = new Set<string>();
  const twice: string[] = [];
  const missedByReason: Record<string, number> = {};
  let [stored, extra] = [0, 0];
  for (const row of rows) {
    // What has one number twice is told as that.
    if (row.trigger !== 'schedule' || numbers.has(numberOf(row))) continue;
    numbers.add(numberOf(row));
    const slot = slotOf(row);
    if (seen.has(slot)) twice.push(slot);
    else if (!expected.has(slot)) extra += 1;
    else if (row.outcome === 'missed')
      missedByReason[row.missedReason] = (missedByReason[row.missedReason] ?? 0) + 1;
    else stored += 1;
    seen.add(slot);
  }
  const held = new Set(pending.filter(({ trigger }) => trigger === 'schedule').map(slotOf));
  const without = [...expected].filter((slot) => !seen.has(slot));
  const open = without.filter((slot) => !held.has(slot));
  return {
    expected: expected.size,
    stored,
    missedByReason,
    extra,
    twice,
    pending: without.length - open.length,
    open: open.length,
    openWhich: some(open),
    unended: periods.filter(({ untilMs }) => untilMs === undefined).length,
  };
}

function numberOf({ boot, seq }: Pick<Entry, 'boot' | 'seq'>): string {
  return `${boot}/${seq}`;
}

function slotOf({ probe, target, scheduledMs }: Pick<Entry, 'probe' | 'target' | 'scheduledMs'>): string {
  return `${probe} ${target} ${new Date(scheduledMs).toISOString()}`;
}

function textOf(entry: Entry): string {
  return `${slotOf(entry)} ${entry.trigger} ${entry.outcome}`;
}

function some(list: readonly string[]): readonly string[] {
  return list.length <= 5 ? list : [...list.slice(0, 5), `and ${list.length - 5} more`];
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
