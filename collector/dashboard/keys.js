// @ts-check
/** The keyboard: letters lead to pages, through rows and to help. They can be turned off (WCAG 2.2 §2.1.4). */
import { PAGES } from './pages.js';
import { link, navigate } from './range.js';
import { createStore, remember, remembered } from './store.js';
import { turnTheme } from './theme.js';

/** After `g` the next letter has to come within this time. */
const CHORD_MS = 1500;

/** Whether letters do anything. */
export const keysOn = createStore(remembered('keys', 'on') === 'on');
/** Whether the help is shown. */
export const helpShown = createStore(false);

/** @param {boolean} isOn */
export function setKeys(isOn) {
  remember('keys', isOn ? 'on' : 'off');
  keysOn.set(isOn);
}

/** What each does, for the help. @type {readonly [keys: string, does: string][]} */
export const SHORTCUTS = [
  ...PAGES.flatMap(({ nav, title }) =>
    nav ? [/** @type {[string, string]} */ ([`g ${nav.key}`, `Go to ${title.toLowerCase()}`])] : [],
  ),
  ['/', 'Filter the table'],
  ['j', 'Next row'],
  ['k', 'Row before'],
  ['Enter', 'Open the row'],
  ['t', 'Theme: system, light, dark'],
  ['?', 'This help'],
  ['Esc', 'Leave a field, close the help'],
];

/** Rows that `j` and `k` walk: links that tables mark with `data-row`. */
const rowLinks = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll('main [data-row]')]);

/** @param {1 | -1} step */
function walk(step) {
  const rows = rowLinks();
  if (rows.length === 0) return;
  const at = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next =
    at === -1 ? (step === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
  rows[next]?.focus();
  rows[next]?.scrollIntoView({ block: 'nearest' });
}

/** @param {EventTarget | null} target */
const isField = (target) =>
  target instanceof HTMLElement && (target.matches('input, select, textarea') || target.isContentEditable);

/** Listens to the whole page; called once, by main.js. */
export function startKeys() {
  let chordMs = Number.NEGATIVE_INFINITY;
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && isField(event.target))
      return /** @type {HTMLElement} */ (event.target).blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!keysOn.get() || helpShown.get() || isField(event.target)) return;
    const isChord = event.timeStamp - chordMs < CHORD_MS;
    chordMs = Number.NEGATIVE_INFINITY;
    const done = isChord ? goTo(event.key) : press(event.key);
    if (event.key === 'g' && !isChord) chordMs = event.timeStamp;
    if (done) event.preventDefault();
  });
}

/** @param {string} key */
function goTo(key) {
  const page = PAGES.find(({ nav }) => nav?.key === key);
  if (page) navigate(link(page.path));
  return page !== undefined;
}

/**
 * @param {string} key
 * @returns {boolean} whether it meant anything
 */
function press(key) {
  /** @type {Record<string, () => void>} */
  const actions = {
    '?': () => helpShown.set(true),
    '/': () =>
      /** @type {HTMLElement | null} */ (document.querySelector('main input[type="search"]'))?.focus(),
    j: () => walk(1),
    k: () => walk(-1),
    t: turnTheme,
  };
  const action = Object.hasOwn(actions, key) ? actions[key] : undefined;
  action?.();
  return action !== undefined;
}
