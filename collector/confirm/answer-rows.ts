/** Results of runs that were asked for, read from where they count: the store, whichever collector took them. */
import { scaleOf } from '../../probes/metrics.ts';
import type { ConfirmRun } from '../detect/confirmation.ts';
import type { Store } from '../store/store.ts';
import { CONFIRM_LIMITS } from './limits.ts';

export interface AnswerRow {
  readonly requestId: string;
  readonly agent: string;
  readonly run: ConfirmRun;
}

interface StoredAnswer {
  readonly request: string;
  readonly agent: string;
  readonly boot: string;
  readonly seq: number;
  readonly outcome: ConfirmRun['outcome'];
  readonly code: string;
  readonly blame: string;
  readonly reason: string;
  readonly disturbed: number;
  readonly metric: readonly string[];
  readonly value: readonly number[];
}

const SQL = `
SELECT request_id AS request, agent, boot, seq, toString(outcome) AS outcome, code, blame, missed_reason AS reason,
  disturbed, metric, value
FROM results
WHERE trigger = 'confirm' AND ingested_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  AND request_id IN {requests:Array(String)}
ORDER BY ingested_at, agent, boot, seq`;

/** Answers to these requests, the oldest of which was asked then. Rejects with a `StoreError`. */
export async function readAnswers(
  store: Pick<Store, 'query'>,
  requests: readonly string[],
  askedMs: number,
): Promise<readonly AnswerRow[]> {
  const rows = await store.query<StoredAnswer>(
    SQL,
    { requests, since: Math.floor(askedMs - CONFIRM_LIMITS.overlapMs.value) },
    // A shard that is away hides its agents only: they are said to be silent.
    { partial: true },
  );
  return rows.map(
    ({ request, agent, boot, seq, outcome, code, blame, reason, disturbed, metric, value }) => ({
      requestId: request,
      agent,
      run: {
        outcome,
        code: code || reason,
        blame,
        disturbed: disturbed === 1,
        metrics: Object.fromEntries(metric.map((name, i) => [name, (value[i] ?? 0) / scaleOf(name)])),
        runId: `${agent}/${boot}/${seq}`,
      },
    }),
  );
}
