// @ts-check
/**
 * The address: where the reader is, and of which time. `?since=2h&until=…&vs=7d` is kept across links, so that what one sees can be sent to
 * somebody else. Texts of time are those of the API and the command line.
 */
import { createStore, useStore } from './store.js';

/**
 * What a page is to show. `query` is what the API takes (`since=2h&vs=7d`), `isLive`: it ends now;
 * `isDefault`: nothing was chosen, and what the stream says of this minute may be shown.
 * @typedef {{ since: string, until: string | null, vs: string | null, query: string, isLive: boolean, isDefault: boolean }} Range
 */

/** Of plots, while nothing is chosen. */
const DEFAULT_SINCE = '1h';

/** @type {readonly [since: string, label: string][]} */
export const PRESETS = [
  ['15m', '15 minutes'],
  ['1h', '1 hour'],
  ['6h', '6 hours'],
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
];

/** What a time may be held against: the same, so much before. @type {readonly [vs: string, label: string][]} */
export const COMPARISONS = [
  ['', 'nothing'],
  ['1h', 'an hour before'],
  ['1d', 'a day before'],
  ['7d', 'a week before'],
];

/**
 * The range of an address; what is no time there is left out.
 * @param {string} search `?since=2h`
 * @returns {Range}
 */
export function rangeOf(search) {
  const asked = new URLSearchParams(search);
  const since = timeText(asked.get('since')) ?? DEFAULT_SINCE;
  const until = timeText(asked.get('until'));
  const vs = timeText(asked.get('vs'));
  const query = new URLSearchParams({ since, ...(until ? { until } : {}), ...(vs ? { vs } : {}) });
  const isDefault = !asked.has('since') && until === null && vs === null;
  return { since, until, vs, query: query.toString(), isLive: until === null, isDefault };
}

/** A duration, or an instant with its zone: nothing else is sent to the collector. @param {string | null} text */
function timeText(text) {
  if (text === null) return null;
  return /^\d{1,6}(ms|s|m|h|d)$|^\d{4}-\d\d-\d\d(T[\d:.]{5,16}(Z|[+-]\d\d:\d\d))?$/.test(text) ? text : null;
}

/**
 * A duration such as `90m` in milliseconds; null for another text.
 * @param {string} text
 */
export function durationMs(text) {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const sizes = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return amount === undefined ? null : Number(amount) * sizes[/** @type {keyof typeof sizes} */ (unit)];
}

/**
 * Its two ends, Unix milliseconds.
 * @param {Range} range
 * @param {number} nowMs
 */
export function rangeTimes({ since, until }, nowMs) {
  const back = durationMs(since);
  return {
    fromMs: back === null ? Date.parse(since) : nowMs - back,
    toMs: until === null ? nowMs : Date.parse(until),
  };
}

const place = createStore(placeNow());

function placeNow() {
  const { pathname, search, hash } = globalThis.location ?? { pathname: '/', search: '', hash: '' };
  return { path: pathname, search, hash };
}

globalThis.addEventListener?.('popstate', () => place.set(placeNow()));

/** Where the reader is: `{ path, search, hash }`. */
export const usePlace = () => useStore(place);

/** The range of the address. @returns {Range} */
export const useRange = () => rangeOf(usePlace().search);

/**
 * An address of the dashboard, of the time that is being looked at. Names are encoded by whoever makes the path.
 * @param {string} path `/regions/eu-west`
 */
export function link(path) {
  const kept = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(place.get().search))
    if (['since', 'until', 'vs'].includes(name)) kept.set(name, value);
  const query = kept.toString();
  return query === '' ? path : `${path}?${query}`;
}

/**
 * Goes there without loading the page.
 * @param {string} href a path of the dashboard, with its query
 * @param {{ replace?: boolean }} [options] `replace`: in place of the present entry of the history
 */
export function navigate(href, { replace = false } = {}) {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  place.set(placeNow());
}

/**
 * Changes words of the query, such as the time, and stays on the page; null takes one away.
 * @param {Record<string, string | null>} changes
 */
export function changeQuery(changes) {
  const { path, search } = place.get();
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  navigate(text === '' ? path : `${path}?${text}`);
}
