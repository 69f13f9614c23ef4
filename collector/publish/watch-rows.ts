/** What watchers have reported, read from where it counts: their rows in the store, whichever collector took them. */
import { scaleOf } from '../../probes/metrics.ts';
import type { QueryParams, Store } from '../store/store.ts';
import { PUBLICATION_LIMITS } from './limits.ts';

/** The row of one watcher. */
export interface WatchRow {
  readonly run: string;
  readonly agent: string;
  /** Absent when it did not see it. */
  readonly visibleMs?: number;
  readonly pollMs?: number;
  /** Why not: in a word where it is the agent that did not look, in a sentence where it looked. */
  readonly missed: string;
}

interface StoredWatch {
  readonly run: string;
  readonly agent: string;
  readonly outcome: string;
  readonly reason: string;
  readonly blame: string;
  readonly message: string;
  readonly visible: number | null;
  readonly poll: number | null;
}

/** A run that was not measured has no such metric. */
const steps = (name: string) => `if(has(metric, '${name}'), value[indexOf(metric, '${name}')], NULL)`;

const SQL = `
SELECT request_id AS run, agent, toString(outcome) AS outcome, missed_reason AS reason, blame, message,
  ${steps('publish_visible_ms')} AS visible, ${steps('publish_poll_ms')} AS poll
FROM results
WHERE trigger = 'publish' AND ingested_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
  AND request_id IN {runs:Array(String)}`;

/** Rows of the watchers of these publications, asked for since then. Rejects with a `StoreError`. */
export async function readWatchRows(
  store: Pick<Store, 'query'>,
  runs: readonly string[],
  askedMs: number,
): Promise<readonly WatchRow[]> {
  const params: QueryParams = { runs, since: Math.floor(askedMs - PUBLICATION_LIMITS.overlapMs.value) };
  const rows = await store.query<StoredWatch>(SQL, params);
  return rows.map(({ run, agent, outcome, reason, blame, message, visible, poll }) => ({
    run,
    agent,
    ...(outcome === 'ok' && visible !== null && { visibleMs: visible / scaleOf('publish_visible_ms') }),
    ...(poll !== null && { pollMs: poll / scaleOf('publish_poll_ms') }),
    missed: reason || (blame === 'agent' ? 'lost' : message) || outcome,
  }));
}
