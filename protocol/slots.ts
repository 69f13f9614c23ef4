/**
 * When a check runs: a pure function of (probe, target, agent, time), so that the fleet is spread
 * evenly and the collector knows what to expect without asking.
 */
import { createHash } from 'node:crypto';

export interface SlotSeries {
  readonly everyMs: number;
  /** Offset of every slot from a multiple of `everyMs`, milliseconds. */
  readonly phaseMs: number;
}

/** The slots of one check at one agent: phase = hash, uniform over the interval. */
export function slotSeries(probe: string, target: string, agent: string, everyMs: number): SlotSeries {
  const digest = createHash('sha256')
    .update(JSON.stringify([probe, target, agent]))
    .digest();
  return { everyMs, phaseMs: Math.floor((digest.readUInt32BE(0) / 2 ** 32) * everyMs) };
}

/** The first slot at or after `timeMs`, Unix milliseconds. */
export function slotAtOrAfter(series: SlotSeries, timeMs: number): number {
  return Math.ceil((timeMs - series.phaseMs) / series.everyMs) * series.everyMs + series.phaseMs;
}

/** How many slots lie in [fromMs, untilMs). */
export function slotsBetween(series: SlotSeries, fromMs: number, untilMs: number): number {
  if (untilMs <= fromMs) return 0;
  return (slotAtOrAfter(series, untilMs) - slotAtOrAfter(series, fromMs)) / series.everyMs;
}
