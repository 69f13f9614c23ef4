// @ts-check
/**
 * What agents and servers wrote, made safe to show: of the kind that is expected, no longer than is useful, without characters
 * that hide or turn others around. Evidence is not trusted: a server chose half of its text, and any agent may send it.
 */

/** No more of a list is shown, and no more letters of a text. */
export const SHOWN = {
  ...{ looks: 8, answers: 8, runs: 12, phases: 64, dials: 8, requests: 24, headers: 40 },
  ...{ regions: 60, agents: 200, quantiles: 12, changes: 8, timeline: 60, told: 24, names: 12, metrics: 80 },
};
const TEXT_MAX = 600;
const BODY_MAX = 2048;

/** Control characters, and marks that reorder the letters after them: never drawn, only named. */
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** @param {string} text */
const visible = (text) =>
  text.replace(HIDDEN, (mark) => `\\u${(mark.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);

/**
 * @param {string} text
 * @param {number} max
 */
const cut = (text, max) => (text.length > max ? `${text.slice(0, max)}…` : text);

/**
 * One line; empty for what is neither text nor a number.
 * @param {unknown} value
 */
export function plain(value) {
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  return visible(cut(String(value), TEXT_MAX).replaceAll(/[\n\t]/g, ' '));
}

/**
 * Several lines.
 * @param {unknown} value
 */
export const plainLines = (value) =>
  typeof value === 'string' ? visible(cut(value, BODY_MAX).replaceAll('\r\n', '\n')) : '';

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>} without fields where it is no object
 */
export const fields = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? /** @type {Record<string, unknown>} */ (value)
    : {};

/**
 * The last items of a list, as objects: what failed comes last.
 * @param {unknown} value
 * @param {number} max
 */
export const items = (value, max) => (Array.isArray(value) ? value.slice(-max).map(fields) : []);

/**
 * The first items of a list, as objects.
 * @param {unknown} value
 * @param {number} max
 */
export const firstItems = (value, max) => (Array.isArray(value) ? value.slice(0, max).map(fields) : []);

/**
 * The first names of a list, and how many more there are.
 * @param {unknown} value
 * @param {number} max
 */
export function namesOf(value, max) {
  const all = Array.isArray(value) ? value : [];
  const shown = all.slice(0, max).map(plain).join(', ');
  return all.length > max ? `${shown} and ${all.length - max} more` : shown;
}

/**
 * A number that can be drawn and counted with.
 * @param {unknown} value
 * @returns {number | null}
 */
export const finite = (value) =>
  typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 1e15 ? value : null;
