/** The changes of one series, sample after sample. */
import { ChangeBank, FAILED_VALUE } from './change-bank.ts';
import {
  CHANGE_DEFAULTS,
  type ChangeSettings,
  DRIFT_BLOCK_SAMPLES,
  DRIFT_DEFAULTS,
  SERIES_MIN_EFFECT,
} from './change-settings.ts';
import type { Season } from './hour-of-week.ts';
import type { MinEffect } from './metric-rules.ts';
import { lowerMedian } from './sorted-window.ts';

export interface SeriesChange {
  /** The sample at which the alarm was raised, and the first one after the change, both from 0. */
  readonly index: number;
  readonly onset: number;
  /** Where the values went. */
  readonly direction: 'up' | 'down';
  readonly evidence: number;
  /** Medians before and since, in the unit of the series; undefined while every probe failed. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}

export interface SeriesChangesOptions {
  readonly settings?: ChangeSettings;
  readonly minEffect?: MinEffect;
  /** Whether larger values are the worse ones; a failed probe is worse than any. */
  readonly better?: 'lower' | 'higher';
  /** Samples whose median is judged as one: 1 judges each. */
  readonly blockSamples?: number;
  /** What is usual by the hour, for samples that come with their time. */
  readonly season?: Season;
}

/** For changes too slow for the others: the same code on medians of blocks, half the effect, ten times the evidence. */
export function driftOptions({
  minEffect = SERIES_MIN_EFFECT,
  better = 'lower',
}: SeriesChangesOptions = {}): SeriesChangesOptions {
  const half = { abs: minEffect.abs / 2, rel: minEffect.rel / 2 };
  return { settings: DRIFT_DEFAULTS, minEffect: half, better, blockSamples: DRIFT_BLOCK_SAMPLES };
}

export class SeriesChanges {
  readonly #bank: ChangeBank;
  readonly #slot: number;
  readonly #sign: 1 | -1;
  readonly #blockSamples: number;
  readonly #season: Season | undefined;
  #block: number[] = [];
  #index = -1;

  constructor({
    settings = CHANGE_DEFAULTS,
    minEffect = SERIES_MIN_EFFECT,
    better = 'lower',
    blockSamples = 1,
    season,
  }: SeriesChangesOptions = {}) {
    this.#bank = new ChangeBank(settings, 1);
    this.#slot = this.#bank.add(minEffect);
    this.#sign = better === 'higher' ? -1 : 1;
    this.#blockSamples = blockSamples;
    this.#season = season;
  }

  /** Samples taken so far. */
  get samples(): number {
    return this.#index + 1;
  }

  /**
   * Takes the next sample, undefined or no finite number for a probe that failed; gives a change of level when it is found. `atMs`, Unix milliseconds, is for
   * the season alone: the order of the samples is the time.
   */
  take(sample: number | undefined, atMs?: number): SeriesChange | undefined {
    const value = Number.isFinite(sample) ? sample : undefined;
    this.#index += 1;
    const factor = atMs === undefined ? 1 : (this.#season?.factor(atMs) ?? 1);
    this.#block.push(value === undefined ? FAILED_VALUE : (value / factor) * this.#sign);
    if (value !== undefined && atMs !== undefined) this.#season?.learn(atMs, value);
    if (this.#block.length < this.#blockSamples) return undefined;
    const change = this.#bank.step(this.#slot, lowerMedian(this.#block));
    this.#block = [];
    if (!change || change.kind === 'return') return undefined;
    return {
      index: this.#index,
      onset: this.#index - (change.ago + 1) * this.#blockSamples + 1,
      direction: (change.direction === 'worse') === (this.#sign === 1) ? 'up' : 'down',
      evidence: change.evidence,
      before: this.#inUnit(change.before, factor),
      after: this.#inUnit(change.after, factor),
    };
  }

  #inUnit(bad: number, factor: number): number | undefined {
    return bad > FAILED_VALUE / 2 ? undefined : bad * this.#sign * factor;
  }
}
