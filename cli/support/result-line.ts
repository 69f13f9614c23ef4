/** One result in one line for people. */
import type { ResultJson } from './api-types.ts';
import { cellText } from './cell-text.ts';

/** One decimal; of what is smaller two digits that matter: a round trip of 20 µs is not 0. */
const rounded = (value: number): number =>
  Math.abs(value) < 1 ? Number(value.toPrecision(2)) : Math.round(value * 10) / 10;

/** When, where, what, what asked for it beside the schedule, how it ended, and its main numbers. */
export function resultLine(result: ResultJson): string {
  const end =
    result.outcome === 'fail'
      ? `fail ${result.layer}/${result.code} (blame ${result.blame})`
      : result.outcome === 'missed'
        ? `missed ${result.missed_reason}`
        : 'ok';
  const metrics = Object.entries(result.metrics)
    .slice(0, 4)
    .map(([name, value]) => `${name}=${rounded(value)}`)
    .join(' ');
  return [
    result.scheduled_at,
    result.region,
    result.agent,
    result.probe,
    result.target,
    ...(result.trigger === 'schedule' ? [] : [result.trigger]),
    end,
    `${Math.round(result.duration_ms)} ms`,
    metrics,
  ]
    .map(cellText)
    .join('  ');
}
