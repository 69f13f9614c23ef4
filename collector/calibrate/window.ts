/** One window of a pair: how far the twin was off. Plain values; times in Unix milliseconds, durations in milliseconds. */

/** Two probes on one target in one region: one predicts the first frame, the other sees it. */
export interface Pair {
  readonly region: string;
  readonly target: string;
  /** Name of a probe of type `playback`. */
  readonly twin: string;
  /** Name of a probe of type `video-start`. */
  readonly browser: string;
}

/** Of what kind the runs of a window are: errors are compared only with those of the same kind. */
export interface Kind {
  readonly format: string;
  readonly player: string;
  /** `agents`: both probes were run by the same agents. `region`: no agent runs both. */
  readonly basis: 'agents' | 'region';
}

/** Quartiles of the runs of one side. */
export interface Quartiles {
  readonly count: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface CalibrationWindow extends Pair, Kind {
  /** With the pair it names the window: whole minutes, the end excluded. */
  readonly startMs: number;
  readonly endMs: number;
  readonly agents: number;
  readonly twinRuns: number;
  readonly browserRuns: number;
  readonly twinMs: number;
  readonly browserMs: number;
  /** How much later the browser showed its first frame than the twin predicted. */
  readonly errorMs: number;
  /** Half of the 90 % interval of `errorMs`. */
  readonly uncertaintyMs: number;
  readonly builds: readonly string[];
}

export function pairKey({ region, target, twin, browser }: Pair): string {
  return JSON.stringify([region, target, twin, browser]);
}

export function kindKey(of: Pair & Kind): string {
  return JSON.stringify([of.region, of.target, of.twin, of.browser, ...[of.format, of.player, of.basis]]);
}

/** Quartile range of a normal distribution by its deviation, and the deviation of its median by that of the mean. */
const QUARTILE_RANGE = 1.349;
const MEDIAN_FACTOR = 1.2533;
/** Of a 90 % interval. */
const TWO_SIDED_90 = 1.645;

const medianError = ({ count, low, high }: Quartiles): number =>
  (MEDIAN_FACTOR * (high - low)) / QUARTILE_RANGE / Math.sqrt(Math.max(1, count));

/** How far the difference of two medians may be off by chance. */
export function uncertaintyOf(twin: Quartiles, browser: Quartiles): number {
  return TWO_SIDED_90 * Math.hypot(medianError(twin), medianError(browser));
}
