// @ts-check
/** Light, dark, or as the system says. Kept in this browser; `early.js` puts it there before the first drawing. */
import { createStore, remember, remembered } from './store.js';

/** @typedef {'system' | 'light' | 'dark'} Theme */

/** @type {readonly Theme[]} */
export const THEMES = ['system', 'light', 'dark'];

const kept = remembered('theme', 'system');
/** What the reader chose. */
export const theme = createStore(
  /** @type {Theme} */ (kept === 'light' || kept === 'dark' ? kept : 'system'),
);
/** Grows with each change of colours, the system's own included: plots draw on canvas and have to be told. */
export const colours = createStore(0);

/** @param {Theme} next */
export function setTheme(next) {
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  remember('theme', next);
  theme.set(next);
  colours.set(colours.get() + 1);
}

/** The next of the three. */
export function turnTheme() {
  setTheme(THEMES[(THEMES.indexOf(theme.get()) + 1) % THEMES.length] ?? 'system');
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => colours.set(colours.get() + 1));

/**
 * A colour of the style sheet as canvas takes it.
 * @param {string} name of the custom property, such as `--accent`
 */
export function colourOf(name) {
  const sample = document.createElement('span');
  sample.style.color = `var(${name})`;
  document.body.append(sample);
  const { color } = getComputedStyle(sample);
  sample.remove();
  return color;
}
