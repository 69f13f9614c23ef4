/** Promises and their error budgets, for Prometheus. */
import { formatDuration } from '../../probes/spec.ts';
import type { Family, Sample } from './prometheus.ts';
import type { SloStanding } from './slo-queries.ts';

export function sloFamilies(standings: readonly SloStanding[]): Family[] {
  const labelsOf = ({ probe, target, slo }: SloStanding) => ({
    probe,
    target,
    metric: slo.latency?.metric ?? 'success',
  });
  const gauge = (
    name: string,
    help: string,
    samples: (standing: SloStanding) => readonly Sample[],
  ): Family => ({ name: `outrider_slo_${name}`, type: 'gauge', help, samples: standings.flatMap(samples) });
  return [
    gauge('objective_ratio', 'Share of runs that is promised to be good.', (one) => [
      { labels: labelsOf(one), value: one.slo.successRatio },
    ]),
    gauge('window_seconds', 'For how long it is promised.', (one) => [
      { labels: labelsOf(one), value: one.slo.periodMs / 1000 },
    ]),
    gauge(
      'budget_remaining_ratio',
      'Share of the error budget of the window that is left; below 0 what was spent beyond it. Absent while nothing was measured.',
      (one) => (one.remaining === undefined ? [] : [{ labels: labelsOf(one), value: one.remaining }]),
    ),
    gauge(
      'burn_rate',
      'How many times too fast the error budget goes, over the window that the label says.',
      (one) =>
        one.burns.map(({ longMs, longRate }) => ({
          labels: { ...labelsOf(one), window: formatDuration(longMs) },
          value: longRate,
        })),
    ),
    gauge('burning', 'Whether it goes too fast for an alert of this window: 1 or 0.', (one) =>
      one.burns.map(({ longMs, severity, burning }) => ({
        labels: { ...labelsOf(one), window: formatDuration(longMs), severity },
        value: burning ? 1 : 0,
      })),
    ),
  ];
}
