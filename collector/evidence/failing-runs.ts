/** Failed runs that an incident is about, the newest first: those that people look at to see what is wrong. */
import type { Incident } from '../detect/incident.ts';
import type { QueryParams, Store } from '../store/store.ts';
import { type RunKey, runOf, withEvidence } from './evidence-reader.ts';

/** Enough to see whether all failures look alike. */
const RUNS = 10;
/** Evidence is kept for a week: an older incident has none to show. */
const PAST_MS = 7 * 86_400_000;

interface FailedRow extends RunKey {
  readonly run_id: string;
  readonly region: string;
  readonly trigger: string;
  readonly layer: string;
  readonly blame: string;
  readonly code: string;
  readonly message: string;
}

/** A failed run; its evidence is at `/api/v1/results/` and its `run_id`, when it has any. */
export interface FailedRun extends Omit<FailedRow, 'boot' | 'request_id'> {
  readonly has_evidence: boolean;
}

/** Of the time and the scope of the incident. What agents did to themselves, or disturbed, is not what it is about. */
export async function failingRuns(
  store: Pick<Store, 'query'>,
  incident: Incident,
  nowMs: number,
): Promise<FailedRun[]> {
  const { conditions, params } = scopeSql(incident);
  const rows = await store.query<FailedRow>(
    `SELECT run_id, agent, boot, region, probe, target, scheduled_at, request_id, trigger, layer, blame, code, message
     FROM results
     WHERE outcome = 'fail' AND disturbed = 0 AND blame != 'agent' AND trigger != 'publish'
       AND scheduled_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
       AND scheduled_at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')
       ${conditions.map((condition) => `AND ${condition}`).join(' ')}
     ORDER BY scheduled_at DESC LIMIT ${RUNS}`,
    {
      ...params,
      from: Math.floor(Math.max(incident.startedMs, nowMs - PAST_MS)),
      until: Math.ceil(incident.resolvedMs ?? nowMs),
    },
  );
  const shown = await withEvidence(store, rows);
  return rows.map((row) => {
    const { boot: _boot, request_id: _request, ...run } = row;
    return { ...run, has_evidence: shown.has(runOf(row)) };
  });
}

function scopeSql({ scope, probe, target }: Incident): { conditions: string[]; params: QueryParams } {
  const wanted = {
    agent: 'agent' in scope ? scope.agent : undefined,
    region: 'region' in scope ? scope.region : undefined,
    target: 'target' in scope ? scope.target : (target ?? undefined),
    probe: probe ?? undefined,
  };
  const given = Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    conditions: given.map(([name]) => `${name} = {s_${name}:String}`),
    params: Object.fromEntries(given.map(([name, value]) => [`s_${name}`, value])),
  };
}
