/**
 * Failed runs that an incident is about, the newest first: those that people look at to see what is wrong. Of the newest few have
 * evidence when much fails, and so the newest that have some are among them.
 */
import type { FailedRunJson } from '../api/answers/incident-evidence.ts';
import type { Incident } from '../detect/incident.ts';
import type { QueryParams, Store } from '../store/store.ts';
import { type RunKey, runOf, withEvidence } from './evidence-reader.ts';
import { scopeSql } from './incident-scope-sql.ts';

/** Enough to see whether all failures look alike. */
const RUNS = 10;
/** As many of them at most are there for what they had to show, though newer ones failed: agents keep evidence of a few a minute. */
const RUNS_WITH_EVIDENCE = 6;
/** Pieces of evidence that are looked at; those of other places are among them. */
const PIECES = 200;
/** Evidence is kept for a week: an older incident has none to show. */
const PAST_MS = 7 * 86_400_000;

interface FailedRow extends Omit<FailedRunJson, 'has_evidence'>, RunKey {}

/** Of the time and the scope of the incident. What agents did to themselves, or disturbed, is not what it is about. */
export async function failingRuns(
  store: Pick<Store, 'query'>,
  incident: Incident,
  nowMs: number,
): Promise<FailedRunJson[]> {
  const range = {
    from: Math.floor(Math.max(incident.startedMs, nowMs - PAST_MS)),
    until: Math.ceil(incident.resolvedMs ?? nowMs),
  };
  const newest = await readFailed(store, incident, range);
  const shown = await withEvidence(store, newest);
  const told = newest.filter((row) => shown.has(runOf(row))).length;
  const older = told >= RUNS_WITH_EVIDENCE ? [] : await readShown(store, incident, range);
  const chosen = [...older.slice(0, RUNS_WITH_EVIDENCE), ...newest];
  const rows = [...new Map(chosen.map((row) => [row.run_id, row])).values()]
    .slice(0, RUNS)
    .sort((a, b) => (a.scheduled_at < b.scheduled_at ? 1 : -1));
  const kept = new Set([...shown, ...older.map(runOf)]);
  return rows.map((row) => {
    const { boot: _boot, request_id: _request, ...run } = row;
    return { ...run, has_evidence: kept.has(runOf(row)) };
  });
}

interface Range {
  readonly from: number;
  readonly until: number;
}

/** Failed runs of the incident that have evidence, newest first. */
async function readShown(
  store: Pick<Store, 'query'>,
  incident: Incident,
  range: Range,
): Promise<readonly FailedRow[]> {
  const pieces = await store.query<{ agent: string; at_ms: number }>(
    `SELECT DISTINCT agent, toUnixTimestamp64Milli(at) AS at_ms FROM evidence
     WHERE at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
     ORDER BY at_ms DESC LIMIT ${PIECES}`,
    { ...range },
  );
  if (pieces.length === 0) return [];
  const rows = await readFailed(store, incident, range, {
    condition:
      'has(arrayZip({agents:Array(String)}, {ats:Array(Int64)}), (toString(agent), toUnixTimestamp64Milli(scheduled_at)))',
    params: { agents: pieces.map(({ agent }) => agent), ats: pieces.map(({ at_ms }) => at_ms) },
  });
  const shown = await withEvidence(store, rows);
  return rows.filter((row) => shown.has(runOf(row)));
}

function readFailed(
  store: Pick<Store, 'query'>,
  incident: Incident,
  range: Range,
  only?: { readonly condition: string; readonly params: QueryParams },
): Promise<FailedRow[]> {
  const { conditions, params } = scopeSql(incident);
  const all = [...conditions, ...(only ? [only.condition] : [])];
  return store.query<FailedRow>(
    `SELECT run_id, agent, boot, region, probe, target, scheduled_at, request_id, trigger, layer, blame, code, message
     FROM results
     WHERE outcome = 'fail' AND disturbed = 0 AND blame != 'agent' AND trigger != 'publish'
       AND scheduled_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
       AND scheduled_at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
       ${all.map((condition) => `AND ${condition}`).join(' ')}
     ORDER BY scheduled_at DESC LIMIT ${RUNS}`,
    { ...params, ...only?.params, ...range },
  );
}
