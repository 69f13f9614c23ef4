/** The changes of one series, sample after sample. */
import { ChangeBank, FAILED_VALUE } from './change-bank.ts';
import {
  CHANGE_DEFAULTS,
  type ChangeSettings,
  type MinEffect,
  SERIES_MIN_EFFECT,
} from './change-settings.ts';

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
}

export class SeriesChanges {
  readonly #bank: ChangeBank;
  readonly #slot: number;
  readonly #sign: 1 | -1;
  #index = -1;

  constructor({
    settings = CHANGE_DEFAULTS,
    minEffect = SERIES_MIN_EFFECT,
    better = 'lower',
  }: SeriesChangesOptions = {}) {
    this.#bank = new ChangeBank(settings, 1);
    this.#slot = this.#bank.add(minEffect);
    this.#sign = better === 'higher' ? -1 : 1;
  }

  /** Samples taken so far. */
  get samples(): number {
    return this.#index + 1;
  }

  /** Takes the next sample, undefined for a probe that failed; gives a change of level when it is found. */
  take(value: number | undefined): SeriesChange | undefined {
    this.#index += 1;
    const change = this.#bank.step(this.#slot, value === undefined ? FAILED_VALUE : value * this.#sign);
    if (!change || change.kind === 'return') return undefined;
    return {
      index: this.#index,
      onset: this.#index - change.ago,
      direction: (change.direction === 'worse') === (this.#sign === 1) ? 'up' : 'down',
      evidence: change.evidence,
      before: this.#inUnit(change.before),
      after: this.#inUnit(change.after),
    };
  }

  #inUnit(bad: number): number | undefined {
    return bad > FAILED_VALUE / 2 ? undefined : bad * this.#sign;
  }
}
