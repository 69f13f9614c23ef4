// @ts-check
/**
 * A plot of values over time (uPlot), in the colours of the theme, with what happened as marks, and the same as a table for those who do
 * not see it or want the numbers. A gap in the data is a gap in the line.
 */
import { html } from 'htm/preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { clockTime, counted, withUnit } from './format.js';
import { loneIndices } from './series.js';
import { useStore } from './store.js';
import { colourOf, colours } from './theme.js';

/**
 * A line. `values`: one for each of `times`, null where nothing was measured. `colour`: 1 to 4, the plot colours of the style sheet.
 * `kind`: `past` for what it is held against (dashed), `area` for what is filled below.
 * @typedef {{ name: string, values: readonly (number | null)[], colour?: 1 | 2 | 3 | 4, kind?: 'line' | 'past' | 'area' }} Line
 */
/** What happened at a moment: a change of configuration, the start of an incident. @typedef {{ atMs: number, text: string, kind?: 'change' | 'incident' }} Mark */

const HEIGHT = 200;
/** More rows are no table to read: of longer series each so many-th is in it. */
const TABLE_ROWS = 120;

/**
 * @param {{
 *   title: string, unit: string, times: readonly number[], lines: readonly Line[], marks?: readonly Mark[], fromMs?: number, toMs?: number,
 *   min?: number, max?: number, height?: number,
 * }} props `times` in Unix milliseconds, ascending; `unit` as `withUnit` takes it: ms, bps, ratio, …; `min`, `max`: the ends of the scale where
 *   they are fixed
 */
export function Plot({ title, unit, times, lines, marks = [], fromMs, toMs, min = 0, max, height = HEIGHT }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const plot = useRef(/** @type {uPlot | null} */ (null));
  const readout = useRef(/** @type {HTMLElement | null} */ (null));
  const turn = useStore(colours);
  const captionId = useId();
  const isEmpty = lines.every(({ values }) => values.every((value) => value === null));
  const shape = JSON.stringify([
    lines.map(({ name, colour, kind }) => [name, colour, kind]),
    unit,
    min,
    max,
    height,
    turn,
    isEmpty,
  ]);
  const seconds = times.map((time) => time / 1000);
  const data = /** @type {any} */ ([seconds, ...lines.map(({ values }) => values)]);
  const scale = { min: (fromMs ?? times[0] ?? 0) / 1000, max: (toMs ?? times.at(-1) ?? 1) / 1000 };
  const latest = useRef({ marks, lines, unit, scale });
  latest.current = { marks, lines, unit, scale };

  // Made anew only when its shape changes; data follow below.
  useEffect(() => {
    const element = place.current;
    if (element === null || isEmpty) return undefined;
    const made = new uPlot(
      optionsOf({ width: element.clientWidth, height, min, max, latest, readout }),
      data,
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => {
    plot.current?.setData(data, false);
    plot.current?.setScale('x', scale);
    plot.current?.redraw();
  });
  if (isEmpty)
    return html`<figure class="plot"><figcaption>${title}</figcaption><p class="empty">Nothing was measured in this time.</p></figure>`;
  return html`<figure class="plot">
    <figcaption id=${captionId}>${title}</figcaption>
    <div class="plot-canvas" ref=${place} role="img" aria-label=${`${title}. ${summaryOf(lines, unit)} The same as a table is below.`}></div>
    <p class="plot-readout" ref=${readout} aria-hidden="true"></p>
    <ul class="plot-keys" aria-hidden="true">
      ${lines.map(({ name, colour = 1, kind = 'line' }) => html`<li data-colour=${colour} data-kind=${kind}>${name}</li>`)}
      ${marks.length > 0 && html`<li data-kind="mark">${counted(marks.length, 'event')}</li>`}
    </ul>
    <${PlotTable} title=${title} unit=${unit} times=${times} lines=${lines} marks=${marks} />
  </figure>`;
}

/**
 * What the plot says in a sentence: the last and the highest of each line.
 * @param {readonly Line[]} lines
 * @param {string} unit
 */
export function summaryOf(lines, unit) {
  return lines
    .map(({ name, values }) => {
      const known = values.filter((value) => value !== null);
      if (known.length === 0) return `${name}: not measured.`;
      return `${name}: last ${withUnit(known.at(-1), unit)}, highest ${withUnit(Math.max(...known), unit)}.`;
    })
    .join(' ');
}

/**
 * @param {{ width: number, height: number, min: number, max: number | undefined, latest: any, readout: any }} of
 * @returns {any} options of uPlot
 */
function optionsOf({ width, height, min, max, latest, readout }) {
  const [ink, grid, change, incident] = ['--ink-2', '--line', '--quiet', '--bad'].map(colourOf);
  const plots = [1, 2, 3, 4].map((number) => colourOf(`--plot-${number}`));
  const { lines, unit } = latest.current;
  const axis = {
    stroke: ink,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
    font: '12px system-ui, sans-serif',
  };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: () => [latest.current.scale.min, latest.current.scale.max] },
      y: {
        range: (/** @type {unknown} */ _u, /** @type {number} */ _min, /** @type {number | null} */ top) => [
          min,
          max ?? (top || 1) * 1.08,
        ],
      },
    },
    axes: [
      { ...axis, values: clockAxis, space: 64, size: 32 },
      {
        ...axis,
        size: 68,
        values: (/** @type {unknown} */ _u, /** @type {number[]} */ ticks) =>
          ticks.map((tick) => withUnit(tick, unit)),
      },
    ],
    series: [
      {},
      ...lines.map((/** @type {Line} */ { colour = 1, kind = 'line', name }) => ({
        label: name,
        stroke: plots[colour - 1],
        width: 1.75,
        ...(kind === 'past' ? { dash: [5, 4], width: 1.25 } : {}),
        ...(kind === 'area' ? { fill: `color-mix(in srgb, ${plots[colour - 1]} 14%, transparent)` } : {}),
        points: {
          show: (
            /** @type {any} */ _u,
            /** @type {number} */ _s,
            /** @type {number} */ from,
            /** @type {number} */ to,
          ) => to - from < 3,
          filter: (/** @type {any} */ u, /** @type {number} */ s, /** @type {boolean} */ isAll) =>
            isAll ? null : loneIndices(u.data[s]),
          size: 4,
        },
      })),
    ],
    hooks: {
      draw: [(/** @type {any} */ u) => drawMarks(u, latest.current.marks, { change, incident })],
      setCursor: [(/** @type {any} */ u) => showReadout(u, latest.current, readout.current)],
    },
  };
}

