/** Errors by phase as a table for people. */

import type { PhaseName } from './flow-times.ts';
import { type ErrorSummary, PHASES } from './phase-errors.ts';

type Summaries = ReadonlyMap<PhaseName, ErrorSummary>;

/** A line a phase: how many, median, 99th percentile and lean of our errors, and of those of the peer; milliseconds. */
export function errorTable(title: string, own: Summaries, peer: Summaries): string {
  const head = ['phase', 'runs', 'median', 'p99', 'lean', 'peer runs', 'median', 'p99', 'lean'];
  const lines = PHASES.filter((phase) => own.has(phase)).map((phase) => [
    phase,
    ...cells(own.get(phase)),
    ...cells(peer.get(phase)),
  ]);
  const rows = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const text = rows.map((cells) => cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  '));
  return [`${title}, ms`, ...text].join('\n');
}

function cells(summary: ErrorSummary | undefined): string[] {
  if (!summary) return ['-', '-', '-', '-'];
  const { count, leanMs, medianMs, p99Ms } = summary;
  return [String(count), ...[medianMs, p99Ms, leanMs].map((ms) => ms.toFixed(3))];
}
