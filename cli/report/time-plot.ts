/** A plot over time as inline SVG, with the table behind it: lines, or bars that are stacked. */
import { timeText } from '../support/time-text.ts';
import { type LetteredMark, markLines } from './marks.ts';
import { html, type Markup, table } from './markup.ts';
import { round, type Scale, scale, ticks, tickText, timeTicks } from './scale.ts';

/** `look` is a class of the style sheet: how the line or the bar is drawn, never by its colour alone. */
export interface PlotSeries {
  readonly name: string;
  readonly look: 'here' | 'here-tail' | 'else' | 'else-tail' | 'ok' | 'fail' | 'missed';
  /** One for each step; null where nothing was measured, and the line has a gap. */
  readonly values: readonly (number | null)[];
}

export interface TimePlot {
  /** Unique on the page: letters, digits, hyphens. */
  readonly id: string;
  readonly title: string;
  /** What it shows, for who cannot see it. */
  readonly description: string;
  readonly kind: 'lines' | 'bars';
  /** Start of each step, Unix milliseconds. */
  readonly steps: readonly number[];
  readonly stepMs: number;
  readonly series: readonly PlotSeries[];
  readonly marks: readonly LetteredMark[];
  readonly format: (value: number) => string;
  /** The least end of the axis of values, so that plots side by side have the same. */
  readonly most?: number;
  readonly isSmall?: boolean;
}

const HEIGHT = { large: 260, small: 150 } as const;
const WIDTH = { large: 760, small: 360 } as const;
const MARGIN = { left: 84, right: 30, top: 6, bottom: 28 } as const;
/** Rows of the table behind a plot. */
const ROWS_MAX = 120;

export function timePlot(plot: TimePlot): Markup {
  const { description, id, isSmall, marks, series, steps, stepMs, title } = plot;
  const size = isSmall ? 'small' : 'large';
  const [width, height] = [WIDTH[size], HEIGHT[size]];
  const [first = 0, last = 0] = [steps[0], steps.at(-1)];
  const endMs = last + stepMs;
  const tagRows = isSmall ? 0 : 26;
  const x = scale(first, endMs, MARGIN.left, width - MARGIN.right);
  const levels = ticks(Math.max(plot.most ?? 0, mostOf(plot)), isSmall ? 2 : 4);
  const top = MARGIN.top + tagRows;
  const bottom = height - MARGIN.bottom;
  const y = scale(0, levels.at(-1) ?? 1, bottom, top);
  const right = width - MARGIN.right;
  return html`<figure class="plot ${size}">
<figcaption id="${id}-t">${title}</figcaption>
${isSmall ? '' : legend(series)}
<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}-t">
<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-t ${id}-d"><desc id="${id}-d">${description}</desc>
${levels.map((level) => html`<g class="axis"><line x1="${MARGIN.left}" x2="${right}" y1="${y.at(level)}" y2="${y.at(level)}"/><text x="${MARGIN.left - 6}" y="${y.at(level) + 4}" text-anchor="end">${axisText(plot, level)}</text></g>`)}
${timeTicks(first, endMs, isSmall ? 3 : 7).map((at) => html`<g class="axis"><line x1="${x.at(at)}" x2="${x.at(at)}" y1="${bottom}" y2="${bottom + 4}"/><text x="${x.at(at)}" y="${bottom + 20}" text-anchor="middle">${tickText(at, endMs - first)}</text></g>`)}
${plot.kind === 'bars' ? bars(plot, x, y) : series.map((one) => line(one, plot, x, y))}
${isSmall ? bareMarks(marks, x, top, bottom) : markLines(marks, x, MARGIN.top, bottom)}
</svg></div>
${tableBehind(plot)}
</figure>
`;
}

/** Round values need no `.0`. */
const axisText = ({ format }: TimePlot, level: number): string => format(level).replace(/\.0+(?= |$)/, '');

function mostOf({ kind, series, steps }: TimePlot): number {
  if (kind === 'lines') return Math.max(0, ...series.flatMap(({ values }) => values.map((one) => one ?? 0)));
  return Math.max(0, ...steps.map((_, i) => series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0)));
}

/** In a small plot the lines alone: the large ones have the letters. */
const bareMarks = (marks: readonly LetteredMark[], x: Scale, top: number, bottom: number): Markup =>
  html`${marks
    .filter(({ atMs }) => atMs >= x.from && atMs <= x.to)
    .map(
      ({ atMs, kind }) =>
        html`<line class="mark ${kind}" x1="${x.at(atMs)}" x2="${x.at(atMs)}" y1="${top}" y2="${bottom}"/>`,
    )}`;

/** In the middle of each step; a value between two gaps is a dot. */
function line({ look, values }: PlotSeries, { stepMs, steps }: TimePlot, x: Scale, y: Scale): Markup {
  const parts: string[][] = [[]];
  values.forEach((value, i) => {
    if (value === null) parts.push([]);
    else parts.at(-1)?.push(`${x.at((steps[i] ?? 0) + stepMs / 2)} ${y.at(value)}`);
  });
  return html`${parts
    .filter((points) => points.length > 0)
    .map((points) =>
      points.length === 1
        ? html`<circle class="dot ${look}" cx="${points[0]?.split(' ')[0]}" cy="${points[0]?.split(' ')[1]}" r="2.5"/>`
        : html`<path class="line ${look}" d="M${points.join('L')}"/>`,
    )}`;
}

function bars({ series, stepMs, steps }: TimePlot, x: Scale, y: Scale): Markup {
  const width = Math.max(1, round(x.at((steps[0] ?? 0) + stepMs) - x.at(steps[0] ?? 0) - 1));
  return html`${steps.map((atMs, i) => {
    let below = 0;
    return series.map(({ look, values }) => {
      const value = values[i] ?? 0;
      if (value === 0) return '';
      const [from, to] = [y.at(below), y.at(below + value)];
      below += value;
      return html`<rect class="bar ${look}" x="${x.at(atMs)}" y="${to}" width="${width}" height="${round(from - to)}"/>`;
    });
  })}`;
}

/** A sample of each line with its name. */
function legend(series: readonly PlotSeries[]): Markup {
  return html`<ul class="legend">${series.map(
    ({ look, name }) =>
      html`<li><svg viewBox="0 0 28 10" aria-hidden="true"><path class="line ${look}" d="M1 5L27 5"/></svg> ${name}</li>`,
  )}</ul>`;
}

function tableBehind({ format, series, steps, title }: TimePlot): Markup {
  const rows = steps.map((atMs, i) => [
    timeText(atMs),
    ...series.map(({ values }) => {
      const value = values[i];
      return value === null || value === undefined ? null : format(value);
    }),
  ]);
  return html`<details><summary>The same as a table</summary>${table(title, ['from (UTC)', ...series.map(({ name }) => name)], rows, ROWS_MAX)}</details>`;
}
