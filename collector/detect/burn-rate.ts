/**
 * Burn rates of an error budget, in several windows at once (Google, The Site Reliability Workbook, chapter 5): an alert needs a long window
 * that is burnt through, and a short one that says that it still is. At a run a minute and 99.9% a single failure is over budget:
 * so each window needs a number of failures, too.
 */
import type { Counts } from './run-counts.ts';

/** A promise: this share of the runs succeeds, over so long. */
export interface Slo {
  readonly successRatio: number;
  readonly periodMs: number;
  /** A run is good only while this metric is under so many milliseconds. */
  readonly latency?: { readonly metric: string; readonly underMs: number };
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

/** Of the last so long. */
export type CountsOf = (lengthMs: number) => Counts;

/** How many times too fast: 1 uses the budget up at the end of the period. 0 where nothing was measured. */
export function burnRate({ runs, failures }: Counts, { successRatio }: Pick<Slo, 'successRatio'>): number {
  return runs === 0 ? 0 : failures / runs / (1 - successRatio);
}

/** What burns too fast, the most urgent first. */
export function burnAlerts(countsOf: CountsOf, slo: Pick<Slo, 'successRatio'>): BurnAlert[] {
  return BURN_WINDOWS.flatMap((window): BurnAlert[] => {
    const long = countsOf(window.longMs);
    if (long.failures < window.failuresMin) return [];
    const longRate = burnRate(long, slo);
    const shortRate = burnRate(countsOf(window.shortMs), slo);
    if (longRate < window.rate || shortRate < window.rate) return [];
    return [{ window, longRate, shortRate, ...long }];
  });
}

/**
 * Whether a window that burned is calm again, with data that says so: as many runs as it takes failures for an alert. Where nothing is
 * measured nothing is over.
 */
export function isCalmAgain(
  countsOf: CountsOf,
  { longMs, shortMs, rate, failuresMin }: BurnWindow,
  slo: Pick<Slo, 'successRatio'>,
): boolean {
  const short = countsOf(shortMs);
  if (short.runs >= failuresMin) return burnRate(short, slo) < rate;
  const long = countsOf(longMs);
  return short.runs > 0 && long.runs >= failuresMin && burnRate(long, slo) < rate;
}
