// @ts-check
/** Incidents that are open or were in the time that is looked at, by state and by what they are. */
import { html } from 'htm/preact';
import { useApi } from '../api.js';
import { count } from '../format.js';
import { openOf } from '../incident-about.js';
import { IncidentList } from '../incidents.js';
import { useNow, useOverview } from '../live.js';
import { fields, firstItems, plain } from '../plain.js';
import { changeQuery, rangeTimes, usePlace } from '../range.js';
import { Empty, Loaded, PageHead, Section } from '../ui.js';

const INCIDENTS = 100;
const EVERY_MS = 10_000;
const SCOPES = ['agent', 'isp', 'region', 'country', 'pop', 'route', 'target', 'global'];

/** `parts`: also those that turned out to be part of a wider one. @typedef {{ status: string, scope: string, words: string, parts: string }} Filter */

/**
 * Those that a reader asked for: of a kind of place, with all words in what is said of them, begun before the end of the time.
 * @param {readonly Record<string, unknown>[]} incidents
 * @param {Filter} filter
 * @param {number} toMs
 */
export function wantedIncidents(incidents, { parts, scope, words }, toMs) {
  const asked = words.toLowerCase().split(/\s+/).filter(Boolean);
  return incidents.filter((one) => {
    const text = [one.summary, one.scope, one.metric, one.probe, one.target, one.severity]
      .map(plain)
      .join(' ')
      .toLowerCase();
    return (
      (parts !== '' || plain(one.merged_into) === '') &&
      (scope === '' || one.scope_kind === scope) &&
      asked.every((word) => text.includes(word)) &&
      Date.parse(plain(one.started_at)) <= toMs
    );
  });
}

/** @param {{ range: import('../range.js').Range }} props */
export function Page({ range }) {
  const asked = new URLSearchParams(usePlace().search);
  const filter = {
    status: asked.get('status') ?? '',
    scope: asked.get('scope') ?? '',
    words: asked.get('q') ?? '',
    parts: asked.get('parts') ?? '',
  };
  const nowMs = useNow(1000);
  const query = new URLSearchParams({ limit: String(INCIDENTS), since: range.since });
  if (['open', 'resolved'].includes(filter.status)) query.set('status', filter.status);
  const answer = useApi(`/api/v1/incidents?${query}`, { everyMs: EVERY_MS });
  const overview = useOverview();
  const open = openOf(overview).length;
  const { toMs } = rangeTimes(range, nowMs);
  return html`
    <${PageHead} title="Incidents" state=${overview === null ? 'unknown' : open > 0 ? 'degraded' : 'ok'} lead=${overview === null ? 'Asking…' : open === 0 ? 'None is open.' : `${count(open)} open.`} />
    <${Section} title="Open, or ended in this time" tools=${html`<${Filters} filter=${filter} />`}>
      <${Loaded} answer=${answer} what="the incidents">${(/** @type {unknown} */ data) => {
        const all = firstItems(fields(data).data, INCIDENTS);
        const wanted = wantedIncidents(all, filter, toMs);
        const isCut = fields(fields(data).pagination).next !== null;
        return html`
          <p class="note" role="status">${count(wanted.length)} of ${count(all.length)}${isCut && ', and there are older ones: choose a shorter time'}</p>
          ${wanted.length === 0 ? html`<${Empty}>${emptyText(all.length, filter)}<//>` : html`<${IncidentList} incidents=${wanted} nowMs=${nowMs} />`}
        `;
      }}<//>
    <//>
  `;
}

/**
 * @param {number} all
 * @param {Filter} filter
 */
function emptyText(all, { status }) {
  if (all > 0) return 'None of them is so: take a filter away.';
  return status === 'open'
    ? 'No incident is open.'
    : 'No incident was open in this time. A longer time is chosen at the top of the page.';
}

/** @param {{ filter: Filter }} props */
function Filters({ filter }) {
  /** @param {string} name @param {string} label @param {string} value @param {readonly string[]} values */
  const choice = (name, label, value, values) => html`<label class="choice">${label}${' '}
    <select value=${value} onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => changeQuery({ [name]: event.currentTarget.value || null })}>
      <option value="">All</option>
      ${values.map((one) => html`<option value=${one} selected=${one === value}>${one}</option>`)}
    </select>
  </label>`;
  return html`<div class="choices">
    ${choice('status', 'State', filter.status, ['open', 'resolved'])} ${choice('scope', 'Where', filter.scope, SCOPES)}
    <label class="choice">
      <input type="checkbox" checked=${filter.parts !== ''} onChange=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => changeQuery({ parts: event.currentTarget.checked ? 'shown' : null })} />
      Parts of wider ones
    </label>
    <input
      type="search" aria-label="Filter by words" placeholder="Filter by words" value=${filter.words} spellcheck=${false}
      onChange=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => changeQuery({ q: event.currentTarget.value || null })}
    />
  </div>`;
}
