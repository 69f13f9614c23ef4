// @ts-check
/** What was promised, how much of its budget is left, and how fast it goes. */
import { html } from 'htm/preact';
import { shareText } from './figures-table.js';
import { count, duration, percent } from './format.js';
import { fields, finite, firstItems, plain } from './plain.js';
import { link } from './range.js';
import { DataTable } from './table.js';

/** @typedef {Record<string, unknown>} Slo of `/api/v1/slos` */

/**
 * How much is left, in words and a sign: `62 % left (26 min)`, `used up`.
 * @param {Slo} slo
 * @returns {{ state: 'ok' | 'low' | 'spent' | 'unknown', text: string }}
 */
export function budgetText({ budget }) {
  const { remaining_ratio, remaining_seconds } = fields(budget);
  const left = finite(remaining_ratio);
  if (left === null) return { state: 'unknown', text: 'not measured yet' };
  if (left <= 0) return { state: 'spent', text: `✕ used up, ${percent(-left)} % beyond it` };
  const rest = `${percent(left)} % left (${duration((finite(remaining_seconds) ?? 0) * 1000)})`;
  return left < 0.25 ? { state: 'low', text: `▲ ${rest}` } : { state: 'ok', text: `✓ ${rest}` };
}

/** How fast it goes, of the windows in which that is too fast. @param {Slo} slo */
export function burnText({ burn }) {
  const burning = firstItems(burn, 10).filter((window) => window.burning === true);
  if (burning.length === 0) return 'not too fast';
  return burning
    .map(({ rate, window }) => `▲ ${Math.round(Number(rate) * 10) / 10}× too fast over ${plain(window)}`)
    .join(', ');
}

/** @param {{ slos: readonly Slo[], label: string, of: 'probe' | 'target' }} props `of`: what its first column names */
export const SloTable = ({ slos, label, of }) => html`<${DataTable}
  caption="Promises and their budgets" rows=${slos} empty="Nothing is promised of it: an slo in its declaration does that."
  keyOf=${(/** @type {Slo} */ slo) => `${plain(slo.probe)} ${plain(slo.target)}`}
  hrefOf=${(/** @type {Slo} */ slo) => `/${of}s/${encodeURIComponent(plain(slo[of]))}`}
  columns=${[
    { key: 'name', label, value: (/** @type {Slo} */ slo) => plain(slo[of]) },
    { key: 'promise', label: 'Promised', value: promiseText },
    {
      key: 'good',
      label: 'Kept',
      isNumber: true,
      value: (/** @type {Slo} */ slo) => finite(slo.good_ratio),
      show: (/** @type {Slo} */ slo) => shareText(slo.good_ratio),
    },
    {
      ...{ key: 'budget', label: 'Budget', class: 'words' },
      value: (/** @type {Slo} */ slo) => finite(fields(slo.budget).remaining_ratio),
      show: (/** @type {Slo} */ slo) =>
        html`<span class="budget" data-budget=${budgetText(slo).state}>${budgetText(slo).text}</span>`,
    },
    { key: 'burn', label: 'Goes', value: burnText },
    {
      key: 'bad',
      label: 'Bad runs',
      isNumber: true,
      value: (/** @type {Slo} */ slo) => finite(slo.bad),
      show: (/** @type {Slo} */ slo) => `${count(finite(slo.bad))} of ${count(finite(slo.runs))}`,
    },
    {
      ...{ key: 'incident', label: 'Told by' },
      value: (/** @type {Slo} */ slo) => plain(slo.incident),
      show: (/** @type {Slo} */ slo) =>
        plain(slo.incident)
          ? html`<a href=${link(`/incidents/${encodeURIComponent(plain(slo.incident))}`)}>incident</a>`
          : 'no incident',
    },
  ]}
/>`;

/** `99.9 % over 30d, under 800 ms`. @param {Slo} slo */
export function promiseText({ metric, objective_ratio, under_ms, window }) {
  const under = finite(under_ms) === null ? '' : `, ${plain(metric)} under ${finite(under_ms)} ms`;
  return `${shareText(objective_ratio)} over ${plain(window)}${under}`;
}
