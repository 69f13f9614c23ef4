// @ts-check
/** The equation that every slot answers to, and the line about the collector. */
import { html } from 'htm/preact';
import { clockTime, count, counted } from './format.js';
import { Section } from './ui.js';

/** @typedef {import('../api/overview.ts').Overview} Overview */

/**
 * What is on the board, left to right; `sign` stands before the term, `place` is a class.
 * @param {Overview['totals']} totals
 * @returns {{ key: string, sign: string, label: string, value: string, bad: boolean, place: string }[]}
 */
export function terms(totals) {
  const { expected, stored, pending, missed, dropped, unaccounted, duplicates } = totals;
  return [
    { key: 'expected', sign: '', label: 'expected', value: count(expected), bad: false, place: '' },
    { key: 'stored', sign: '=', label: 'stored', value: count(stored), bad: false, place: '' },
    { key: 'pending', sign: '+', label: 'pending', value: count(pending), bad: false, place: '' },
    { key: 'missed', sign: '+', label: 'missed', value: count(missed), bad: missed > 0, place: '' },
    { key: 'dropped', sign: '+', label: 'dropped', value: count(dropped), bad: dropped > 0, place: '' },
    ...(unaccounted === 0
      ? []
      : [
          {
            key: 'unaccounted',
            sign: '+',
            label: 'unaccounted for',
            value: count(unaccounted),
            bad: true,
            place: '',
          },
        ]),
    {
      key: 'duplicates',
      sign: '',
      label: 'duplicates',
      value: count(duplicates),
      bad: duplicates > 0,
      place: 'aside first',
    },
    {
      key: 'rate',
      sign: '',
      label: 'results/s',
      value: totals.results_per_s.toFixed(1),
      bad: false,
      place: 'aside',
    },
  ];
}

/**
 * What is known of the browserless model; empty while nothing is.
 * @param {Overview['model']} model
 */
export function modelText({ pairs, drifted, off, abs_error_p50_ms: median }) {
  if (pairs === 0 || median === null) return '';
  const said = [
    `predicted first frames off by ${Math.round(median)} ms on ${counted(pairs, 'pair')}`,
    ...(drifted === 0 ? [] : [`${drifted} drifted`]),
    ...(off === 0 ? [] : [`${off} not to be relied on`]),
  ];
  return ` · ${said.join(', ')}`;
}

/** @param {{ overview: Overview }} props */
export const Totals = ({ overview: { at, totals } }) => html`<${Section}
  title="Every run accounted for"
  id="totals"
  note=${`scheduled runs since ${clockTime(Date.parse(totals.since), Date.parse(at))}`}
>
  <dl class="equation" id="equation">
    ${terms(totals).map(
      ({
        bad,
        key,
        label,
        place,
        sign,
        value,
      }) => html`<div key=${key} class=${`term ${place}`.trim()} data-bad=${String(bad)}>
        <dt>${label}</dt>
        <dd>${sign !== '' && html`<span class="operator">${sign}</span>`}<span class="amount">${value}</span></dd>
      </div>`,
    )}
  </dl>
<//>`;
