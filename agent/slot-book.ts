/**
 * Which slots are accounted for. Every slot of a check ends in exactly one result, across restarts: a slot is free, open
 * (its run is under way) or settled (its result is in the spool, or counted as dropped), and never goes back.
 */
import type { Assignment } from '../protocol/frame.ts';
import type { SlotSeries } from '../protocol/slots.ts';
import { slotAtOrAfter, slotSeries } from '../protocol/slots.ts';
import { IntervalSet } from './interval-set.ts';
import { AGENT_LIMITS } from './limits.ts';

/** One check of the schedule with its slots. */
export interface Check {
  /** Names the series of slots: another interval is another series. */
  readonly key: string;
  readonly assignment: Assignment;
  readonly series: SlotSeries;
}

export function checkOf(assignment: Assignment, agent: string): Check {
  const { probe, target, everyMs } = assignment;
  return {
    key: JSON.stringify([probe, target.name, everyMs]),
    assignment,
    series: slotSeries(probe, target.name, agent, everyMs),
  };
}

/** The number of a slot in its series: slots of one series are consecutive integers. */
export function slotIndex(series: SlotSeries, slotMs: number): number {
  return Math.round((slotMs - series.phaseMs) / series.everyMs);
}

export function slotTime(series: SlotSeries, index: number): number {
  return index * series.everyMs + series.phaseMs;
}

/** Slots that nobody ran: those to report, oldest first, and how many more were too many to report. */
export interface Unrun {
  readonly slots: readonly number[];
  readonly beyond: number;
}

/** The check whose slots a result ends, and all that is settled of it by then. */
export interface Ends {
  readonly key: string;
  readonly settled: IntervalSet;
}

interface Account {
  readonly settled: IntervalSet;
  readonly open: Set<number>;
}

export class SlotBook {
  /** In the order of last use, so that the first is the one to forget. */
  readonly #accounts = new Map<string, Account>();

  /** Takes over what an earlier process has settled. */
  constructor(settled: ReadonlyMap<string, IntervalSet> = new Map()) {
    for (const [key, set] of settled) this.#accounts.set(key, { settled: set, open: new Set() });
  }

  /** Takes a free slot; false when it is open or settled already. */
  open(check: Check, slotMs: number): boolean {
    const account = this.#account(check.key);
    const index = slotIndex(check.series, slotMs);
    if (account.open.has(index) || account.settled.has(index)) return false;
    account.open.add(index);
    return true;
  }

  /** Ends a slot; what is settled is to be stored together with its result. */
  settle(check: Check, slotMs: number): IntervalSet {
    const account = this.#account(check.key);
    const index = slotIndex(check.series, slotMs);
    account.open.delete(index);
    account.settled.add(index);
    account.settled.compact(AGENT_LIMITS.slotRanges.value);
    return account.settled;
  }

  /** What of a check is settled. */
  settled(check: Check): IntervalSet {
    return this.#account(check.key).settled;
  }

  /**
   * Settles every free slot in [fromMs, untilMs) and says which they were: the newest `max` by time, the others by number.
   * The caller reports them.
   */
  claimUnrun(check: Check, fromMs: number, untilMs: number, max: number): Unrun {
    const { series } = check;
    const account = this.#account(check.key);
    const from = slotIndex(series, slotAtOrAfter(series, fromMs));
    const until = slotIndex(series, slotAtOrAfter(series, untilMs));
    const free = new IntervalSet(account.settled.ranges());
    for (const index of account.open) free.add(index);
    const slots: number[] = [];
    let beyond = 0;
    for (const [gapFrom, gapUntil] of free.gaps(from, until).reverse()) {
      const taken = Math.min(gapUntil - gapFrom, max - slots.length);
      for (let index = gapUntil - 1; index >= gapUntil - taken; index -= 1)
        slots.push(slotTime(series, index));
      beyond += gapUntil - gapFrom - taken;
      account.settled.add(gapFrom, gapUntil);
    }
    return { slots: slots.reverse(), beyond };
  }

  /** Forgets the checks unused the longest, beyond the limit; returns their keys. */
  prune(max: number = AGENT_LIMITS.trackedChecks.value): string[] {
    const forgotten: string[] = [];
    for (const [key, account] of this.#accounts) {
      if (this.#accounts.size <= max) break;
      if (account.open.size > 0) continue;
      this.#accounts.delete(key);
      forgotten.push(key);
    }
    return forgotten;
  }

  #account(key: string): Account {
    const known = this.#accounts.get(key);
    const account = known ?? { settled: new IntervalSet(), open: new Set<number>() };
    if (known) this.#accounts.delete(key);
    this.#accounts.set(key, account);
    return account;
  }
}