/** Hours and minutes; the day where it begins. @param {any} u @param {number[]} ticks */
function clockAxis(u, ticks) {
  const span = u.scales.x.max - u.scales.x.min;
  return ticks.map((tick) => {
    const at = new Date(tick * 1000);
    const isMidnight = at.getHours() === 0 && at.getMinutes() === 0;
    if (span > 3 * 86_400 || isMidnight)
      return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
    const seconds = span < 300 ? /** @type {const} */ ({ second: '2-digit' }) : {};
    return at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', ...seconds });
  });
}

/**
 * A line down the plot for each, with a foot: a triangle for an incident, a square for a change.
 * @param {any} u
 * @param {readonly Mark[]} marks
 * @param {{ change: string | undefined, incident: string | undefined }} inks
 */
function drawMarks(u, marks, inks) {
  const { ctx, bbox } = u;
  const size = 5 * devicePixelRatio;
  for (const { atMs, kind = 'change' } of marks) {
    const x = Math.round(u.valToPos(atMs / 1000, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const foot = bbox.top + bbox.height;
    ctx.save();
    ctx.strokeStyle = inks[kind] ?? inks.change;
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, foot);
    ctx.stroke();
    ctx.beginPath();
    if (kind === 'incident') {
      ctx.moveTo(x - size, foot);
      ctx.lineTo(x + size, foot);
      ctx.lineTo(x, foot - 1.6 * size);
    } else ctx.rect(x - size / 2, foot - size, size, size);
    ctx.fill();
    ctx.restore();
  }
}

/**
 * The figures under the pointer, and the nearest mark.
 * @param {any} u
 * @param {{ lines: readonly Line[], unit: string, marks: readonly Mark[] }} of
 * @param {HTMLElement | null} element
 */
function showReadout(u, { lines, unit, marks }, element) {
  if (element === null) return;
  const index = u.cursor.idx;
  if (index === null || index === undefined) {
    element.textContent = '';
    return;
  }
  const atMs = u.data[0][index] * 1000;
  const near = marks.find((mark) => Math.abs(u.valToPos(mark.atMs / 1000, 'x') - u.cursor.left) < 6);
  const figures = lines.map(({ name, values }) => `${name} ${withUnit(values[index], unit)}`);
  element.textContent = [clockTime(atMs, Date.now()), ...figures, ...(near ? [near.text] : [])].join(' · ');
}

/** @param {{ title: string, unit: string, times: readonly number[], lines: readonly Line[], marks: readonly Mark[] }} props */
function PlotTable({ title, unit, times, lines, marks }) {
  const [isOpen, setOpen] = useState(false);
  const every = Math.ceil(times.length / TABLE_ROWS);
  const now = Date.now();
  return html`<details class="plot-table" onToggle=${(/** @type {{ currentTarget: HTMLDetailsElement }} */ event) => setOpen(event.currentTarget.open)}>
    <summary>As a table<span class="visually-hidden">: ${title}</span></summary>
    ${
      isOpen &&
      html`<div class="scroll" tabindex="0" role="region" aria-label=${`${title}, as a table`}>
        <table class="data compact">
          <caption class="visually-hidden">${title}</caption>
          <thead>
            <tr><th scope="col">Time</th>${lines.map(({ name }) => html`<th scope="col" class="number">${name}</th>`)}</tr>
          </thead>
          <tbody>
            ${times.map((time, i) =>
              i % every === 0
                ? html`<tr>
                    <th scope="row">${clockTime(time, now)}</th>
                    ${lines.map(({ values }) => html`<td class="number">${withUnit(values[i], unit)}</td>`)}
                  </tr>`
                : null,
            )}
          </tbody>
        </table>
        ${marks.length > 0 && html`<ul class="steps">${marks.map(({ atMs, text }) => html`<li>${clockTime(atMs, now)}: ${text}</li>`)}</ul>`}
      </div>`
    }
  </details>`;
}
