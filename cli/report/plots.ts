/** The plots of an incident: its metric here and elsewhere, failures over time, and the same region by region. */

import type { SeriesJson, SeriesPointJson } from '../../collector/api/answers/incidents.ts';
import { metricText } from '../support/metric-text.ts';
import type { RegionStepJson, ReportData } from './gather.ts';
import { affectedRegions } from './impact.ts';
import { REPORT_LIMITS } from './limits.ts';
import { type LetteredMark, type Mark, markLegend } from './marks.ts';
import { html, type Markup } from './markup.ts';
import { timePlot } from './time-plot.ts';

/** What is marked: the incident's own instants, what is suspected, and what else was changed in the time of the plots. */
export function marksOf({ changes, incident, series }: ReportData): readonly Mark[] {
  const { detected_at, evidence, resolved_at, started_at } = incident;
  const suspects = (evidence.changes ?? []).map(({ at_ms, kind, name }) => ({
    atMs: at_ms,
    name: `${kind} ${name}`,
  }));
  const others = changes
    .map(({ at, kind, name }) => ({ atMs: Date.parse(at), name: `${kind} ${name}` }))
    .filter(({ atMs, name }) => !suspects.some((one) => one.atMs === atMs && one.name === name));
  const within = (atMs: number): boolean =>
    series === undefined || (atMs >= Date.parse(series.since) && atMs <= Date.parse(series.until));
  return [
    { atMs: Date.parse(started_at), kind: 'began', text: 'began, as estimated' },
    { atMs: Date.parse(detected_at), kind: 'detected', text: 'detected' },
    ...(resolved_at ? [{ atMs: Date.parse(resolved_at), kind: 'resolved', text: 'resolved' } as const] : []),
    ...suspects.map(({ atMs, name }) => ({ atMs, kind: 'change', text: `suspect: ${name}` }) as const),
    ...others
      .filter(({ atMs }) => within(atMs))
      .slice(0, 12)
      .map(({ atMs, name }) => ({ atMs, kind: 'change', text: `change: ${name}` }) as const),
  ];
}

export function plotsSection(data: ReportData, marks: readonly LetteredMark[]): Markup {
  const { regions, series } = data;
  if (!series) return html``;
  const hasRun = series.data.some(({ elsewhere, inside }) => runsOf(inside) + runsOf(elsewhere) > 0);
  if (!hasRun)
    return html`<section><h2>How it went</h2><p>Nothing is kept of that time any more: the course of a metric is kept by the minute for as long as the collector was told to keep it. What the incident itself keeps is below.</p></section>
`;
  return html`<section><h2>How it went</h2>
${markLegend(marks)}
${metricPlot(series, marks, data)}
${failurePlot(series, marks)}
${regions && regions.data.length > 0 ? regionPlots(data, regions.data, marks) : ''}
</section>
`;
}

const runsOf = ({ fail, missed, ok }: SeriesPointJson): number => ok + fail + missed;

function metricPlot(series: SeriesJson, marks: readonly LetteredMark[], { incident }: ReportData): Markup {
  const { data, metric } = series;
  if (metric === null) return html``;
  const isHigher =
    incident.size?.ratio !== null && incident.size?.ratio !== undefined && incident.size.ratio < 1;
  const tail = isHigher ? 'p5' : 'p95';
  const values = (place: 'inside' | 'elsewhere', of: 'p50' | 'tail') => data.map((step) => step[place][of]);
  return timePlot({
    ...{ id: 'metric', kind: 'lines', marks, title: `${metric}, in ${incident.scope} and elsewhere` },
    ...timesOf(series),
    description: `Median and ${tail} of ${metric} over successful runs, in ${incident.scope} and in all other places that run the same checks. The table below has the values.`,
    format: (value) => metricText(metric, value),
    series: [
      { name: 'p50 here', look: 'here', values: values('inside', 'p50') },
      { name: `${tail} here`, look: 'here-tail', values: values('inside', 'tail') },
      { name: 'p50 elsewhere', look: 'else', values: values('elsewhere', 'p50') },
      { name: `${tail} elsewhere`, look: 'else-tail', values: values('elsewhere', 'tail') },
    ],
  });
}

function failurePlot(series: SeriesJson, marks: readonly LetteredMark[]): Markup {
  const of = (name: 'ok' | 'fail' | 'missed') => series.data.map(({ inside }) => inside[name]);
  return timePlot({
    ...{ id: 'failures', kind: 'bars', marks, title: 'Runs here, by how they ended' },
    ...timesOf(series),
    description: `Scheduled runs in each step of ${series.step_seconds} s in the place of the incident: failed, missed, and well. The table below has the numbers.`,
    format: (value) => value.toLocaleString('en'),
    series: [
      { name: 'failed', look: 'fail', values: of('fail') },
      { name: 'missed', look: 'missed', values: of('missed') },
      { name: 'well', look: 'ok', values: of('ok') },
    ],
  });
}

const timesOf = ({ data, step_seconds }: SeriesJson) => ({
  steps: data.map(({ at }) => Date.parse(at)),
  stepMs: step_seconds * 1000,
});

/** One small plot a region on one scale; those that see it first. */
function regionPlots(
  { incident, regions, series }: ReportData,
  rows: readonly RegionStepJson[],
  marks: readonly LetteredMark[],
): Markup {
  const metric = series?.metric ?? null;
  const stepMs = (regions?.step_seconds ?? 60) * 1000;
  const raised = new Set(affectedRegions(incident));
  const byRegion = Map.groupBy(rows, ({ region }) => region);
  const names = [...byRegion.keys()].sort(
    (a, b) => Number(raised.has(b)) - Number(raised.has(a)) || (a < b ? -1 : 1),
  );
  const shown = names.slice(0, REPORT_LIMITS.regions.value);
  const steps = stepsOf(rows, stepMs);
  const figureOf = (row: RegionStepJson | undefined): number | null => {
    if (!row) return null;
    if (metric !== null) return row.p50;
    return row.ok + row.fail > 0 ? row.fail / (row.ok + row.fail) : null;
  };
  const courses = shown.map((region) => {
    const at = new Map(byRegion.get(region)?.map((row) => [Date.parse(row.step), row]));
    return { region, values: steps.map((step) => figureOf(at.get(step))) };
  });
  const most = Math.max(
    metric === null ? 0.1 : 0,
    ...courses.flatMap(({ values }) => values.map((value) => value ?? 0)),
  );
  const what = metric === null ? 'Share of runs that failed' : `Median ${metric}`;
  return html`<h3>${what}, region by region, on one scale</h3>
<div class="multiples">${courses.map(({ region, values }, i) =>
    timePlot({
      ...{ id: `region-${i}`, kind: 'lines', isSmall: true, marks, steps, stepMs, most },
      title: `${region}${raised.has(region) ? ': affected' : ': not affected'}`,
      description: `${what} in ${region} over time. The table below has the values.`,
      format: (value) => (metric === null ? `${Math.round(value * 100)} %` : metricText(metric, value)),
      series: [{ name: what, look: raised.has(region) ? 'here' : 'else', values }],
    }),
  )}</div>
${names.length > shown.length ? html`<p class="note">${names.length - shown.length} more regions are left out.</p>` : ''}
`;
}

/** Steps without a row have nothing, and are a gap. */
function stepsOf(rows: readonly RegionStepJson[], stepMs: number): readonly number[] {
  const known = rows.map(({ step }) => Date.parse(step));
  const [first, last] = [Math.min(...known), Math.max(...known)];
  return Array.from(
    { length: Math.min(1000, Math.round((last - first) / stepMs) + 1) },
    (_, i) => first + i * stepMs,
  );
}
