/** What people see of a benchmark: a table, and a sentence on its goals. */
import { formatTable } from '../../cli/support/output.ts';
import type { Row } from './benchmark.ts';

const HEADERS = ['metric', 'value', 'unit', 'peer', 'peer value', 'ratio', 'goal', 'holds'];

export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map(({ metric, value, unit, peer, peer_value, ratio, goal, holds }) => [
    metric,
    value,
    unit,
    peer,
    peer_value,
    ratio === undefined ? undefined : Number(ratio.toPrecision(3)),
    goal,
    holds === undefined ? undefined : holds ? 'yes' : 'NO',
  ]);
  return formatTable(HEADERS, cells);
}

/** e.g. `agent: 1 of 6 goals missed: rss_idle_cold is 83.1 MB (goal ≤ 80)`. */
export function verdictOf(name: string, rows: readonly Row[]): string {
  const judged = rows.filter(({ holds }) => holds !== undefined);
  const missed = judged.filter(({ holds }) => holds === false);
  if (judged.length === 0) return `${name}: no goals`;
  if (missed.length === 0) return `${name}: all ${judged.length} goals hold`;
  const list = missed.map(
    ({ metric, value, unit, goal }) =>
      `${metric} is ${value}${unit === '1' ? '' : ` ${unit}`} (goal ${goal})`,
  );
  return `${name}: ${missed.length} of ${judged.length} goals missed: ${list.join('; ')}`;
}
