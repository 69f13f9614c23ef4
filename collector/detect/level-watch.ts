/**
 * The level of one live metric: when it is not to be learned, as its own evidence speaks against it, and when what was normal is no
 * longer. A change for the worse is held back until an incident covers it or nothing comes of it; one for the better is learned at once.
 */
import type { Baseline } from './baseline.ts';
import { type ChangeBank, FAILED_VALUE } from './change-bank.ts';
import { type LevelState, packBytes, unpackBytes } from './learned.ts';
import type { MetricRule } from './metric-rules.ts';
import type { RecentValues } from './recent-values.ts';
import type { DetectSettings } from './settings.ts';

export class LevelWatch {
  readonly #settings: DetectSettings;
  readonly #changes: ChangeBank;
  readonly #slot: number;
  readonly #sign: 1 | -1;
  readonly #baseline: Baseline;
  readonly #recent: RecentValues;
  #heldSamplesMax: number;
  /** Samples since a change for the worse was told, and values among them; none at 0. */
  #heldSamples = 0;
  #heldValues = 0;
  /** Samples since its own evidence first spoke against it: a doubt that lasts was busy hours, and is learned. */
  #doubtedSamples = 0;

  constructor(
    settings: DetectSettings,
    rule: MetricRule,
    changes: ChangeBank,
    baseline: Baseline,
    recent: RecentValues,
  ) {
    this.#settings = settings;
    this.#heldSamplesMax = settings.freezeSamplesMax;
    this.#changes = changes;
    this.#slot = changes.add(rule.minEffect ?? { abs: 0, rel: 0 });
    this.#sign = rule.better === 'higher' ? -1 : 1;
    this.#baseline = baseline;
    this.#recent = recent;
  }

  /** All that it has learned. */
  save(): LevelState {
    return {
      held: [this.#heldSamples, this.#heldValues, this.#doubtedSamples],
      bank: packBytes(this.#changes.save(this.#slot)),
    };
  }

  /** Takes up what was saved. Throws when that makes no sense. */
  restore({ bank, held }: LevelState): void {
    [this.#heldSamples, this.#heldValues, this.#doubtedSamples] = held;
    this.#changes.restore(this.#slot, unpackBytes(bank));
  }

  /** How often samples come: where they are rare, those of a shorter stretch are held back. */
  setEvery(everyMs: number): void {
    const { freezeMs, freezeSamplesMax, freezeSamplesMin } = this.#settings;
    const samples = Math.max(freezeSamplesMin, Math.round(freezeMs / everyMs));
    this.#heldSamplesMax = Math.min(freezeSamplesMax, samples);
  }

  /** Whether what comes now must not be learned. */
  get frozen(): boolean {
    return (
      this.#heldSamples > 0 || (this.#doubtedSamples > 0 && this.#doubtedSamples <= this.#heldSamplesMax)
    );
  }

  /** Takes what was just recorded, undefined for a failed run. `covered`: by an incident, so that the baseline stays as it is. */
  take(value: number | undefined, covered: boolean): void {
    const change = this.#changes.step(this.#slot, value === undefined ? FAILED_VALUE : value * this.#sign);
    const doubted = this.#changes.evidence(this.#slot, 'worse') > this.#settings.freezeEvidence;
    this.#doubtedSamples = doubted ? this.#doubtedSamples + 1 : 0;
    if (this.#heldSamples > 0) {
      this.#heldSamples += 1;
      if (value !== undefined) this.#heldValues += 1;
    }
    if (change?.direction === 'worse' && this.#heldSamples === 0) {
      this.#heldSamples = 1;
      this.#heldValues = 0;
    } else if (change?.direction === 'better') {
      this.#heldSamples = 0;
      if (!covered && this.#baseline.isBetter(change.after * this.#sign))
        this.#baseline.restart(this.#recent.last(change.ago + 1));
    }
    if (this.#heldSamples > this.#heldSamplesMax) {
      this.#heldSamples = 0;
      // Nobody else saw anything in it: so it is how things are now.
      if (!covered && this.#heldValues > 0) this.#baseline.restart(this.#recent.last(this.#heldValues));
    }
  }

  /** Nothing is held back any longer: the incident is over. */
  reset(): void {
    this.#heldSamples = 0;
  }

  /** Gives its place to another. */
  forget(): void {
    this.#changes.remove(this.#slot);
  }
}
