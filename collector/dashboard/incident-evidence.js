// @ts-check
/** What stands behind an incident, fetched when a reader opens it: second looks, and the runs that failed. */
import { confirmationBlocks } from './confirmations.js';
import { h, keyed } from './dom.js';
import { clockTime } from './format.js';
import { fields, items, plain, SHOWN } from './plain.js';
import { runBlocks } from './run-evidence.js';

/** A collector that does not answer by then is said not to. */
const FETCH_MS = 10_000;

/**
 * @param {string} path
 * @returns {Promise<unknown>}
 */
async function get(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(FETCH_MS) });
  if (!response.ok) throw new Error(`the collector said ${response.status}`);
  return response.json();
}

/**
 * Shows what a load gives, or that it failed; of several loads at once the last one counts.
 * @param {Element} place
 * @param {() => Promise<Element[]>} load
 */
async function fill(place, load) {
  const turn = String(Number(place.getAttribute('data-turn') ?? 0) + 1);
  place.setAttribute('data-turn', turn);
  if (!place.hasChildNodes()) place.append(h('p', { class: 'note' }, 'Loading…'));
  const blocks = await load().catch((error) => [
    h(
      'p',
      { class: 'note' },
      `This could not be loaded: ${plain(error.message)}. Close and open it to try again.`,
    ),
  ]);
  if (place.getAttribute('data-turn') === turn) place.replaceChildren(...blocks);
}

/** @param {Record<string, unknown>} run */
function runItem(run) {
  const id = plain(run.run_id);
  const place = h('div', { class: 'run-evidence' });
  const what = `${plain(run.layer)}/${plain(run.code)}`;
  const at = clockTime(Date.parse(plain(run.scheduled_at)), Date.now());
  const item = h(
    'details',
    { class: 'failed-run' },
    h(
      'summary',
      {},
      h('b', {}, what),
      ` ${plain(run.agent)}, ${plain(run.probe)} on ${plain(run.target)}, ${at}`,
      run.has_evidence === true ? null : h('span', { class: 'note' }, ' (no evidence kept)'),
    ),
    place,
  );
  item.addEventListener('toggle', () => {
    if (item.hasAttribute('open'))
      void fill(place, async () => runBlocks(id, await get(`/api/v1/results/${encodeURIComponent(id)}`)));
  });
  return h('li', {}, item);
}

/**
 * Runs that a reader has opened stay open when the list is loaded again.
 * @param {Element} list
 * @param {readonly Record<string, unknown>[]} runs
 */
function showRuns(list, runs) {
  keyed(
    list,
    runs,
    (run) => plain(run.run_id),
    runItem,
    () => undefined,
  );
}

/** @param {string} id of the incident */
export function makeEvidence(id) {
  const looks = h('div', { class: 'looks' });
  const runs = h('ul', { class: 'failed-runs' });
  const title = h('h4', { hidden: true }, 'Failed runs, the newest first');
  const details = h(
    'details',
    { class: 'incident-evidence' },
    h('summary', {}, 'Evidence'),
    looks,
    title,
    runs,
  );
  const load = () =>
    fill(looks, async () => {
      const incident = fields(await get(`/api/v1/incidents/${encodeURIComponent(id)}`));
      const failed = items(incident.runs, SHOWN.runs);
      showRuns(runs, failed);
      title.toggleAttribute('hidden', failed.length === 0);
      const blocks = confirmationBlocks(incident.evidence);
      return blocks.length > 0 || failed.length > 0
        ? blocks
        : [
            h(
              'p',
              { class: 'note' },
              'Nobody was asked to look again, and no run failed: the figures above are what there is.',
            ),
          ];
    });
  details.addEventListener('toggle', () => {
    if (details.hasAttribute('open')) void load();
  });
  // Told by the list when the incident has changed.
  details.addEventListener('changed', () => {
    if (details.hasAttribute('open')) void load();
  });
  return details;
}
