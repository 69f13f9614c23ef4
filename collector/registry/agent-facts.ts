/** What an agent did in the last hour, read from its results: the evidence for what is wrong with it. */
import type { Assignment, Health } from '../../protocol/frame.ts';
import type { Store } from '../store/store.ts';
import type { AgentError, AgentFacts, SlowCheck } from './diagnosis.ts';
import { readDroppedBefore } from './ledger-sql.ts';

export const HOUR_MS = 3_600_000;

/** Kinds of errors and reasons that are shown. */
const KINDS_MAX = 20;

const OF_AGENT = 'agent = {agent:String} AND scheduled_at >= fromUnixTimestamp64Milli({since:Int64})';

const ERRORS = `
SELECT
    toString(code) AS code, toString(layer) AS layer, count() AS count,
    toUnixTimestamp64Milli(max(scheduled_at)) AS last_ms, argMax(message, results.scheduled_at) AS message
FROM results
WHERE ${OF_AGENT} AND outcome = 'fail' AND blame = 'agent'
GROUP BY code, layer
ORDER BY count DESC, code
LIMIT ${KINDS_MAX}`;

const MISSED = `
SELECT toString(missed_reason) AS reason, count() AS count
FROM results
WHERE ${OF_AGENT} AND outcome = 'missed' AND trigger = 'schedule'
GROUP BY reason`;

const TIMES = `
SELECT
    toString(probe) AS probe, toString(target) AS target,
    quantile(0.5)(duration_us) / 1000 AS takes_ms, quantile(0.99)(lateness_us) / 1000 AS late_ms
FROM results
WHERE ${OF_AGENT} AND outcome != 'missed' AND trigger = 'schedule'
GROUP BY probe, target`;

interface TimesRow {
  readonly probe: string;
  readonly target: string;
  readonly takes_ms: number;
  readonly late_ms: number;
}

interface ErrorRow {
  readonly code: string;
  readonly layer: string;
  readonly count: number;
  readonly last_ms: number;
  readonly message: string;
}

/** Rejects with a `StoreError`. */
export async function readHour(
  store: Pick<Store, 'query'>,
  agent: { readonly id: string; readonly health?: Health | undefined },
  assignments: readonly Assignment[],
  nowMs: number,
): Promise<AgentFacts['hour']> {
  const sinceMs = Math.round(nowMs - HOUR_MS);
  const params = { agent: agent.id, since: sinceMs };
  const errors = await store.query<ErrorRow>(ERRORS, params);
  const missed = await store.query<{ reason: string; count: number }>(MISSED, params);
  const times = await store.query<TimesRow>(TIMES, params);
  const before = await readDroppedBefore(store, { sinceMs, nowMs, agent: agent.id });
  const droppedBefore = before.get(agent.id) ?? {};
  const dropped = Object.entries(agent.health?.dropped ?? {}).map(([reason, count]) => {
    const earlier = droppedBefore[reason] ?? 0;
    // A count below that of before is of a new spool.
    return [reason, count >= earlier ? count - earlier : count] as const;
  });
  return {
    missed: Object.fromEntries(missed.map(({ reason, count }) => [reason, count])),
    dropped: Object.fromEntries(dropped.filter(([, count]) => count > 0)),
    errors: errors.map(({ last_ms, ...error }): AgentError => ({ ...error, lastMs: last_ms })),
    slow: slowOf(times, assignments),
    ...(times.length > 0 && { latenessP99Ms: Math.max(...times.map(({ late_ms }) => late_ms)) }),
  };
}

/** Checks whose runs do not fit into their interval, the worst first. */
function slowOf(times: readonly TimesRow[], assignments: readonly Assignment[]): readonly SlowCheck[] {
  return times
    .flatMap(({ probe, target, takes_ms }) => {
      const check = assignments.find((one) => one.probe === probe && one.target.name === target);
      if (!check || takes_ms <= check.everyMs) return [];
      return [{ probe, target, everyMs: check.everyMs, takesMs: takes_ms }];
    })
    .toSorted((a, b) => b.takesMs / b.everyMs - a.takesMs / a.everyMs);
}
