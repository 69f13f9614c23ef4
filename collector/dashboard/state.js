// @ts-check
/** The states of a region: each has a word and a shape of its own, so that colour is never the only sign. */
import { html } from 'htm/preact';

/** @typedef {import('../api/overview.ts').RegionState} RegionState */

/** @type {Record<RegionState, { word: string, shape: string }>} */
export const STATES = {
  ok: { word: 'OK', shape: 'M6 10.4 8.8 13.2 14.2 7' },
  degraded: { word: 'Degraded', shape: 'M10 5.6v5.4M10 14.2v.2' },
  silent: { word: 'Silent', shape: 'M6 6l8 8M14 6l-8 8' },
  unknown: { word: 'No data', shape: 'M7.8 7.9a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.5M10 14.2v.2' },
};

/** The worst first: what a reader looks for. @type {readonly RegionState[]} */
export const WORST_FIRST = ['degraded', 'silent', 'unknown', 'ok'];

/** The outline says it, too: a circle is calm, a triangle is not. @type {Record<RegionState, string>} */
export const OUTLINES = {
  ok: 'M10 1.6a8.4 8.4 0 1 1 0 16.8 8.4 8.4 0 0 1 0-16.8Z',
  degraded: 'M8.6 2.4a1.6 1.6 0 0 1 2.8 0l7 12.8a1.6 1.6 0 0 1-1.4 2.4H3a1.6 1.6 0 0 1-1.4-2.4Z',
  silent:
    'M4 2.6h12A1.4 1.4 0 0 1 17.4 4v12a1.4 1.4 0 0 1-1.4 1.4H4A1.4 1.4 0 0 1 2.6 16V4A1.4 1.4 0 0 1 4 2.6Z',
  unknown: 'M10 1.6a8.4 8.4 0 1 1 0 16.8 8.4 8.4 0 0 1 0-16.8Z',
};

/** The sign of a state, in the colour of the text around it. @param {{ state: RegionState }} props */
export const StateIcon = ({ state }) => html`<svg
  class="icon"
  viewBox="0 0 20 20"
  aria-hidden="true"
  fill="none"
  stroke="currentColor"
  stroke-width="1.7"
  stroke-linecap="round"
  stroke-linejoin="round"
>
  <path d=${OUTLINES[state]} stroke-dasharray=${state === 'unknown' ? '2.6 2.6' : undefined} />
  <path d=${STATES[state].shape} stroke-width="1.9" />
</svg>`;
