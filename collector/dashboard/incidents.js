// @ts-check
/** The lists of incidents: the open ones, and those that ended lately. */
import { attentionOf, attentionTag } from './attention.js';
import { byId, h, keyed, setText } from './dom.js';
import { clockTime, count, duration, withUnit } from './format.js';
import { makeEvidence } from './incident-evidence.js';
import { stateIcon } from './state.js';

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

/** @param {IncidentJson} incident */
const isOpen = (incident) => incident.status === 'open';

/**
 * @param {IncidentJson} incident
 * @param {number} nowMs
 * @returns {[string, string][]} label and text of each fact
 */
function facts(incident, nowMs) {
  const { before, after, unit } = incident.size;
  /** @type {[string, string][]} */
  const all = [
    ['Where', incident.scope],
    ['What', `${incident.metric}, ${withUnit(before, unit)} → ${withUnit(after, unit)}`],
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

/** @param {IncidentJson} incident */
function makeItem(incident) {
  const id = `incident-${incident.id}`;
  const item = h(
    'li',
    { class: 'incident', 'data-state': incident.status, id },
    h('span', { class: 'incident-mark' }, stateIcon(isOpen(incident) ? 'degraded' : 'ok')),
    h('div', {}, h('p', { class: 'summary' }), h('p', { class: 'facts' }), h('p', { class: 'tags' })),
    h('p', { class: 'length' }),
    makeEvidence(incident.id),
  );
  // What a notification has led here for: the page was empty when the browser looked for it.
  if (location.hash === `#${encodeURIComponent(id)}`)
    requestAnimationFrame(() => {
      item.querySelector('.incident-evidence')?.setAttribute('open', '');
      item.scrollIntoView();
    });
  return item;
}

/**
 * @param {Element} item
 * @param {IncidentJson} incident
 * @param {number} nowMs
 */
function updateItem(item, incident, nowMs) {
  const [summary, list, length] = ['.summary', '.facts', '.length'].map((selector) =>
    item.querySelector(selector),
  );
  if (!summary || !list || !length) return;
  setText(summary, incident.summary);
  const now = facts(incident, nowMs);
  const text = JSON.stringify(now);
  if (list.getAttribute('data-shown') !== text) {
    list.setAttribute('data-shown', text);
    list.replaceChildren(...now.map(([label, value]) => h('span', {}, `${label} `, h('b', {}, value))));
  }
  const tags = item.querySelector('.tags');
  const attention = attentionOf({ ...incident }, nowMs);
  const told = JSON.stringify(attention);
  if (tags && tags.getAttribute('data-shown') !== told) {
    tags.setAttribute('data-shown', told);
    tags.replaceChildren(...attention.map(attentionTag));
  }
  // Whatever of it the list shows has changed, so has what stands behind it.
  const { acknowledged, evidence, silenced, status } = incident;
  const stage = JSON.stringify([status, evidence, acknowledged, silenced, incident.told]);
  if (item.getAttribute('data-stage') !== stage) {
    item.setAttribute('data-stage', stage);
    item.querySelector('.incident-evidence')?.dispatchEvent(new Event('changed'));
  }
  const startedMs = Date.parse(incident.started_at);
  const resolvedMs = incident.resolved_at === null ? null : Date.parse(incident.resolved_at);
  const lasted = duration((resolvedMs ?? nowMs) - startedMs);
  setText(length, resolvedMs === null ? `for ${lasted}` : `lasted ${lasted}`);
}

/**
 * @param {readonly IncidentJson[]} incidents open and resolved, newest first
 * @param {number} nowMs
 */
export function showIncidents(incidents, nowMs) {
  const open = incidents.filter(isOpen);
  const resolved = incidents.filter((incident) => !isOpen(incident));
  for (const [id, list] of /** @type {[string, IncidentJson[]][]} */ ([
    ['incidents-open', open],
    ['incidents-resolved', resolved],
  ])) {
    keyed(
      byId(id),
      list,
      (incident) => incident.id,
      makeItem,
      (item, incident) => updateItem(item, incident, nowMs),
    );
  }
  byId('incidents-empty').hidden = open.length > 0;
  byId('incidents-resolved-section').hidden = resolved.length === 0;
  setText(byId('incidents-note'), open.length > 0 ? `${count(open.length)} open` : '');
}
