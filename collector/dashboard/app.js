// @ts-check
/** The page: follows the collector's stream, shows each overview, and says honestly how fresh it is. */
import { follow } from './connection.js';
import { byId, setText } from './dom.js';
import { clockTime, duration } from './format.js';
import { showIncidents } from './incidents.js';
import { showRegions } from './regions.js';
import { stateIcon } from './state.js';
import { showTotals } from './totals.js';
import { verdict } from './verdict.js';

/** @typedef {import('../api/overview.ts').Overview} Overview */

/** @param {Overview} overview */
function showVerdict(overview) {
  const { state, title, text } = verdict(overview);
  const section = byId('verdict');
  if (section.getAttribute('data-state') !== state || !byId('verdict-mark').hasChildNodes()) {
    section.setAttribute('data-state', state);
    byId('verdict-mark').replaceChildren(stateIcon(state));
  }
  setText(byId('verdict-title'), title);
  setText(byId('verdict-text'), text);
  document.title = state === 'ok' ? 'Outrider' : `${title} – Outrider`;
}

/** @param {Overview} overview */
function show(overview) {
  showVerdict(overview);
  showRegions(byId('regions'), overview);
  byId('regions-empty').hidden = overview.regions.length > 0;
  const leftOut =
    overview.regions_left_out > 0 ? `, ${overview.regions_left_out} more regions not shown` : '';
  setText(byId('window-note'), `figures of the last ${duration(overview.window.seconds * 1000)}${leftOut}`);
  showIncidents(overview.incidents, Date.parse(overview.at));
  showTotals(overview);
}

/** @param {import('./connection.js').Connection} connection */
function showConnection(connection) {
  const element = byId('connection');
  element.setAttribute('data-state', connection.state);
  document.body.setAttribute('data-stale', String(connection.state === 'reconnecting'));
  const nowMs = Date.now();
  if (connection.state === 'connecting') setText(byId('connection-text'), 'Connecting…');
  else if (connection.state === 'live') setText(byId('connection-text'), 'Live');
  else {
    setText(byId('connection-text'), `Reconnecting – figures as of ${clockTime(connection.sinceMs, nowMs)}`);
  }
}

const state = follow({
  url: '/api/v1/stream',
  open: (url) => new EventSource(url),
  nowMs: () => Date.now(),
  schedule: (callback, delayMs) => setTimeout(callback, delayMs),
  onOverview: show,
});
setInterval(() => showConnection(state()), 500);
showConnection(state());
