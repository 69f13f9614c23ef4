// @ts-check
/** What is drawn of an incident: its metric in its place and elsewhere, and what happened when. Pure. */
import { fields, finite, firstItems, plain, SHOWN } from './plain.js';
import { metricName, tailOf, unitOf } from './words.js';

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
