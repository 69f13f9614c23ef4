// @ts-check
/** From answers of the API to what a plot takes: times, and a value for each, null where there is none. Pure. */
import { fields, finite, plain } from './plain.js';

/**
 * The starts of the steps of an answer, Unix milliseconds: steps begin at whole multiples of their length.
 * @param {unknown} answer `{ since, until, step_seconds }`
 * @returns {number[]}
 */
export function stepTimes(answer) {
  const { since, step_seconds, until } = fields(answer);
  const stepMs = (finite(step_seconds) ?? 0) * 1000;
  const [from, to] = [Date.parse(plain(since)), Date.parse(plain(until))];
  if (!(stepMs > 0) || !(to > from) || (to - from) / stepMs > 5000) return [];
  const times = [];
  for (let at = Math.floor(from / stepMs) * stepMs; at < to; at += stepMs) times.push(at);
  return times;
}

/**
 * @param {readonly number[]} times
 * @param {readonly Record<string, unknown>[]} rows each with the start of its step under `key`
 * @param {string} key
 * @param {(row: Record<string, unknown>) => unknown} pick
 * @returns {(number | null)[]}
 */
export function valuesAt(times, rows, key, pick) {
  const found = new Map(rows.map((row) => [Date.parse(plain(row[key])), finite(pick(row))]));
  return times.map((time) => found.get(time) ?? null);
}

/**
 * Where a scale of shares may begin so that what is short of all can be seen: 0, or 50, 90, 95, 99 … %.
 * @param {readonly (readonly (number | null)[])[]} lines
 */
export function shareFloor(lines) {
  const known = lines.flat().filter((value) => value !== null);
  const least = known.length === 0 ? 1 : Math.min(...known);
  return [0.99, 0.95, 0.9, 0.5].find((floor) => least > floor) ?? 0;
}

/**
 * Which values have no neighbour that a line could be drawn to: those of a check that runs less often than the plot has steps are dots.
 * @param {readonly (number | null | undefined)[]} values
 */
export function loneIndices(values) {
  const isThere = (/** @type {number} */ i) => (values[i] ?? null) !== null;
  return [...values.keys()].filter((i) => isThere(i) && !isThere(i - 1) && !isThere(i + 1));
}

/**
 * Sums over all steps, and why slots were missed, most first.
 * @param {unknown} answer of `/api/v1/completeness`
 */
export function completenessTotals(answer) {
  const { data } = fields(answer);
  const steps = Array.isArray(data) ? data.map(fields) : [];
  const sum = (/** @type {string} */ name) =>
    steps.reduce((total, step) => total + (finite(step[name]) ?? 0), 0);
  /** @type {Map<string, number>} */
  const reasons = new Map();
  for (const { missed_by_reason } of steps)
    for (const [reason, slots] of Object.entries(fields(missed_by_reason)))
      reasons.set(plain(reason), (reasons.get(plain(reason)) ?? 0) + (finite(slots) ?? 0));
  return {
    ...{ expected: sum('expected'), stored: sum('stored'), missed: sum('missed'), unheard: sum('unheard') },
    reasons: [...reasons].toSorted(([, a], [, b]) => b - a),
  };
}
