/**
 * Seasonality by the hour of the week: what is usual at this hour, as a factor on what is usual at all. It needs three weeks of history,
 * and it is drawn towards no factor while an hour has few samples. One for all agents of a (region, probe, metric) is enough: the
 * hours of a region are the same for everybody in it.
 */
import type { Limit } from '../../probes/limit.ts';
import { lowerMedian } from './sorted-window.ts';

export const WEEK_HOURS = 168;
const HOUR_MS = 3_600_000;
const WEEK_MS = WEEK_HOURS * HOUR_MS;
/** 1970 began on a Thursday: hours from there to the Monday after. */
const MONDAY_HOURS = 4 * 24;

export const SEASON_LIMITS = {
  weeks: {
    value: 3,
    reason: 'One week is no season: a bad Tuesday would be expected of every Tuesday.',
    past: 'Until then nothing is corrected.',
  },
  factor: {
    value: 4,
    reason: 'Latency by the hour moves by tenths; a factor beyond this is a fault that was learned.',
    past: 'The factor is cut off there, either way.',
  },
} as const satisfies Record<string, Limit>;

/** Samples for which the shrinkage counts as much as what was seen. */
const SHRINK_SAMPLES = 8;
/** Share of the usual value by which one sample moves a median, at first and at least. */
const STEP_FIRST = 0.2;
const STEP_LEAST = 0.005;

/** Hour of the week in UTC, 0 is Monday from midnight. */
export function hourOfWeek(atMs: number): number {
  const hour = (Math.floor(atMs / HOUR_MS) - MONDAY_HOURS) % WEEK_HOURS;
  return (hour + WEEK_HOURS) % WEEK_HOURS;
}

/** What is usual by the hour: values are judged, and learned, by what is left when it is taken away. */
export interface Season {
  /** What values of that time are divided by. */
  factor(atMs: number): number;
  /** Takes a clean value in, as it was measured. */
  learn(atMs: number, value: number): void;
}

/** What is known of one hour of the week, 0 being Monday from midnight in UTC. */
export interface HourMedian {
  readonly hour: number;
  readonly median: number;
  readonly samples: number;
}

/** As far as samples are counted. */
const SAMPLES_MAX = 65_535;

/** For positive values, such as durations. */
export class HourOfWeek implements Season {
  /** Medians of the logarithm an hour, and over all at the end; moved by steps that shrink, so that one number is enough. */
  readonly #medians = new Float32Array(WEEK_HOURS + 1);
  readonly #samples = new Uint16Array(WEEK_HOURS + 1);
  #firstMs: number | undefined;
  #lastMs = 0;

  /** From what is stored of it: medians and samples by the hour of the week, and the span of time that they are from. */
  static of(hours: Iterable<HourMedian>, firstMs: number, lastMs: number): HourOfWeek {
    const season = new HourOfWeek();
    season.#firstMs = firstMs;
    season.#lastMs = lastMs;
    const logs: number[] = [];
    for (const { hour, median, samples } of hours) {
      if (!(median > 0) || !Number.isFinite(median) || samples < 1) continue;
      season.#medians[hour] = Math.log(median);
      season.#samples[hour] = Math.min(SAMPLES_MAX, samples);
      logs.push(Math.log(median));
    }
    // Hours count alike: a median over all samples would be that of the hours with the most.
    season.#medians[WEEK_HOURS] = logs.length > 0 ? lowerMedian(logs) : 0;
    season.#samples[WEEK_HOURS] = logs.length > 0 ? SAMPLES_MAX : 0;
    return season;
  }

  /** Bytes of state. */
  get bytes(): number {
    return this.#medians.byteLength + this.#samples.byteLength;
  }

  /** Whether it has seen enough weeks to correct anything. */
  get ready(): boolean {
    return this.#firstMs !== undefined && this.#lastMs - this.#firstMs >= SEASON_LIMITS.weeks.value * WEEK_MS;
  }

  /** Learns a clean value; what is not positive has no logarithm and is left out. */
  learn(atMs: number, value: number): void {
    if (!(value > 0) || !Number.isFinite(value)) return;
    this.#firstMs = Math.min(this.#firstMs ?? atMs, atMs);
    this.#lastMs = Math.max(this.#lastMs, atMs);
    const log = Math.log(value);
    this.#move(hourOfWeek(atMs), log);
    this.#move(WEEK_HOURS, log);
  }

  /** A stochastic median: towards the value by a step that shrinks with what was seen. */
  #move(place: number, log: number): void {
    const seen = this.#samples[place] as number;
    const median = this.#medians[place] as number;
    const step = Math.max(STEP_LEAST, STEP_FIRST / (1 + seen / 4));
    this.#medians[place] = seen === 0 ? log : median + Math.max(-step, Math.min(step, log - median));
    if (seen < SAMPLES_MAX) this.#samples[place] = seen + 1;
  }

  /** What values of that hour are divided by; 1 while nothing is known. */
  factor(atMs: number): number {
    if (!this.ready) return 1;
    const place = hourOfWeek(atMs);
    const seen = this.#samples[place] as number;
    const difference = (this.#medians[place] as number) - (this.#medians[WEEK_HOURS] as number);
    const most = Math.log(SEASON_LIMITS.factor.value);
    const log = (seen / (seen + SHRINK_SAMPLES)) * difference;
    return Math.exp(Math.max(-most, Math.min(most, log)));
  }
}
