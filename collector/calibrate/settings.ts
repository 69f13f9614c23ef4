/** Every number that calibration decides by, with its reason, and the limits of its work. */
import type { Limit } from '../../probes/limit.ts';

export interface CalibrationSettings {
  /** Runs of each of the two probes that a window needs: the median of eight is off by half the spread of one. */
  readonly minRuns: number;
  /** A window is at least so long, so that a busy moment is not all of it; in whole minutes. */
  readonly minWindowMs: number;
  /** What takes longer to gather is thrown away: networks change meanwhile. */
  readonly maxWindowMs: number;
  /** A pause of the browser probe after which a window begins anew: the twin of the pause had nothing to be compared with. */
  readonly gapMs: number;
  /** Windows of a reference before anything is judged by it. */
  readonly learnWindows: number;
  /** Windows of a reference: a day of five minutes each, so that it has the ups and downs of a day. Then it stands still, so that
   * a slow drift is not learned. */
  readonly referenceWindows: number;
  /** The documented threshold: the error may be so far from the reference, beyond its own usual spread. It is what the model
   * claims for its median; the ratio is of the start-up time in the browser. The larger of both counts. */
  readonly minEffectMs: number;
  readonly minEffectRatio: number;
  /** What is the usual spread: this quantile of the distances from the reference. */
  readonly spreadQuantile: number;
  /** A healthy pair exceeds at most this often in one direction, given its past. */
  readonly p0: number;
  /** Bets on exceedance, mixed with equal weights; each below 1/p0. */
  readonly bets: readonly number[];
  /** Mean number of windows between two false alarms, of all pairs together: half a year of windows of five minutes. */
  readonly falseAlarmWindows: number;
  /** Evidence beyond which a window is not learned. */
  readonly freezeEvidence: number;
  /** Windows in a row within the tolerance that end an alarm. */
  readonly calmWindows: number;
  /** Windows after which an error that stays where it is becomes the reference: an upgrade is not an alarm for ever. */
  readonly rebaseWindows: number;
  /** The last windows, of which that is decided. */
  readonly recentWindows: number;
  /** A reference beyond this does not stand for the browser at all: what the model claims for 95 % of its runs. */
  readonly offMs: number;
}

export const CALIBRATION_DEFAULTS: CalibrationSettings = {
  minRuns: 8,
  minWindowMs: 5 * 60_000,
  maxWindowMs: 6 * 3_600_000,
  gapMs: 3_600_000,
  learnWindows: 12,
  referenceWindows: 288,
  minEffectMs: 25,
  minEffectRatio: 0.05,
  spreadQuantile: 0.9,
  p0: 0.1,
  bets: [1, 3, 6],
  falseAlarmWindows: 50_000,
  freezeEvidence: 10,
  calmWindows: 4,
  rebaseWindows: 72,
  recentWindows: 24,
  offMs: 60,
};

/** Evidence for an alarm: each of so many pairs is watched in two directions, and they share the false alarms. */
export function thresholdOf({ falseAlarmWindows }: CalibrationSettings, pairs: number): number {
  return 2 * Math.max(1, pairs) * falseAlarmWindows;
}

export const CALIBRATION_LIMITS = {
  tickMs: {
    value: 30_000,
    reason: 'Windows end at whole minutes.',
    past: 'A tick that takes longer delays the next one; they never overlap.',
  },
  graceMs: {
    value: 150_000,
    reason: 'A run may take a minute, its result as long to arrive, and an insert half of that.',
    past: 'A result that comes later is in no window: what was published stays as it is.',
  },
  pairs: {
    value: 500,
    reason: 'Pairs of probes, targets and regions; a window of each costs two small queries.',
    past: 'Further pairs, in the order of their names, are not calibrated, and `pairs_over_limit` is not 0.',
  },
  windowsPerTick: {
    value: 100,
    reason: 'After a pause of the collector there are hours of windows: other work goes on in between.',
    past: 'The next tick goes on where this one stopped.',
  },
  rememberedMs: {
    value: 30 * 86_400_000,
    reason: 'As long as raw results are kept: a pair that was not heard for so long is a new one.',
    past: 'Its reference is forgotten and learned anew.',
  },
  idleMs: {
    value: 7 * 86_400_000,
    reason: 'An alarm about a pair that nobody runs any more tells nothing.',
    past: 'The alarm is resolved as `unpaired`.',
  },
  replayWindows: {
    value: 100_000,
    reason: 'A year of one pair, or a day of three hundred and fifty; judging takes about 10 µs each.',
    past: 'Only the newest windows are judged again, and the answer says `truncated`.',
  },
} as const satisfies Record<string, Limit>;
