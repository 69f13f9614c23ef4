/** How much it is: who sees it, what it was before and is since, what failed. */
import type {
  MetricQuantilesJson,
  RegionSightJson,
  SeriesEvidenceJson,
} from '../../collector/api/answers/incident-evidence.ts';
import { metricText } from '../support/metric-text.ts';
import { noteTable } from '../support/note.ts';
import type { IncidentDetailJson } from './incident-json.ts';
import { ROWS_SHOWN, titled } from './sections.ts';

const SIGHTS = [
  ['raised', '▲'],
  ['well', '✓'],
  ['silent', '✕'],
  ['no_data', '–'],
] as const;

/** A mark for each agent, a line for each region. */
export function sightText(sight: readonly RegionSightJson[]): string {
  const rows = sight.slice(0, ROWS_SHOWN).map((one) => {
    const marks = SIGHTS.map(([state, mark]) => mark.repeat(one[state].length)).join('');
    const counts = SIGHTS.flatMap(([state]) =>
      one[state].length > 0 ? [`${state.replace('_', ' ')} ${one[state].length}`] : [],
    );
    if (one.left_out > 0) counts.push(`${one.left_out} more`);
    return [one.region, marks, counts.join(', ')];
  });
  const legend = 'WHO SEES IT (▲ raised, ✓ well, ✕ silent, – no data)';
  return titled(legend, noteTable(['region', 'agents', 'that is'], rows), sight.length);
}

export function amounts({ evidence, quantiles = [] }: IncidentDetailJson): string[] {
  const { failures = [], phases = [], series = [] } = evidence;
  return [
    titled('BEFORE AND SINCE', quantilesTable(quantiles), quantiles.length),
    titled('WHERE IT CHANGED THE MOST', seriesTable(series), series.length),
    titled(
      'FAILURES',
      noteTable(
        ['layer', 'code', 'blame', 'count'],
        failures.slice(0, ROWS_SHOWN).map(({ layer, code, blame, count }) => [layer, code, blame, count]),
      ),
      failures.length,
    ),
    titled(
      'PARTS OF THE RUN',
      noteTable(
        ['part', 'before', 'after'],
        phases.map((phase) => [
          phase.metric,
          amount(phase.metric, phase.before),
          amount(phase.metric, phase.after),
        ]),
      ),
      phases.length,
    ),
  ];
}

/** With its unit; null of what was not measured. */
export const amount = (metric: string, value: number | null | undefined): string | null =>
  value === null || value === undefined ? null : metricText(metric, value);

function quantilesTable(quantiles: readonly MetricQuantilesJson[]): string {
  const rows = quantiles
    .slice(0, ROWS_SHOWN)
    .map(({ after, before, metric, probe, tail_quantile, target }) => {
      const tail = tail_quantile === null ? null : `p${Math.round(tail_quantile * 100)}`;
      return [
        ...[metric, `${probe} on ${target}`, amount(metric, before?.p50), amount(metric, after?.p50)],
        ...(tail ? [tail, amount(metric, before?.tail), amount(metric, after?.tail)] : [null, null, null]),
      ];
    });
  return noteTable(['metric', 'check', 'p50 before', 'since', 'tail', 'before', 'since'], rows);
}

function seriesTable(series: readonly SeriesEvidenceJson[]): string {
  const rows = series.slice(0, ROWS_SHOWN).map((one) => {
    const { metric } = one;
    return [
      ...[one.agent, `${one.probe} on ${one.target}`, metric, amount(metric, one.before)],
      ...[amount(metric, one.after), amount(metric, one.limit), `${one.exceeded} of ${one.samples}`],
    ];
  });
  return noteTable(['agent', 'check', 'metric', 'before', 'after', 'normal to', 'exceeded'], rows);
}
