// @ts-check
/** Figures of places or checks side by side: median, tail, success, how it went, and what it differs by from another time. */
import { html } from 'htm/preact';
import { count, NOTHING, percent, withUnit } from './format.js';
import { fields, finite, items, plain } from './plain.js';
import { niceCeiling, Sparkline } from './sparkline.js';
import { DataTable } from './table.js';
import { difference, metricName, tailOf, unitOf } from './words.js';

/** @typedef {Record<string, unknown>} Row of `/api/v1/latency?spark=true` */

/** @param {unknown} answer @returns {Row[]} */
export const rowsOf = (answer) => items(fields(answer).data, 1000);

/** A share with its sign, or a dash. @param {unknown} ratio */
export const shareText = (ratio) => (finite(ratio) === null ? NOTHING : `${percent(finite(ratio))} %`);

/**
 * @param {{
 *   rows: readonly Row[], caption: string, label: string, nameOf: (row: Row) => string, hrefOf?: (row: Row) => string | null,
 *   vs: string | null, empty?: string, filterLabel?: string, hasMetric?: boolean,
 * }} props `hasMetric`: rows are of different metrics, so that each names its own
 */
export function FiguresTable({
  rows,
  caption,
  label,
  nameOf,
  hrefOf,
  vs,
  empty,
  filterLabel,
  hasMetric = false,
}) {
  const all = rows
    .flatMap(({ spark }) => (Array.isArray(spark) ? spark : []))
    .filter((value) => finite(value) !== null);
  const top = hasMetric ? null : niceCeiling(Math.max(0, ...all));
  const quantile = (/** @type {Row} */ row, /** @type {string} */ name) =>
    withUnit(finite(row[name]), unitOf(plain(row.metric)));
  const tail = (/** @type {Row} */ row) => tailOf(plain(row.metric));
  // Of speeds, where less is worse, the other end.
  const tails = [...new Set(rows.map(tail))].join(' or ');
  const columns = [
    { key: 'name', label, value: nameOf },
    ...(hasMetric
      ? [{ key: 'metric', label: 'Measures', value: (/** @type {Row} */ row) => metricName(row.metric) }]
      : []),
    {
      ...{ key: 'success', label: 'Success', isNumber: true },
      value: (/** @type {Row} */ row) => finite(row.success_ratio),
      show: (/** @type {Row} */ row) =>
        html`<span data-bad=${isShort(row)}>${shareText(row.success_ratio)}</span>`,
    },
    {
      ...{ key: 'p50', label: 'Median', isNumber: true, descFirst: true },
      value: (/** @type {Row} */ row) => finite(row.p50),
      show: (/** @type {Row} */ row) => quantile(row, 'p50'),
    },
    {
      ...{
        key: 'tail',
        label: tails,
        isNumber: true,
        descFirst: true,
        title: 'p95; of speeds, where less is worse, p5',
      },
      value: (/** @type {Row} */ row) => finite(row[tail(row)]),
      show: (/** @type {Row} */ row) => quantile(row, tail(row)),
    },
    ...(vs === null
      ? []
      : [
          {
            ...{ key: 'diff', label: `${tails} held against then` },
            value: (/** @type {Row} */ row) =>
              difference(row, tail(row), unitOf(plain(row.metric)), vs)?.text ?? '',
            show: (/** @type {Row} */ row) => html`<${Difference} row=${row} name=${tail(row)} vs=${vs} />`,
          },
        ]),
    {
      ...{ key: 'spark', label: 'Median over time' },
      value: () => null,
      show: (/** @type {Row} */ row) => html`<${Sparkline}
        values=${Array.isArray(row.spark) ? row.spark : []}
        ceiling=${top ?? niceCeiling(Math.max(0, ...(Array.isArray(row.spark) ? row.spark : []).map((value) => finite(value) ?? 0)))}
        label=${`Median of ${nameOf(row)} over time`}
      />`,
    },
    {
      ...{ key: 'runs', label: 'Runs', isNumber: true, descFirst: true },
      value: (/** @type {Row} */ row) => (finite(row.ok) ?? 0) + (finite(row.fail) ?? 0),
      show: (/** @type {Row} */ row) => count((finite(row.ok) ?? 0) + (finite(row.fail) ?? 0)),
    },
    {
      ...{ key: 'fail', label: 'Failed', isNumber: true, descFirst: true },
      value: (/** @type {Row} */ row) => finite(row.fail),
      show: (/** @type {Row} */ row) => count(finite(row.fail)),
    },
    {
      ...{ key: 'missed', label: 'Missed', isNumber: true, descFirst: true },
      value: (/** @type {Row} */ row) => finite(row.missed),
      show: (/** @type {Row} */ row) => count(finite(row.missed)),
    },
  ];
  return html`<${DataTable}
    caption=${caption} rows=${rows} columns=${columns} empty=${empty} filterLabel=${filterLabel} hrefOf=${hrefOf}
    keyOf=${(/** @type {Row} */ row) => `${nameOf(row)} ${plain(row.metric)}`}
    sort=${{ key: 'tail', desc: true }}
  />`;
}

/** Less than all, by more than one in a hundred. @param {Row} row */
const isShort = ({ success_ratio }) => String((finite(success_ratio) ?? 1) < 0.99);

/** What a figure differs by, with the sign of its verdict. @param {{ row: unknown, name: string, vs: string | null }} props */
export function Difference({ row, name, vs }) {
  const unit = name === 'success_ratio' ? 'ratio' : unitOf(plain(fields(row).metric));
  const found = difference(row, name, unit, vs);
  if (found === null) return null;
  return html`<span class="difference" data-verdict=${found.verdict}><span aria-hidden="true">${found.sign} </span>${found.text}</span>`;
}
