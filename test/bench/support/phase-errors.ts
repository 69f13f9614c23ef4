/** How far reported phases are from what packets say, and how that is summed up. */
import type { PhaseName, PhaseTimes } from './flow-times.ts';
import { median, percentile } from './stats.ts';

/** A run with what it reported and what its packets say, milliseconds. */
export interface MatchedRun {
  readonly reported: PhaseTimes;
  readonly truth: PhaseTimes;
  /** The one who reported says itself that these figures are not to be believed. */
  readonly isDisturbed: boolean;
}

export const PHASES: readonly PhaseName[] = ['dns', 'connect', 'tls', 'ttfb', 'transfer', 'total'];

/** Reported minus true, of the phases that have both. */
export function errorsOf({ reported, truth }: MatchedRun): Readonly<Partial<Record<PhaseName, number>>> {
  const errors: Partial<Record<PhaseName, number>> = {};
  for (const phase of PHASES) {
    const [said, is] = [reported[phase], truth[phase]];
    if (said !== undefined && is !== undefined) errors[phase] = said - is;
  }
  return errors;
}

/** The largest of its errors, whatever its sign; 0 when nothing can be compared. */
export function worstErrorMs(run: MatchedRun): number {
  return Math.max(0, ...Object.values(errorsOf(run)).map(Math.abs));
}

export interface ErrorSummary {
  readonly count: number;
  /** Of the errors without their signs. */
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Of the errors with their signs: which way they lean. */
  readonly leanMs: number;
}

/** By phase, of the runs that are not marked disturbed; phases of which there is none are absent. */
export function summaryOf(runs: readonly MatchedRun[]): Map<PhaseName, ErrorSummary> {
  const errors = new Map<PhaseName, number[]>();
  for (const run of runs) {
    if (run.isDisturbed) continue;
    for (const [phase, error] of Object.entries(errorsOf(run))) {
      const known = errors.get(phase as PhaseName) ?? [];
      known.push(error);
      errors.set(phase as PhaseName, known);
    }
  }
  return new Map(
    [...errors].map(([phase, signed]) => {
      const sizes = signed.map(Math.abs);
      const summary = {
        count: sizes.length,
        medianMs: median(sizes),
        p99Ms: percentile(sizes, 0.99),
        leanMs: median(signed),
      };
      return [phase, summary];
    }),
  );
}

export function disturbedShare(runs: readonly MatchedRun[]): number {
  return runs.filter(({ isDisturbed }) => isDisturbed).length / runs.length;
}
