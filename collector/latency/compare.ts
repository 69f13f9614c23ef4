/** What cells differ by from those that they are held against, and which of the differences are more than noise. Pure. */
import { type MetricName, metricDefinition, scaleOf } from '../../probes/metrics.ts';
import type { Cell, Pair } from './cells.ts';
import { acceptedChance, type Difference, differenceOf, quantileEstimate, shareEstimate } from './noise.ts';
import type { Level } from './question.ts';

/** `few`: too few runs, or too few sections of the time that have any, to tell. `changed`: of metrics that are neither good nor bad. */
export const VERDICTS = ['worse', 'better', 'changed', 'noise', 'few'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** In the unit of the metric. */
export interface LatencyDifference {
  /** Now less then; null where one of them is not there. */
  readonly value: number | null;
  /** By the value then: 0.1 is a tenth more. */
  readonly ratio: number | null;
  /** The 95 % interval of this difference alone; null where there are too few runs. */
  readonly low: number | null;
  readonly high: number | null;
  /** Of all differences of the table that are called more than noise, one in twenty at most is none. */
  readonly verdict: Verdict;
}

type Weighed = {
  readonly now: number | null;
  readonly before: number | null;
  readonly difference: Difference | undefined;
  readonly better: 'lower' | 'higher' | 'neither';
  readonly scale: number;
};

/** In the order of the pairs; undefined for a pair without a reference. */
export function compareCells(
  levels: readonly Level[],
  pairs: readonly Pair[],
): (Readonly<Record<string, LatencyDifference>> | undefined)[] {
  const weighed = pairs.map(({ cell, reference }) => reference && weigh(levels, cell, reference));
  const chances = weighed.flatMap((one) =>
    Object.values(one ?? {}).flatMap(({ difference }) => difference?.p ?? []),
  );
  const accepted = acceptedChance(chances);
  return weighed.map(
    (one) =>
      one &&
      Object.fromEntries(
        Object.entries(one).map(([name, figure]) => [name, differenceJson(figure, accepted)]),
      ),
  );
}

function weigh(levels: readonly Level[], now: Cell, then: Cell): Record<string, Weighed> {
  const { better } = metricDefinition(now.metric as MetricName);
  const scale = scaleOf(now.metric);
  const quantiles = levels.map(({ name, level }, index) => {
    const estimate = (cell: Cell) =>
      quantileEstimate(
        level,
        cell.quantiles[index] ?? null,
        [...cell.sections.values()].map(({ count, quantiles: all }) => ({
          count,
          value: all[index] ?? null,
        })),
      );
    const values = { now: now.quantiles[index] ?? null, before: then.quantiles[index] ?? null };
    return [name, { ...values, difference: between(estimate(now), estimate(then)), better, scale }] as const;
  });
  const share = (cell: Cell) =>
    shareEstimate([...cell.sections.values()].map(({ ok, fail }) => ({ good: ok, count: ok + fail })));
  return {
    ...Object.fromEntries(quantiles),
    success_ratio: {
      now: ratioOf(now),
      before: ratioOf(then),
      difference: between(share(now), share(then)),
      better: 'higher',
      scale: 1,
    },
  };
}

function between(now: ReturnType<typeof shareEstimate>, then: ReturnType<typeof shareEstimate>) {
  return now && then ? differenceOf(now, then) : undefined;
}

function ratioOf({ counts: { ok, fail } }: Cell): number | null {
  return ok + fail === 0 ? null : ok / (ok + fail);
}

function differenceJson(figure: Weighed, accepted: number): LatencyDifference {
  const { before, difference, now, scale } = figure;
  const inUnit = (value: number | undefined): number | null =>
    value === undefined ? null : Number((value / scale).toPrecision(4));
  const value = now === null || before === null ? undefined : now - before;
  return {
    value: inUnit(value),
    ratio:
      value === undefined || before === null || before === 0 ? null : Number((value / before).toPrecision(4)),
    low: inUnit(difference?.low),
    high: inUnit(difference?.high),
    verdict: verdictOf(figure, accepted),
  };
}

function verdictOf({ difference, better }: Weighed, accepted: number): Verdict {
  if (!difference) return 'few';
  if (difference.p > accepted) return 'noise';
  if (better === 'neither') return 'changed';
  return difference.value > 0 === (better === 'higher') ? 'better' : 'worse';
}
