// @ts-check
/** What stands behind an incident, fetched when a reader opens it: its story, second looks, and the runs that tell of it. */
import { confirmationBlocks } from './confirmations.js';
import { h, keyed } from './dom.js';
import { clockTime, withUnit } from './format.js';
import { storyBlocks } from './incident-story.js';
import { fields, finite, firstItems, plain, SHOWN } from './plain.js';
import { runBlocks } from './run-evidence.js';
import { sightBlocks } from './sight-map.js';

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
  const what = plain(run.what);
  const at = clockTime(Date.parse(plain(run.scheduled_at)), Date.now());
  const item = h(
    'details',
    { class: 'failed-run' },
    h(
      'summary',
      {},
      h('b', {}, what),
      ` ${plain(run.agent)}, ${plain(run.probe)} on ${plain(run.target)}, ${at}`,
      run.has_evidence === false ? h('span', { class: 'note' }, ' (no evidence kept)') : null,
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

/**
 * Failed runs, or slow ones where nothing failed: those that a reader opens.
 * @param {Record<string, unknown>} incident
 * @returns {{ title: string, runs: Record<string, unknown>[] }[]}
 */
function runLists(incident) {
  const failed = firstItems(incident.runs, SHOWN.runs).map((run) => ({
    ...run,
    what: `${plain(run.layer)}/${plain(run.code)}`,
  }));
  const unit = plain(fields(incident.size).unit);
  const slow = firstItems(incident.slow_runs, SHOWN.runs).map((run) => ({
    ...run,
    what: withUnit(finite(run.value), unit),
  }));
  return [
    { title: 'Failed runs, the newest first', runs: failed },
    { title: `Worst runs by ${plain(incident.metric)}`, runs: slow },
  ];
}

/** @param {string} id of the incident */
export function makeEvidence(id) {
  const story = h('div', { class: 'story' });
  const lists = [0, 1].map(() => ({
    title: h('h4', { hidden: true }),
    runs: h('ul', { class: 'failed-runs' }),
  }));
  const details = h(
    'details',
    { class: 'incident-evidence' },
    h('summary', {}, 'Evidence, timeline, and who was told'),
    story,
    ...lists.flatMap(({ runs, title }) => [title, runs]),
  );
  const load = () =>
    fill(story, async () => {
      const incident = fields(await get(`/api/v1/incidents/${encodeURIComponent(id)}`));
      const found = runLists(incident);
      lists.forEach(({ runs, title }, i) => {
        const list = found[i];
        if (!list) return;
        showRuns(runs, list.runs);
        title.textContent = list.title;
        title.toggleAttribute('hidden', list.runs.length === 0);
      });
      const { first, last } = storyBlocks(incident);
      const looks = confirmationBlocks(incident.evidence);
      const bare = looks.length === 0 && found.every(({ runs }) => runs.length === 0);
      return [
        ...first,
        ...sightBlocks(incident.evidence),
        ...last,
        ...(looks.length > 0 ? [h('section', { class: 'wide looks' }, ...looks)] : []),
        ...(bare
          ? [h('p', { class: 'note wide' }, 'Nobody was asked to look again, and no run was kept.')]
          : []),
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
