// @ts-check
/** Runs as a list: how each ended, where and when; opened, what it saw. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { clockTime, withUnit } from './format.js';
import { fields, finite, firstItems, plain } from './plain.js';
import { RunEvidence } from './run-evidence.js';
import { Empty } from './ui.js';
import { outcomeOf } from './words.js';

/**
 * @param {{
 *   omit?: 'agent' | 'probe', runs: readonly Record<string, unknown>[], empty: string, figureOf?: (run: Record<string, unknown>) => unknown, unit?: string,
 * }} props `omit`: what the page is about is not said again; `figureOf`: a figure to begin with, in place of how it ended
 */
export function RunList({ runs, empty, figureOf, omit, unit = 'ms' }) {
  if (runs.length === 0) return html`<${Empty}>${empty}<//>`;
  return html`<ul class="runs">
    ${runs.map((run) => html`<${RunItem} key=${plain(run.run_id)} run=${run} omit=${omit} value=${figureOf ? withUnit(finite(figureOf(run)), unit) : ''} />`)}
  </ul>`;
}

/**
 * Runs of an answer by their slots: it has them in the order in which they came, and what an agent held back comes late.
 * @param {unknown} answer of `/api/v1/results`
 * @param {number} max
 */
export const newestFirst = (answer, max) =>
  firstItems(fields(answer).data, max).toSorted((a, b) =>
    plain(b.scheduled_at).localeCompare(plain(a.scheduled_at)),
  );

/** @param {{ run: Record<string, unknown>, value: string, omit?: 'agent' | 'probe' }} props */
function RunItem({ run, value, omit }) {
  const [isOpen, setOpen] = useState(false);
  // Lists of incidents name failed runs without their end.
  const { sign, state, text } = outcomeOf({ outcome: value === '' ? 'fail' : 'ok', ...run });
  const what = value === '' ? `${sign} ${text}` : value;
  const check = omit === 'probe' ? `on ${plain(run.target)}` : `${plain(run.probe)} on ${plain(run.target)}`;
  const place = omit === 'agent' ? '' : [plain(run.agent), plain(run.region)].filter(Boolean).join(' in ');
  const where = [place, check].filter(Boolean).join(', ');
  return html`<li>
    <details onToggle=${(/** @type {{ currentTarget: HTMLDetailsElement }} */ event) => setOpen(event.currentTarget.open)}>
      <summary>
        <b data-outcome=${state}>${what}</b>${' '}
        <span>${where},</span>${' '}
        <time datetime=${plain(run.scheduled_at)}>${clockTime(Date.parse(plain(run.scheduled_at)), Date.now())}</time>
        ${run.has_evidence === false && html`<span class="note"> no evidence kept</span>`}
      </summary>
      ${isOpen && html`<${RunEvidence} id=${plain(run.run_id)} />`}
    </details>
  </li>`;
}
