/** One run by its id, with what it saw: out of the results, or as an incident has kept it. */
import type { ResultJson } from '../api/answers/checks.ts';
import { RESULT_COLUMNS, resultJson, type StoredResult } from '../api/result-json.ts';
import type { Store } from '../store/store.ts';
import { readEvidence } from './evidence-reader.ts';

/** `evidence`: as `Evidence` of probes/evidence.ts; null where it went well, had nothing to show, or that is past its time. */
export interface RunWithEvidence extends ResultJson {
  readonly evidence: unknown;
}

/** As `agents/boot/seq`, the last slashes count: an id has none, but it costs nothing. */
const RUN_ID = /^(.+)\/([^/]+)\/(\d{1,15})$/;

/** Undefined where there is none, or none any more. Rejects with a `StoreError`. */
export async function readRun(
  store: Pick<Store, 'query'>,
  run: string,
): Promise<RunWithEvidence | undefined> {
  const [, agent = '', boot = '', seq] = RUN_ID.exec(run) ?? [];
  if (seq === undefined) return undefined;
  const [row] = await store.query<StoredResult>(
    `SELECT ${RESULT_COLUMNS} FROM results
     WHERE agent = {agent:String} AND boot = {boot:String} AND seq = {seq:UInt64} LIMIT 1`,
    { agent, boot, seq: Number(seq) },
  );
  const evidence = row && (await readEvidence(store, row));
  if (row && evidence !== null) return { ...resultJson(row), evidence };
  // Results are kept for weeks, what failed runs saw for days: an incident may have both.
  const [kept] = await store.query<{ body: string }>(
    'SELECT body FROM kept_runs WHERE run_id = {run:String} ORDER BY kept_at DESC LIMIT 1',
    { run },
  );
  if (kept) return JSON.parse(kept.body) as RunWithEvidence;
  return row && { ...resultJson(row), evidence: null };
}
