// @ts-check
/** The small chart of a region: from points to SVG path data, and the element. A gap in the data is a gap in the line. */

import { html } from 'htm/preact';

/** @typedef {{ at_ms: number, value: number | null }} Point */
/** @typedef {{ line: string, area: string, last: { x: number, y: number } | null, max: number, min: number }} Drawing */

/** Coordinates need no more than a tenth of a pixel. @param {number} value */
const round = (value) => Math.round(value * 10) / 10;

/**
 * A round number at or above `value`, so that the scale does not twitch with each point: 1, 2, 5 × 10ⁿ.
 * @param {number} value
 */
export function niceCeiling(value) {
  // What is next to nothing has no power of ten.
  if (!(value > 1e-9)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 1.5, 2, 3, 4, 5, 7.5, 10]) {
    if (step * power >= value) return step * power;
  }
  return 10 * power;
}

/** Two minutes of ten-second steps: less is no chart. */
const SHOWN_STEPS_MIN = 12;

/**
 * How many of the last steps to show: all of them once the fleet has run so long, before that those since its first figure.
 * @param {readonly (readonly (number | null)[])[]} sparks equally long
 */
export function shownSteps(sparks) {
  const lengths = sparks.map((spark) => {
    const first = spark.findIndex((value) => value !== null);
    return first === -1 ? 0 : spark.length - first;
  });
  return Math.max(SHOWN_STEPS_MIN, ...lengths);
}

/**
 * Runs of neighbouring points with a value: a gap in the data is a gap in the line.
 * @param {readonly Point[]} points
 */
function stretches(points) {
  /** @type {{ at_ms: number, value: number }[][]} */
  const all = [];
  /** @type {{ at_ms: number, value: number }[]} */
  let open = [];
  for (const { at_ms, value } of points) {
    if (value !== null) {
      if (open.length === 0) all.push(open);
      open.push({ at_ms, value });
    } else if (open.length > 0) {
      open = [];
    }
  }
  return all;
}

/**
 * The chart of points from `fromMs` to `untilMs` in a box of `width` × `height`. The scale starts at zero.
 * @param {readonly Point[]} points oldest first
 * @param {{ width: number, height: number, fromMs: number, untilMs: number, ceiling: number }} box `ceiling`: the value at the top
 * @returns {Drawing}
 */
export function drawSparkline(points, { width, height, fromMs, untilMs, ceiling }) {
  const values = points.flatMap((point) => (point.value === null ? [] : [point.value]));
  const max = values.length > 0 ? Math.max(...values) : 0;
  const min = values.length > 0 ? Math.min(...values) : 0;
  const x = (/** @type {number} */ atMs) => round(((atMs - fromMs) / (untilMs - fromMs)) * width);
  const y = (/** @type {number} */ value) => round(height - (value / ceiling) * height);
  let line = '';
  let area = '';
  let last = null;
  for (const stretch of stretches(points)) {
    const corners = stretch.map((point) => `${x(point.at_ms)} ${y(point.value)}`);
    const first = stretch[0];
    const end = stretch.at(-1);
    if (first === undefined || end === undefined) continue;
    line += `M${corners.join('L')}`;
    if (stretch.length === 1) line += 'h0.1';
    area += `M${x(first.at_ms)} ${height}L${corners.join('L')}L${x(end.at_ms)} ${height}Z`;
    last = { x: x(end.at_ms), y: y(end.value) };
  }
  return { line, area, last, max, min };
}

/**
 * The chart itself. `label`: what it shows, in words; `ceiling`: the value at its top, the same for all that are to be compared; `onset`:
 * since when it is not well, a part of the width, 0 to 1.
 * @param {{ values: readonly (number | null)[], label: string, ceiling: number, onset?: number | null, width?: number, height?: number }} props
 */
export function Sparkline({ values, label, ceiling, onset = null, width = 120, height = 26 }) {
  const points = values.map((value, index) => ({ at_ms: index + 0.5, value }));
  const { area, line } = drawSparkline(points, { width, height, fromMs: 0, untilMs: values.length, ceiling });
  const from = onset === null ? null : Math.min(1, Math.max(0, onset)) * width;
  return html`<svg class=${from === null ? 'sparkline' : 'sparkline bad'} viewBox=${`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label=${label}>
    ${from !== null && html`<rect class="shade" x=${from} y="0" width=${width - from} height=${height} />`}
    <line class="base" x1="0" x2=${width} y1=${height} y2=${height} />
    <path class="area" d=${area} /><path class="line" d=${line} />
  </svg>`;
}
