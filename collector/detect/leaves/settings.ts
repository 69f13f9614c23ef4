/** What the localiser goes by, in one place: tuned on one half of labelled incidents, reported on the other, then frozen. */
import type { Limit } from '../../../probes/limit.ts';

export interface LeafSettings {
  /** The latest minutes before the incident that are its normal. */
  readonly baselineMinutes: number;
  /** A leaf's own rate weighs against the rate of all as if that had been seen in so many more units. */
  readonly priorWeight: number;
  /** Dimensions that a set may name. */
  readonly dimsMax: number;
  /** The dimensions of each set that may be named; absent: any. */
  readonly sets?: readonly (readonly string[])[];
  /** Units (runs, viewers) that a set must have now. */
  readonly unitsMin: number;
  /** Bad by expected, inside by outside, from which a set is a candidate. */
  readonly ratioMin: number;
  /** Evidence, in nats, that each named dimension costs; and each nat of choice between values. */
  readonly dimCost: number;
  readonly choiceCost: number;
  /** A set gives way to a wider one whose rest is raised by this share of its own rise, with at least this z. */
  readonly promoteShare: number;
  readonly promoteZ: number;
  /** A set gives way to a narrower one with this share of its excess, if the rest is raised by less than this share. */
  readonly demoteShare: number;
  readonly demoteRest: number;
  /** Sets in an answer; one more is looked for, since an early one may turn out to be made of later ones. */
  readonly causesMax: number;
  /** A further cause must have this share of the first one's evidence, … */
  readonly nextEvidence: number;
  /** … of its excess, … */
  readonly nextExcess: number;
  /** … or rise by as much of its rise with this evidence (a small cause beside a large one), … */
  readonly nextRise: number;
  readonly nextScoreMin: number;
  /** … and be raised in itself by this factor: what only fell less than others is no cause. */
  readonly nextRatio: number;
  /** A cause whose excess is this much explained by the others is none. */
  readonly ownShareMin: number;
  /** Candidates in an answer, the answer itself included. */
  readonly top: number;
  /** Sets between which fewer bad units than this would tell are not told apart. */
  readonly tellingUnits: number;
  /** Evidence below which a cause is not named as a fault: leaves without any have as much now and then. */
  readonly faultScoreMin: number;
  /** Everything is raised when the whole is raised by this factor, and the causes explain less than this share of it. */
  readonly globalRatio: number;
  readonly globalShare: number;
  /** … or what they leave over rises beyond its normal by this share of their own rise. */
  readonly globalRise: number;
}

export const LEAF_SETTINGS: LeafSettings = {
  baselineMinutes: 60,
  priorWeight: 50,
  dimsMax: 3,
  unitsMin: 20,
  ratioMin: 1.3,
  dimCost: 3,
  choiceCost: 0.5,
  promoteShare: 0.08,
  promoteZ: 2.5,
  demoteShare: 0.9,
  demoteRest: 0.2,
  causesMax: 3,
  nextEvidence: 0.05,
  nextExcess: 0.15,
  nextRise: 0.5,
  nextScoreMin: 20,
  nextRatio: 1.5,
  ownShareMin: 0.2,
  top: 5,
  tellingUnits: 3,
  faultScoreMin: 4,
  globalRatio: 1.3,
  globalShare: 0.3,
  // Between two minutes all rates drift.
  globalRise: Number.POSITIVE_INFINITY,
};

/**
 * For the leaves of an alarm: a few rounds of a few agents, each against a share that would be no wonder for itself. Tuned on the fleets
 * of `synthetic-day.ts`.
 */
export const ALARM_LEAF_SETTINGS: LeafSettings = {
  ...LEAF_SETTINGS,
  // What is usual is told for each leaf, and is not drawn towards the others.
  priorWeight: 0,
  // That it is raised at all the alarm has shown: only places are weighed against one another.
  unitsMin: 1,
  dimCost: 1,
  choiceCost: 0,
  faultScoreMin: 0,
  nextScoreMin: 4,
  // Votes are 0 and 1: parts of one place differ by chance, and by much.
  promoteShare: 0.4,
  promoteZ: 2,
  globalRise: 0.2,
  // Those that an incident can be about, each for all targets or for one.
  sets: [
    ...[['agent'], ['region'], ['country'], ['isp'], ['isp', 'region'], ['pop'], ['pop', 'region']].flatMap(
      (place) => [place, [...place, 'target']],
    ),
    ['target'],
  ],
};

export const LEAF_LIMITS = {
  leaves: {
    value: 200_000,
    reason: 'Combinations of a dozen labels; more is a label with a value for each run.',
    past: 'Rows of further leaves are left out, and counted.',
  },
  dims: {
    value: 16,
    reason: 'Sets of three out of sixteen dimensions are 696 ways to cut the leaves, each held as a column.',
    past: 'The table is refused.',
  },
  groupedCells: {
    value: 40_000_000,
    reason: 'Each way to cut the leaves is held as four bytes a leaf: 160 MB.',
    past: 'Sets name fewer dimensions.',
  },
} as const satisfies Record<string, Limit>;
