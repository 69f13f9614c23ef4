/** Evidence by the run that it is of: a result and its evidence come apart, and meet here. */
import { sessionIdOf } from '../../protocol/session-id.ts';
import type { Store } from '../store/store.ts';

/** What of a result names its run. Instants are ISO text. */
export interface RunKey {
  readonly agent: string;
  readonly boot: string;
  readonly probe: string;
  readonly target: string;
  readonly scheduled_at: string;
  readonly request_id: string;
}

/** As agents call the run: see `sessionIdOf`. */
export function runOf({ boot, probe, target, scheduled_at, request_id }: RunKey): string {
  return sessionIdOf({ boot, probe, target, scheduledMs: Date.parse(scheduled_at), requestId: request_id });
}

/** What a failed run had to show, as `Evidence` of probes/evidence.ts; null when there is none, or none any more. */
export async function readEvidence(store: Pick<Store, 'query'>, key: RunKey): Promise<unknown> {
  const [row] = await store.query<{ evidence: string }>(
    'SELECT evidence FROM evidence WHERE agent = {agent:String} AND run = {run:String} LIMIT 1',
    { agent: key.agent, run: runOf(key) },
  );
  return row === undefined ? null : (JSON.parse(row.evidence) as unknown);
}

/** Those of the runs that have evidence. */
export async function withEvidence(
  store: Pick<Store, 'query'>,
  keys: readonly RunKey[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await store.query<{ run: string }>(
    'SELECT DISTINCT run FROM evidence WHERE agent IN {agents:Array(String)} AND run IN {runs:Array(String)}',
    { agents: [...new Set(keys.map(({ agent }) => agent))], runs: keys.map(runOf) },
  );
  return new Set(rows.map(({ run }) => run));
}
