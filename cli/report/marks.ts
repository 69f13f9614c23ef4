/** Instants that are marked in every plot by a letter: when it began, was detected and ended, what was changed. */
import { timeText } from '../support/time-text.ts';
import { html, Markup } from './markup.ts';
import type { Scale } from './scale.ts';

export interface Mark {
  readonly atMs: number;
  readonly kind: 'began' | 'detected' | 'resolved' | 'change';
  readonly text: string;
}

export interface LetteredMark extends Mark {
  readonly letter: string;
}

/** Letters as far as the alphabet goes, in the order of time. */
export function lettered(marks: readonly Mark[]): readonly LetteredMark[] {
  return marks
    .toSorted((a, b) => a.atMs - b.atMs)
    .slice(0, 26)
    .map((mark, i) => ({ ...mark, letter: String.fromCharCode(65 + i) }));
}

const TAG = 20;

/** A line for each, and its letter above; letters that would touch go into the next row. */
export function markLines(marks: readonly LetteredMark[], x: Scale, top: number, bottom: number): Markup {
  const rowEnds: number[] = [];
  return html`${marks
    .filter(({ atMs }) => atMs >= x.from && atMs <= x.to)
    .map(({ atMs, kind, letter }) => {
      const at = x.at(atMs);
      const free = rowEnds.findIndex((end) => at - TAG / 2 > end);
      const row = free < 0 ? rowEnds.length : free;
      rowEnds[row] = at + TAG / 2;
      const y = top + 2 + row * (TAG + 2);
      return html`<g class="mark ${kind}"><line x1="${at}" x2="${at}" y1="${top}" y2="${bottom}"/><rect x="${at - TAG / 2}" y="${y}" width="${TAG}" height="${TAG}" rx="3"/><text x="${at}" y="${y + 15}" text-anchor="middle">${letter}</text></g>`;
    })}`;
}

/** What the letters mean, once for all plots. */
export function markLegend(marks: readonly LetteredMark[]): Markup {
  if (marks.length === 0) return new Markup('');
  return html`<ul class="marks" aria-label="Marks in the plots">${marks.map(
    ({ atMs, kind, letter, text }) =>
      html`<li><b class="tag ${kind}">${letter}</b> <time datetime="${new Date(atMs).toISOString()}">${timeText(atMs)}</time> ${text}</li>`,
  )}</ul>`;
}
