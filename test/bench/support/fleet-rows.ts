/** Rows that every benchmark of a fleet ends with: nothing lost, nothing twice. */
import type { SimulateSummary } from '../../../cli/simulate/summary.ts';
import { atMost, type Row, row } from '../benchmark.ts';

export const MB = 1e6;

/** `prefix` tells apart several runs of one benchmark. */
export function accountRows({ results, ledger }: SimulateSummary, prefix = ''): Row[] {
  const { expected, stored, pending, missed, dropped, unaccounted, duplicates } = ledger;
  const none = { goal: atMost(0) };
  return [
    row(`${prefix}results_made`, results.made, 'results'),
    row(`${prefix}acked_not_stored`, Math.max(0, results.acked - results.stored), 'results', none),
    row(`${prefix}not_delivered`, results.pending, 'results', none),
    row(`${prefix}dropped`, results.dropped + dropped, 'results', none),
    row(`${prefix}duplicates`, duplicates, 'results', none),
    row(`${prefix}unaccounted`, unaccounted, 'slots', none),
    // expected = stored + pending + missed + dropped, by the collector's own ledger.
    row(`${prefix}equation_off`, Math.abs(expected - stored - pending - missed - dropped), 'slots', none),
    row(`${prefix}missed`, missed, 'slots'),
  ];
}
