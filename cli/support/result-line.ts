/** One result in one line for people. */
import type { ResultJson } from '../../collector/api/answers/checks.ts';
import { cellText } from './cell-text.ts';
import { stateText } from './state-colour.ts';
import { type Terminal, terminalOf } from './terminal.ts';

/** One decimal; of what is smaller two digits that matter: a round trip of 20 µs is not 0. */
const rounded = (value: number): number =>
  Math.abs(value) < 1 ? Number(value.toPrecision(2)) : Math.round(value * 10) / 10;

/** On a screen: the longest line, and whether it may be coloured. */
type Screen = Pick<Terminal, 'colours' | 'columns'>;

const METRICS_MAX = 4;
const GAP = '  ';

/**
 * When, where, what, what asked for it beside the schedule, how it ended, and its main numbers. In a pipe all of that; on a screen the
 * time of day, and as many numbers as there is room for.
 */
export function resultLine(result: ResultJson, { colours, columns }: Screen = terminalOf()): string {
  const isScreen = Number.isFinite(columns);
  const { agent, probe, region, scheduled_at, target, trigger } = result;
  const place = isScreen ? [agent] : [region, agent];
  const fixed = [
    isScreen ? scheduled_at.slice(11, 19) : scheduled_at,
    ...[...place, probe, target, ...(trigger === 'schedule' ? [] : [trigger]), endText(result)],
    `${Math.round(result.duration_ms)} ms`,
  ].map(cellText);
  const metrics = Object.entries(result.metrics)
    .slice(0, METRICS_MAX)
    .map(([name, value]) => cellText(`${name}=${rounded(value)}`));
  const withMetrics = (count: number): string =>
    [...fixed, metrics.slice(0, count).join(' ') || (isScreen ? '' : '–')]
      .filter((text) => text !== '')
      .join(GAP);
  let count = metrics.length;
  while (count > 0 && [...withMetrics(count)].length > columns) count -= 1;
  const text = [...withMetrics(count)];
  const line = text.length > columns ? `${text.slice(0, columns - 1).join('')}…` : text.join('');
  const painted = colours ? stateText(result.outcome) : result.outcome;
  return line.replace(`${GAP}${result.outcome}`, () => `${GAP}${painted}`);
}

function endText({ blame, code, layer, missed_reason, outcome }: ResultJson): string {
  if (outcome === 'fail') return `fail ${layer}/${code} (blame ${blame})`;
  return outcome === 'missed' ? `missed ${missed_reason}` : 'ok';
}
