// @ts-check
/** Numbers and times as the page shows them. Every figure that was not measured is a dash, never 0. */

export const NOTHING = '–';

/**
 * A number without its unit, grouped: `12 345`, with `digits` decimals below 10.
 * @param {number} value
 * @param {number} digits
 */
function grouped(value, digits) {
  const decimals = Math.abs(value) < 9.95 && !Number.isInteger(value) ? digits : 0;
  return value
    .toLocaleString('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    .replaceAll(',', '\u202f');
}

/**
 * Milliseconds, without the unit: whole from 10 on, one decimal below.
 * @param {number | null} value
 */
export function milliseconds(value) {
  return value === null ? NOTHING : grouped(value, 1);
}

/**
 * Bits a second as Mbit/s, without the unit.
 * @param {number | null} bps
 */
export function megabits(bps) {
  if (bps === null) return NOTHING;
  const value = bps / 1e6;
  return grouped(value < 10 ? Math.round(value * 10) / 10 : value, 1);
}

/**
 * A share as a percentage, without the sign. Rounded towards failure: 99.96 % does not become 100.
 * @param {number | null} ratio
 */
export function percent(ratio) {
  if (ratio === null) return NOTHING;
  const tenths = Math.floor(ratio * 1000 + 1e-6) / 10;
  return tenths === 100 || tenths === 0 ? String(tenths) : tenths.toFixed(1);
}

/**
 * A count, grouped.
 * @param {number | null} value
 */
export function count(value) {
  return value === null ? NOTHING : grouped(value, 0);
}

/**
 * So many of something: `1 agent`, `12 agents`.
 * @param {number} value
 * @param {string} one
 */
export const counted = (value, one) => `${count(value)} ${value === 1 ? one : `${one}s`}`;

/**
 * How long, in at most two units: `4 s`, `3 min 20 s`, `2 h 5 min`, `6 d 1 h`.
 * @param {number} ms
 */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  /** @type {[number, string][]} */
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const first = units.findIndex(([size]) => seconds >= size);
  if (first === -1) return '0 s';
  const parts = [];
  let rest = seconds;
  for (const [size, unit] of units.slice(first, first + 2)) {
    const amount = Math.floor(rest / size);
    if (amount > 0) parts.push(`${amount} ${unit}`);
    rest -= amount * size;
  }
  return parts.join(' ');
}

/**
 * The wall clock of the reader, `14:03:09`; with the date when it is another day than `nowMs`.
 * @param {number} ms
 * @param {number} nowMs
 */
export function clockTime(ms, nowMs) {
  const at = new Date(ms);
  const time = at.toLocaleTimeString('en-GB', { hour12: false });
  const isToday = at.toDateString() === new Date(nowMs).toDateString();
  return isToday ? time : `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}, ${time}`;
}

/**
 * A value of a metric in its own unit, for sentences: `412 ms`, `4.2 Mbit/s`, `98.5 %`.
 * @param {number | null | undefined} value
 * @param {string} unit
 */
export function withUnit(value, unit) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  if (unit === 'ms') return `${milliseconds(value)} ms`;
  if (unit === 'bps') return `${megabits(value)} Mbit/s`;
  if (unit === 'ratio') return `${percent(value)} %`;
  // A count has no unit: what is counted stands beside it.
  return `${grouped(value, 1)} ${unit === 'count' ? '' : unit}`.trim();
}
