// @ts-check
/** The evidence of an incident over time: its place beside all others, with its onset, its detection, its end, and what was changed. */
import { html } from 'htm/preact';
import { useApi } from './api.js';
import { fields, finite, firstItems, items, plain, SHOWN } from './plain.js';
import { Plot } from './plot.js';
import { Loaded, Section } from './ui.js';
import { metricName, tailOf, unitOf } from './words.js';

const STEPS = 400;

/** @typedef {import('./plot.js').Mark} Mark */

/**
 * When it began, was detected and ended, and what was changed before.
 * @param {Record<string, unknown>} incident
 * @returns {Mark[]}
 */
export function incidentMarks({ detected_at, evidence, resolved_at, started_at }) {
  const mark = (/** @type {unknown} */ at, /** @type {string} */ text) => {
    const atMs = Date.parse(plain(at));
    return Number.isFinite(atMs) ? [{ atMs, text, kind: /** @type {const} */ ('incident') }] : [];
  };
  const changes = firstItems(fields(evidence).changes, SHOWN.changes).flatMap(({ at_ms, kind, name }) => {
    const atMs = finite(at_ms);
    return atMs === null
      ? []
      : [{ atMs, text: `${plain(kind)} ${plain(name)}`, kind: /** @type {const} */ ('change') }];
  });
  return [
    ...mark(started_at, 'began'),
    ...mark(detected_at, 'detected'),
    ...mark(resolved_at, 'over'),
    ...changes,
  ];
}

/**
 * What is drawn: quantiles of its metric, or the share of runs that failed, or how many came at all.
 * @param {string} metric
 * @param {readonly Record<string, unknown>[]} steps
 * @returns {{ title: string, unit: string, lines: import('./plot.js').Line[] }}
 */
export function incidentLines(metric, steps) {
  const of = (
    /** @type {'inside' | 'elsewhere'} */ where,
    /** @type {(point: Record<string, unknown>) => number | null} */ pick,
  ) => steps.map((step) => pick(fields(step[where])));
  const isMeasured = steps.some(({ inside }) => finite(fields(inside).p50) !== null);
  if (isMeasured)
    return {
      title: `${metricName(metric)}: there and elsewhere`,
      unit: unitOf(metric),
      lines: [
        { name: 'Median there', values: of('inside', ({ p50 }) => finite(p50)), colour: 2 },
        { name: `${tailOf(metric)} there`, values: of('inside', ({ tail }) => finite(tail)), colour: 4 },
        {
          name: 'Median elsewhere',
          values: of('elsewhere', ({ p50 }) => finite(p50)),
          colour: 1,
          kind: 'past',
        },
      ],
    };
  if (metric === 'silence')
    return {
      title: 'Runs that were heard of, each step',
      unit: 'runs',
      lines: [
        {
          name: 'There',
          values: of('inside', ({ fail, ok }) => Number(ok) + Number(fail)),
          colour: 2,
          kind: 'area',
        },
      ],
    };
  const share = (/** @type {Record<string, unknown>} */ { fail, ok }) =>
    Number(ok) + Number(fail) > 0 ? Number(fail) / (Number(ok) + Number(fail)) : null;
  return {
    title: 'Share of runs that failed: there and elsewhere',
    unit: 'ratio',
    lines: [
      { name: 'There', values: of('inside', share), colour: 2 },
      { name: 'Elsewhere', values: of('elsewhere', share), colour: 1, kind: 'past' },
    ],
  };
}

/** @param {{ incident: Record<string, unknown>, everyMs: number }} props */
export function IncidentPlot({ incident, everyMs }) {
  const answer = useApi(`/api/v1/incidents/${encodeURIComponent(plain(incident.id))}/series`, { everyMs });
  return html`<${Section} title="Evidence over time">
    <${Loaded} answer=${answer} what="the plot">${(/** @type {unknown} */ data) => {
      const steps = items(fields(data).data, STEPS);
      const { lines, title, unit } = incidentLines(plain(incident.metric), steps);
      return html`<${Plot} title=${title} unit=${unit} lines=${lines} marks=${incidentMarks(incident)} times=${steps.map(({ at }) => Date.parse(plain(at)))} height=${240} />`;
    }}<//>
  <//>`;
}
