/**
 * Burn rates of an error budget, in several windows at once (Google, The Site Reliability Workbook, chapter 5): an alert needs a long window
 * that is burnt through, and a short one that says that it still is. At a run a minute and 99.9% a single failure is over budget:
 * so each window needs a number of failures, too.
 */

/** A promise: this share of the runs succeeds, over so long. */
export interface Slo {
  readonly successRatio: number;
  readonly periodMs: number;
}

export interface BurnWindow {
  readonly longMs: number;
  readonly shortMs: number;
  /** Times the rate that uses the budget up exactly at the end of the period. */
  readonly rate: number;
  readonly severity: 'critical' | 'warning';
  /** Failures in the long window, at least. */
  readonly failuresMin: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** For a period of 30 days: 2% of the budget in an hour, 5% in six hours, 10% in three days. */
export const BURN_WINDOWS: readonly BurnWindow[] = [
  { longMs: HOUR_MS, shortMs: 5 * MINUTE_MS, rate: 14.4, severity: 'critical', failuresMin: 5 },
  { longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS, rate: 6, severity: 'critical', failuresMin: 8 },
  { longMs: 3 * DAY_MS, shortMs: 6 * HOUR_MS, rate: 1, severity: 'warning', failuresMin: 12 },
];

export interface BurnAlert {
  readonly window: BurnWindow;
  /** How many times too fast the budget is used up, in both windows. */
  readonly longRate: number;
  readonly shortRate: number;
  /** Runs of the long window, and how many of them failed. */
  readonly runs: number;
  readonly failures: number;
}

interface Counts {
  runs: number;
  failures: number;
}

/** The runs of one promise, in buckets of a minute: as much memory as the longest window has minutes, and no more. */
export class BurnRate {
  readonly #slo: Slo;
  readonly #windows: readonly BurnWindow[];
  readonly #runs: Uint32Array;
  readonly #failures: Uint32Array;
  /** Minutes since 1970 of the newest bucket. */
  #newest = Number.NEGATIVE_INFINITY;

  constructor(slo: Slo, windows: readonly BurnWindow[] = BURN_WINDOWS) {
    this.#slo = slo;
    this.#windows = windows;
    const minutes = Math.ceil(Math.max(...windows.map(({ longMs }) => longMs)) / MINUTE_MS);
    this.#runs = new Uint32Array(minutes);
    this.#failures = new Uint32Array(minutes);
  }

  /** Counts a run, in any order; one that is older than all windows counts no more. */
  take(atMs: number, failed: boolean): void {
    const minute = Math.floor(atMs / MINUTE_MS);
    this.#passTo(minute);
    if (minute <= this.#newest - this.#runs.length) return;
    const at = minute % this.#runs.length;
    this.#runs[at] = (this.#runs[at] as number) + 1;
    if (failed) this.#failures[at] = (this.#failures[at] as number) + 1;
  }

  /** What burns too fast now, the most urgent first. */
  alerts(nowMs: number): BurnAlert[] {
    this.#passTo(Math.floor(nowMs / MINUTE_MS));
    return this.#windows.flatMap((window) => {
      const long = this.#sum(window.longMs);
      if (long.failures < window.failuresMin) return [];
      const longRate = this.#rateOf(long);
      const shortRate = this.#rateOf(this.#sum(window.shortMs));
      if (longRate < window.rate || shortRate < window.rate) return [];
      return [{ window, longRate, shortRate, runs: long.runs, failures: long.failures }];
    });
  }

  #rateOf({ failures, runs }: Counts): number {
    // Nothing was measured: nothing says that it still burns.
    if (runs === 0) return 0;
    return failures / runs / (1 - this.#slo.successRatio);
  }

  #sum(lengthMs: number): Counts {
    const counts = { runs: 0, failures: 0 };
    const minutes = Math.min(this.#runs.length, Math.ceil(lengthMs / MINUTE_MS));
    for (let back = 0; back < minutes; back += 1) {
      const at = (this.#newest - back) % this.#runs.length;
      counts.runs += this.#runs[at] as number;
      counts.failures += this.#failures[at] as number;
    }
    return counts;
  }

  /** Empties the buckets of the minutes that have begun since. */
  #passTo(minute: number): void {
    if (minute <= this.#newest) return;
    const { length } = this.#runs;
    const first = Math.max(this.#newest + 1, minute - length + 1);
    for (let one = Number.isFinite(first) ? first : minute; one <= minute; one += 1) {
      this.#runs[one % length] = 0;
      this.#failures[one % length] = 0;
    }
    this.#newest = minute;
  }
}
