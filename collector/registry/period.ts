/** One stretch of time during which an agent was to run a check: what the ledger expects is the sum of these. */
import { type SlotSeries, slotSeries, slotsBetween } from '../../protocol/slots.ts';
import { REGISTRY_LIMITS } from './limits.ts';

export interface Period {
  readonly agent: string;
  readonly probe: string;
  readonly target: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly fingerprint: string;
  /** The first slot at or after this is expected. Unix milliseconds. */
  readonly fromMs: number;
  /** Slots from here on are not; absent while it runs. */
  readonly untilMs?: number;
  /** The agent itself said that it stopped here: nothing is under way any more. */
  readonly settled: boolean;
  readonly revision: number;
}

/** How long after a slot its result may still be on its way. */
export function graceMsOf(timeoutMs: number): number {
  return Math.max(REGISTRY_LIMITS.graceMinMs.value, timeoutMs + REGISTRY_LIMITS.graceMs.value);
}

/** The end of what can be expected by now: slots before it must be accounted for. */
export function cutMsOf(period: Period, nowMs: number): number {
  if (period.settled && period.untilMs !== undefined) return period.untilMs;
  return Math.min(period.untilMs ?? Number.POSITIVE_INFINITY, nowMs - graceMsOf(period.timeoutMs));
}

/** Slots in [sinceMs, cut) of the period. */
export function expectedSlots(period: Period, sinceMs: number, nowMs: number): number {
  return slotsBetween(seriesOf(period), Math.max(sinceMs, period.fromMs), cutMsOf(period, nowMs));
}

function seriesOf({ probe, target, agent, everyMs }: Period): SlotSeries {
  return slotSeries(probe, target, agent, everyMs);
}
