// @ts-check
/** Incidents as a list: what, where, since, whose fault it looks like, who sees to it; each leads to its own page. */
import { html } from 'htm/preact';
import { AttentionTags } from './attention.js';
import { clockTime, duration, withUnit } from './format.js';
import { headAndRest } from './incident-about.js';
import { link } from './range.js';
import { StateIcon } from './state.js';

/** @typedef {import('../api/overview.ts').ShownIncident} IncidentJson */

/** Whose fault it looks like, in words. @type {Record<string, string>} */
const BLAMES = {
  target: 'the target',
  network: 'the network',
  agent: 'the agent itself',
  unknown: 'not clear yet',
};

/** @param {string} blame */
export const blameText = (blame) => BLAMES[blame] ?? blame;

/** @param {{ status: string }} incident */
export const isOpen = (incident) => incident.status === 'open';

/**
 * Label and text of each fact.
 * @param {IncidentJson} incident
 * @param {number} nowMs
 * @returns {[string, string][]}
 */
export function factsOf(incident, nowMs) {
  const { before, after, unit } = incident.size;
  // Silence has no size.
  const isSized = before !== null || after !== null;
  /** @type {[string, string][]} */
  const all = [
    ['Where', incident.scope],
    [
      'What',
      isSized ? `${incident.metric}, ${withUnit(before, unit)} → ${withUnit(after, unit)}` : incident.metric,
    ],
    ['Looks like', blameText(incident.blame)],
    ['Severity', incident.severity],
    ['Since', clockTime(Date.parse(incident.started_at), nowMs)],
  ];
  const detectedMs = Date.parse(incident.detected_at) - Date.parse(incident.started_at);
  if (detectedMs >= 1000) all.push(['Detected after', duration(detectedMs)]);
  if (incident.resolved_at !== null)
    all.push(['Resolved', clockTime(Date.parse(incident.resolved_at), nowMs)]);
  return all;
}

/**
 * `for 2 min`, `lasted 5 min`.
 * @param {IncidentJson} incident
 * @param {number} nowMs
 */
export function lengthText({ resolved_at, started_at }, nowMs) {
  const startedMs = Date.parse(started_at);
  return resolved_at === null
    ? `for ${duration(nowMs - startedMs)}`
    : `lasted ${duration(Date.parse(resolved_at) - startedMs)}`;
}

/** @param {{ incident: IncidentJson, nowMs: number }} props */
function Item({ incident, nowMs }) {
  const [head, rest] = headAndRest(incident.summary);
  return html`<li class="incident" data-state=${incident.status}>
    <span class="incident-mark"><${StateIcon} state=${isOpen(incident) ? 'degraded' : 'ok'} /></span>
    <div>
      <p class="summary"><a href=${link(`/incidents/${encodeURIComponent(incident.id)}`)} data-row>${head}</a></p>
      ${rest && html`<p class="rest">${rest}</p>`}
      <p class="facts">
        ${factsOf(incident, nowMs).map(([label, text]) => html`<span>${label} <b>${text}</b></span>`)}
        <span class="length">${lengthText(incident, nowMs)}</span>
      </p>
      <${AttentionTags} incident=${incident} nowMs=${nowMs} />
    </div>
  </li>`;
}

/** @param {{ incidents: readonly IncidentJson[], nowMs: number, id?: string }} props newest first */
export const IncidentList = ({ incidents, nowMs, id }) => html`<ul class="incidents" id=${id}>
  ${incidents.map((incident) => html`<${Item} key=${incident.id} incident=${incident} nowMs=${nowMs} />`)}
</ul>`;
