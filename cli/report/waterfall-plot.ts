/** The phases of one run as bars at their place in time, with the table behind them. */
import type { Phase } from '../../probes/probe.ts';
import { formatMs } from '../../probes/waterfall.ts';
import { html, type Markup, table } from './markup.ts';
import { scale } from './scale.ts';

const WIDTH = 760;
const ROW = 22;
const NAMES = 170;
const TIMES = 84;
/** As many as an honest run has. */
const PHASES_MAX = 64;
const NAME_CHARS = 24;

const cut = (text: string): string => (text.length > NAME_CHARS ? `${text.slice(0, NAME_CHARS - 1)}…` : text);

export function waterfallPlot(id: string, title: string, all: readonly Phase[]): Markup {
  const phases = all
    .filter(({ durationMs, startMs }) => Number.isFinite(startMs) && Number.isFinite(durationMs))
    .slice(-PHASES_MAX);
  if (phases.length === 0) return html``;
  const endMs = Math.max(...phases.map(({ durationMs, startMs }) => startMs + durationMs));
  const x = scale(0, endMs, NAMES, WIDTH - TIMES);
  const height = phases.length * ROW + 6;
  const rows = phases.map(({ durationMs, name, note, startMs }) => [
    name,
    formatMs(startMs),
    formatMs(durationMs),
    note,
  ]);
  return html`<figure class="plot large">
<figcaption id="${id}-t">${title}</figcaption>
<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}-t">
<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id}-t ${id}-d"><desc id="${id}-d">${phases.length} phases, ${formatMs(endMs)} in all; the table below has each.</desc>
${phases.map(({ durationMs, name, startMs }, i) => {
  const [from, to] = [x.at(startMs), x.at(startMs + durationMs)];
  return html`<g class="axis"><text x="${NAMES - 8}" y="${i * ROW + 16}" text-anchor="end">${cut(name)}</text><line x1="${NAMES}" x2="${WIDTH - TIMES}" y1="${i * ROW + 22}" y2="${i * ROW + 22}"/></g><rect class="bar phase" x="${from}" y="${i * ROW + 5}" width="${Math.max(2, Math.round((to - from) * 10) / 10)}" height="13" rx="2"/><text class="value" x="${WIDTH - TIMES + 8}" y="${i * ROW + 16}">${formatMs(durationMs)}</text>`;
})}
</svg></div>
<details><summary>The same as a table</summary>${table(title, ['phase', 'began after', 'took', 'note'], rows)}</details>
</figure>
`;
}
