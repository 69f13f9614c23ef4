// @ts-check
/** Pieces that pages are made of: heads, sections, words where there is nothing, where it waits and where it went wrong. */
import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import { clockTime } from './format.js';
import { STATES, StateIcon } from './state.js';

/** @typedef {import('preact').ComponentChildren} Children */

/**
 * The head of a page: its one h1, the name of the tab, and what is first asked. `state` adds the sign of a state.
 * @param {{ title: string, kind?: string, lead?: Children, state?: import('./state.js').RegionState, children?: Children }} props
 *   `kind` stands above the title: `Region`
 */
export function PageHead({ title, kind, lead, state, children }) {
  useEffect(() => {
    document.title = title === 'Outrider' ? title : `${title} – Outrider`;
  }, [title]);
  return html`<header class="page-head" data-state=${state}>
    ${state && html`<span class="mark"><${StateIcon} state=${state} /></span>`}
    <div>
      ${kind && html`<p class="kind">${kind}</p>`}
      <h1>${title}</h1>
      ${lead && html`<p class="lead">${lead}</p>`}
    </div>
    ${children}
  </header>`;
}

/**
 * A part of a page under its own h2.
 * @param {{ title: string, id?: string, note?: Children, tools?: Children, class?: string, children?: Children }} props `tools`: to the
 *   right of the title
 */
export function Section({ title, id, note, tools, class: name, children }) {
  const titleId = `${id ?? title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-title`;
  return html`<section class=${name} id=${id} aria-labelledby=${titleId}>
    <div class="section-head">
      <h2 id=${titleId}>${title}</h2>
      ${note && html`<p class="note">${note}</p>`} ${tools}
    </div>
    ${children}
  </section>`;
}

/** Words where there is nothing. @param {{ children?: Children }} props */
export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

/** @param {{ what?: string }} props */
export const Loading = ({ what = 'figures' }) => html`<p class="empty" role="status">Loading ${what}…</p>`;

/**
 * What went wrong, why, and what to try.
 * @param {{ error: import('./api.js').ApiProblem, at?: number | null, onRetry?: () => void }} props `at`: of what is shown in spite of it
 */
export function Problem({ error, at, onRetry }) {
  return html`<div class="problem" role="alert">
    <p>
      <b>${error.message}</b>${error.hint && ` ${error.hint}`}
      ${at && ` What is shown is of ${clockTime(at, Date.now())}.`}
    </p>
    ${onRetry && html`<button type="button" onClick=${onRetry}>Try again</button>`}
  </div>`;
}

/**
 * What an answer of `useApi` is good for: its content, or the words in its place.
 * @param {{ answer: import('./api.js').Answer & { reload: () => void }, what: string, children: (data: any) => Children }} props
 */
export function Loaded({ answer, what, children }) {
  const { at, data, error, reload } = answer;
  if (data === undefined)
    return error ? html`<${Problem} error=${error} onRetry=${reload} />` : html`<${Loading} what=${what} />`;
  return html`${error && html`<${Problem} error=${error} at=${at} onRetry=${reload} />`}${children(data)}`;
}

/** Names and values. Rows without a value are left out. @param {{ rows: readonly (readonly [string, Children])[] }} props */
export const Facts = ({ rows }) => html`<dl class="facts-list">
  ${rows
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
</dl>`;

/** Sign and word of a state. @param {{ state: import('./state.js').RegionState, word?: string }} props */
export const StateBadge = ({ state, word }) => html`<span class="badge" data-state=${state}>
  <${StateIcon} state=${state} />${word ?? STATES[state].word}
</span>`;
