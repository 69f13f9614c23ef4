// @ts-check
/** The small chart of a region card: from points to SVG path data. Pure, so that it can be tested without a page. */

/** @typedef {{ at_ms: number, value: number | null }} Point */
/** @typedef {{ line: string, area: string, last: { x: number, y: number } | null, max: number, min: number }} Drawing */

/** Coordinates need no more than a tenth of a pixel. @param {number} value */
const round = (value) => Math.round(value * 10) / 10;

/**
 * A round number at or above `value`, so that the scale does not twitch with each point: 1, 2, 5 × 10ⁿ.
 * @param {number} value
 */
export function niceCeiling(value) {
  if (!(value > 0)) return 1;
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
