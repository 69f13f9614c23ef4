/**
 * Whether a difference is more than noise. The time is cut into sections, each has its own quantile, and what these differ by
 * says how well the quantile of the whole is known (sectioning: Asmussen & Glynn, Stochastic Simulation, 2007, III.5). Runs of one
 * minute are not independent of each other: order statistics over all of them would call every difference certain. Pure.
 */

/** One section: how many runs, and their quantile; null where it has none. */
export interface Section {
  readonly count: number;
  readonly value: number | null;
}

/** A figure, how well it is known, and what the figure itself may be off by. */
export interface Estimate {
  readonly value: number;
  readonly variance: number;
  /** Of freedom: sections less one. */
  readonly degrees: number;
  readonly error: number;
}

/** Fewer sections with runs say nothing of how they differ. */
const SECTIONS_MIN = 5;
/** So many runs are expected beyond a quantile, on its thinner side: of fewer it is hardly more than the largest of them. */
const RUNS_BEYOND_MIN = 5;
/** A share of fewer runs than this is not held against another. */
const RUNS_MIN = 20;
/** What a sketch may be off by, as a share of the value: the parameter of `quantilesDD` in the rollups. */
export const SKETCH_ERROR = 0.01;

/** Undefined where the runs are too few. */
export function quantileEstimate(
  level: number,
  value: number | null,
  sections: readonly Section[],
): Estimate | undefined {
  const heard = sections.filter((one) => one.count > 0 && one.value !== null);
  const count = heard.reduce((sum, one) => sum + one.count, 0);
  if (value === null || heard.length < SECTIONS_MIN) return undefined;
  if (count * Math.min(level, 1 - level) < RUNS_BEYOND_MIN) return undefined;
  const spread = heard.reduce(
    (sum, one) => sum + (one.count / count) ** 2 * ((one.value ?? value) - value) ** 2,
    0,
  );
  return {
    value,
    variance: (spread * heard.length) / (heard.length - 1),
    degrees: heard.length - 1,
    error: Math.abs(value) * SKETCH_ERROR,
  };
}

/** Of a share: at least as uncertain as so many independent runs leave it (Agresti & Coull 1998), more where sections differ. */
export function shareEstimate(
  sections: readonly { readonly good: number; readonly count: number }[],
): Estimate | undefined {
  const heard = sections.filter((one) => one.count > 0);
  const count = heard.reduce((sum, one) => sum + one.count, 0);
  if (heard.length < SECTIONS_MIN || count < RUNS_MIN) return undefined;
  const good = heard.reduce((sum, one) => sum + one.good, 0);
  const value = good / count;
  const spread = heard.reduce((sum, one) => sum + ((one.good - value * one.count) / count) ** 2, 0);
  const smoothed = (good + 2) / (count + 4);
  return {
    value,
    variance: Math.max(
      (spread * heard.length) / (heard.length - 1),
      (smoothed * (1 - smoothed)) / (count + 4),
    ),
    degrees: heard.length - 1,
    error: 0,
  };
}

/** `value` = now less then, with its 95 % interval; `p`: how often noise alone would differ so much. */
export interface Difference {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
}

/** Of two figures of different times or places: Welch's, with what the sketches may be off by on top. */
export function differenceOf(now: Estimate, then: Estimate): Difference {
  const value = now.value - then.value;
  const variance = now.variance + then.variance;
  const degrees =
    variance === 0
      ? 1
      : variance ** 2 / (now.variance ** 2 / now.degrees + then.variance ** 2 / then.degrees);
  const error = now.error + then.error;
  const freedom = Math.max(1, Math.floor(degrees));
  const half = studentQuantile(freedom) * Math.sqrt(variance) + error;
  return {
    value,
    low: value - half,
    high: value + half,
    p: chanceOf(Math.abs(value) - error, variance, freedom),
  };
}

function chanceOf(beyond: number, variance: number, degrees: number): number {
  if (beyond <= 0) return 1;
  return variance === 0 ? 0 : outsideStudent(beyond / Math.sqrt(variance), degrees);
}

/** The share of Student's t with so many whole degrees that lies beyond ±t (Abramowitz & Stegun 26.7.3, 26.7.4). */
export function outsideStudent(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cos2 = Math.cos(angle) ** 2;
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? Math.cos(angle) : 1;
  let sum = degrees > 1 ? term : 0;
  for (let k = isOdd ? 3 : 2; k < degrees; k += 2) {
    term *= (cos2 * (k - 1)) / k;
    sum += term;
  }
  const inside = isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return Math.min(1, Math.max(0, 1 - inside));
}

const quantiles = new Map<number, number>();

/** Where 95 % of Student's t lie within ±. */
export function studentQuantile(degrees: number): number {
  const known = quantiles.get(degrees);
  if (known !== undefined) return known;
  let [low, high] = [1.9, 13];
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (outsideStudent(middle, degrees) > 0.05) low = middle;
    else high = middle;
  }
  quantiles.set(degrees, high);
  return high;
}

/**
 * Which of many differences to call more than noise, so that of those called so at most one in twenty is none (Benjamini &
 * Hochberg 1995): a table has hundreds, and one in twenty of them exceeds its own interval by chance. Gives the largest `p` to accept, -1
 * for none.
 */
export function acceptedChance(chances: readonly number[], falseShare = 0.05): number {
  const sorted = chances.toSorted((a, b) => a - b);
  const last = sorted.findLastIndex((p, index) => p <= (falseShare * (index + 1)) / sorted.length);
  return sorted[last] ?? -1;
}
