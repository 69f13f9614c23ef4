// @ts-check
/** The plots that pages share: a metric's quantiles, success, and completeness over the time that the reader looks at. */
import { html } from 'htm/preact';
import { useApi } from './api.js';
import { count, percent } from './format.js';
import { fields, items, plain } from './plain.js';
import { Plot } from './plot.js';
import { completenessTotals, shareFloor, stepTimes, valuesAt } from './series.js';
import { Loaded } from './ui.js';
import { metricName, reasonText, tailOf, unitOf, vsText } from './words.js';

/** @typedef {import('./range.js').Range} Range */
/** @typedef {Readonly<Record<string, string | undefined>>} Filters names of the API: probe, target, region, agent */
/** @typedef {readonly import('./plot.js').Mark[]} Marks */

const EVERY_MS = 20_000;
/** As many rows as a series can have, and more. */
const ROWS = 1000;

/**
 * An address of the API: the time that is looked at, and what is asked besides. Empty values are left out.
 * @param {string} path
 * @param {Range} range
 * @param {Readonly<Record<string, string | undefined>>} more
 * @param {{ vs?: boolean }} [options] `vs`: the route can compare
 */
export function apiPath(path, range, more, { vs = false } = {}) {
  const query = new URLSearchParams({ since: range.since });
  if (range.until !== null) query.set('until', range.until);
  if (vs && range.vs !== null) query.set('vs', range.vs);
  for (const [name, value] of Object.entries(more)) if (value) query.set(name, value);
  return `${path}?${query}`;
}

/** How often figures of a range are asked for again: what is past does not change. @param {Range} range */
export const everyOf = (range) => ({ everyMs: range.isLive ? EVERY_MS : 0 });

/**
 * Changes that were told in the time, as marks; those of another place are left out.
 * @param {Range} range
 * @param {Filters} filters
 * @returns {Marks}
 */
export function useChangeMarks(range, filters) {
  const { data } = useApi(
    `/api/v1/changes?limit=100&since=${encodeURIComponent(range.since)}`,
    everyOf(range),
  );
  return items(fields(data).data, 100)
    .filter(({ where }) =>
      Object.entries(fields(where)).every(([name, value]) => (filters[name] ?? value) === value),
    )
    .map(({ at, kind, name }) => ({
      atMs: Date.parse(plain(at)),
      text: `${plain(kind)} ${plain(name)}`,
      kind: 'change',
    }));
}

/**
 * @param {{ metric: string, filters: Filters, range: Range, marks?: Marks, where?: string }} props `where`: behind the title
 */
export function QuantileChart({ metric, filters, range, marks, where = '' }) {
  const tail = tailOf(metric);
  const asked = { by: 'step', metric, quantiles: `p50,${tail}`, limit: String(ROWS), ...filters };
  const answer = useApi(apiPath('/api/v1/latency', range, asked, { vs: true }), everyOf(range));
  return html`<${Loaded} answer=${answer} what="the plot">${(/** @type {unknown} */ data) => {
    const times = stepTimes(data);
    const rows = items(fields(data).data, ROWS);
    const of = (/** @type {string} */ name) => valuesAt(times, rows, 'step', (row) => row[name]);
    const then = (/** @type {string} */ name) => valuesAt(times, rows, 'step', (row) => fields(row.vs)[name]);
    const past =
      range.vs === null
        ? []
        : [
            { name: `Median ${vsText(range.vs)}`, values: then('p50'), colour: 1, kind: 'past' },
            { name: `${tail} ${vsText(range.vs)}`, values: then(tail), colour: 2, kind: 'past' },
          ];
    const lines = [
      { name: 'Median', values: of('p50'), colour: 1 },
      { name: tail, values: of(tail), colour: 2 },
      ...past,
    ];
    return html`<${Plot} title=${`${metricName(metric)}${where}, median and ${tail}`} unit=${unitOf(metric)} times=${times} lines=${lines} marks=${marks} />`;
  }}<//>`;
}

/** @param {{ filters: Filters, range: Range, marks?: Marks }} props */
export function SuccessChart({ filters, range, marks }) {
  const asked = { by: 'step', metric: 'run_ms', quantiles: 'p50', limit: String(ROWS), ...filters };
  const answer = useApi(apiPath('/api/v1/latency', range, asked, { vs: true }), everyOf(range));
  return html`<${Loaded} answer=${answer} what="the plot">${(/** @type {unknown} */ data) => {
    const times = stepTimes(data);
    const rows = items(fields(data).data, ROWS);
    const now = valuesAt(times, rows, 'step', (row) => row.success_ratio);
    const then = valuesAt(times, rows, 'step', (row) => fields(row.vs).success_ratio);
    const lines = [
      { name: 'Success', values: now, colour: 3 },
      ...(range.vs === null
        ? []
        : [{ name: `Success ${vsText(range.vs)}`, values: then, colour: 3, kind: 'past' }]),
    ];
    const min = shareFloor([now, ...(range.vs === null ? [] : [then])]);
    return html`<${Plot} title=${`Success: runs that went well, of all that were judged${scaleText(min, now)}`} unit="ratio" times=${times} lines=${lines} marks=${marks} min=${min} max=${1} />`;
  }}<//>`;
}

/** Of what is drawn. @param {number} min @param {readonly (number | null)[]} values */
const scaleText = (min, values) =>
  min === 0 || values.every((value) => value === null) ? '' : ` (scale from ${percent(min)} %)`;

/** What was expected and what became of it: over time, and in all. @param {{ filters: Filters, range: Range }} props */
export function CompletenessChart({ filters, range }) {
  const answer = useApi(apiPath('/api/v1/completeness', range, filters), everyOf(range));
  return html`<${Loaded} answer=${answer} what="the plot">${(/** @type {unknown} */ data) => {
    const rows = items(fields(data).data, ROWS);
    const times = rows.map(({ at }) => Date.parse(plain(at)));
    const share = (/** @type {string} */ name) =>
      rows.map((row) =>
        Number(row.expected) > 0 ? Math.min(1, Number(row[name]) / Number(row.expected)) : null,
      );
    const stored = share('stored');
    const min = shareFloor([stored]);
    const lines = [{ name: 'Complete', values: stored, colour: 4, kind: 'area' }];
    return html`<div>
      <${Plot} title=${`Completeness: results stored, of all slots expected${scaleText(min, stored)}`} unit="ratio" times=${times} lines=${lines} min=${min} max=${1} />
      <${CompletenessWords} answer=${data} />
    </div>`;
  }}<//>`;
}

/** @param {{ answer: unknown }} props */
function CompletenessWords({ answer }) {
  const { expected, missed, reasons, stored, unheard } = completenessTotals(answer);
  if (expected === 0)
    return html`<p class="note">Nothing was expected in this time: no agent was to run it.</p>`;
  const why = reasons.map(([reason, slots]) => `${count(slots)} ${reasonText(reason)}`).join(', ');
  return html`<p class="equation-words">
    <b>${count(expected)}</b> runs expected = <b>${count(stored)}</b> stored + <b>${count(missed)}</b> missed${why && ` (${why})`}
    ${unheard > 0 && html` + <b>${count(unheard)}</b> without a word: on their way, given up, or of a silent agent`}
  </p>`;
}
