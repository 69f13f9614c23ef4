/**
 * Every number by which a single series is judged for changes, with its reason. Tuned on one half of labelled traces and reported on
 * the other (`npm run bench -- detect`); the figures move little with any one of them.
 */
import type { MinEffect } from './metric-rules.ts';

/** A quantile beyond which a sample counts, and how often a healthy series goes there. */
export interface ChangeLevel {
  /** Of the samples that are normal, on either side. */
  readonly quantile: number;
  /** Share of exceedances after a sample that was none, until the series has shown its own. */
  readonly rate: number;
  /** The same after a sample that was one: noise that comes in bursts goes on more often than it begins. */
  readonly rateAfter: number;
}

export interface ChangeSettings {
  /** Clean samples of what is normal: fewer follow a wandering level, more know its spread better. At most 255. */
  readonly windowSamples: number;
  /** Samples that wait before they are learned, so that a change is judged before it is normal; fewer while the window is young. */
  readonly lagSamples: number;
  /** Samples before anything is judged. */
  readonly minSamples: number;
  readonly levels: readonly ChangeLevel[];
  /** The same for failing: a probe that fails now and then says so in a score of its own, and nothing of the level of the others. */
  readonly failing: Pick<ChangeLevel, 'rate' | 'rateAfter'>;
  /** The part of the evidence that is bet each time: a vote multiplies it by 1 − bet + bet·y/rate. */
  readonly bet: number;
  /** No rate is taken to be lower: what was never seen is not impossible. */
  readonly rateMin: number;
  /** Votes that the rates above count for beside those that were seen; a quarter of it for `rateAfter`. */
  readonly rateWeight: number;
  /** What a seen vote still counts for after the next one. */
  readonly rateDecay: number;
  /** Evidence, over both directions and all levels, that is an alarm: by theory the least mean number of samples between false ones. */
  readonly threshold: number;
  /** Samples that a change has lasted before it is told: what is over sooner is a spike. */
  readonly holdSamples: number;
  /** Evidence from which nothing is learned, as a share of the threshold, and for how many samples at most. */
  readonly freezeShare: number;
  readonly freezeSamplesMax: number;
  /** A return to the level before within so many samples of a change is its end, and no change of its own. */
  readonly returnSamples: number;
  /** The smallest effect in quartile distances of the window: noise is not an effect. */
  readonly effectMinSpreads: number;
  /** The relative minimum effect never asks for more than so many quartile distances: a quiet series is told of less. */
  readonly effectMaxSpreads: number;
}

/** Sudden changes of level, for better or worse, that last for some samples. */
export const CHANGE_DEFAULTS: ChangeSettings = {
  windowSamples: 40,
  lagSamples: 5,
  minSamples: 5,
  levels: [
    { quantile: 0.75, rate: 0.3, rateAfter: 0.5 },
    { quantile: 0.95, rate: 0.1, rateAfter: 0.5 },
  ],
  failing: { rate: 0.1, rateAfter: 0.5 },
  bet: 0.9,
  rateMin: 0.06,
  rateWeight: 200,
  rateDecay: 0.998,
  threshold: 100,
  holdSamples: 6,
  freezeShare: 0.5,
  freezeSamplesMax: 60,
  returnSamples: 25,
  effectMinSpreads: 1,
  effectMaxSpreads: 4,
};

/**
 * The slow copy, for what creeps: it is fed medians of blocks, so that its window is hours where the other's is minutes; it asks for half
 * of the effect, of the median and not of an upper quantile, and for ten times the evidence.
 */
export const DRIFT_DEFAULTS: ChangeSettings = {
  ...CHANGE_DEFAULTS,
  windowSamples: 60,
  lagSamples: 20,
  minSamples: 12,
  levels: [{ quantile: 0.5, rate: 0.6, rateAfter: 0.6 }],
  bet: 0.7,
  rateMin: 0.6,
  threshold: 1000,
  holdSamples: 10,
  freezeSamplesMax: 120,
  effectMinSpreads: 0.5,
};

/** Samples whose median is one sample of the slow copy. */
export const DRIFT_BLOCK_SAMPLES = 8;

/** A hundredth: what a person marks in a trace of round-trip times. The same in any unit, so that it need not be known. */
export const SERIES_MIN_EFFECT: MinEffect = { abs: 0, rel: 0.01 };
