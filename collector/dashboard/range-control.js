// @ts-check
/** Of which time the page is, and what it is held against: kept in the address. */
import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { COMPARISONS, changeQuery, PRESETS, rangeTimes } from './range.js';

/** @typedef {{ currentTarget: HTMLSelectElement }} Chosen */

/** @param {{ range: import('./range.js').Range }} props */
export function RangeControl({ range }) {
  const [isCustom, setCustom] = useState(false);
  const isLive = new URLSearchParams(location.search).get('since') === null && range.until === null;
  const chosen = isLive ? 'live' : range.until === null ? range.since : 'custom';
  const isPreset = isLive || PRESETS.some(([since]) => since === chosen);
  const choose = (/** @type {string} */ since) => {
    setCustom(since === 'custom');
    if (since !== 'custom') changeQuery({ since: since === 'live' ? null : since, until: null });
  };
  return html`<div class="range">
    <label>
      <span class="visually-hidden">Time</span>
      <select value=${isPreset ? chosen : 'custom'} onChange=${(/** @type {Chosen} */ event) => choose(event.currentTarget.value)}>
        <option value="live" selected=${isLive}>Live</option>
        ${PRESETS.map(([since, label]) => html`<option value=${since} selected=${since === chosen}>Last ${label.replace(/^1 /, '')}</option>`)}
        <option value="custom" selected=${!isPreset}>${isPreset ? 'Other…' : rangeText(range)}</option>
      </select>
    </label>
    <label>
      <span class="visually-hidden">Held against</span>
      <select value=${range.vs ?? ''} onChange=${(/** @type {Chosen} */ event) => changeQuery({ vs: event.currentTarget.value || null })}>
        ${comparisons(range.vs).map(([vs, label]) => html`<option value=${vs} selected=${vs === (range.vs ?? '')}>${vs === '' ? 'No comparison' : `vs ${label}`}</option>`)}
      </select>
    </label>
    ${(isCustom || !isPreset) && html`<${CustomRange} range=${range} onDone=${() => setCustom(false)} />`}
  </div>`;
}

/** One that came by the address is offered, too. @param {string | null} vs */
const comparisons = (vs) =>
  vs === null || COMPARISONS.some(([known]) => known === vs)
    ? COMPARISONS
    : [...COMPARISONS, [vs, `${vs} before`]];

/** @param {import('./range.js').Range} range */
const rangeText = ({ since, until }) => (until === null ? `Since ${since}` : 'From … to …');

/** @param {{ range: import('./range.js').Range, onDone: () => void }} props */
function CustomRange({ range, onDone }) {
  const { fromMs, toMs } = rangeTimes(range, Date.now());
  const apply = (/** @type {SubmitEvent & { currentTarget: HTMLFormElement }} */ event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [from, to] = ['from', 'to'].map((name) => new Date(String(form.get(name))));
    if (!from || !to || !(from < to)) return;
    changeQuery({ since: from.toISOString(), until: to < new Date() ? to.toISOString() : null });
    onDone();
  };
  return html`<form class="custom-range" onSubmit=${apply}>
    <label>From <input type="datetime-local" name="from" required value=${localText(fromMs)} /></label>
    <label>To <input type="datetime-local" name="to" required value=${localText(toMs)} /></label>
    <button>Show</button>
  </form>`;
}

/** As a field takes it, in the reader's own zone. @param {number} ms */
function localText(ms) {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 16);
}
