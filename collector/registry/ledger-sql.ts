/** The counting of the ledger, in the store: what was expected, and what has rows. */
import type { QueryParams, Store } from '../store/store.ts';
import { REGISTRY_LIMITS } from './limits.ts';

/** Slots that an agent was to run, and when the first of them was expected. */
export interface ExpectedRow {
  readonly agent: string;
  readonly expected: number;
  readonly from_ms: number;
}

/** What rows of an agent say, slot by slot. */
export interface ReportedRow {
  readonly agent: string;
  readonly stored: number;
  readonly missed: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly duplicates: number;
  readonly extra: number;
}

export interface LedgerWindow {
  /** Unix milliseconds. */
  readonly sinceMs: number;
  readonly nowMs: number;
  /** One agent alone. */
  readonly agent?: string;
}

const FOREVER_MS = 2 ** 52;

/**
 * The periods of each check of an agent, in order: `begins`, `ends`, and `cuts`, the ends of what can be expected by now. One
 * that its agent itself ended is accounted for to its end, any other to a grace before now. Where two collectors have begun the
 * same check, the earlier period ends with the begin of the later one: no slot is expected twice.
 */
const PERIODS = `
SELECT
    agent, probe, target,
    arraySort(groupArray((
        toUnixTimestamp64Milli(effective_from),
        ifNull(toUnixTimestamp64Milli(effective_until), {forever:Int64}),
        settled = 1,
        greatest({graceMin:Int64}, toInt64(timeout_ms) + {grace:Int64}),
        toInt64(every_ms),
        toInt64(phase_ms)
    ))) AS periods,
    arrayMap(p -> p.1, periods) AS begins,
    arrayPushBack(arrayPopFront(begins), {forever:Int64}) AS nexts,
    arrayMap((p, next) -> least(p.2, next), periods, nexts) AS ends,
    arrayMap((p, end) -> if(p.3, end, least(end, {now:Int64} - p.4)), periods, ends) AS cuts
FROM
(
    SELECT agent, toString(probe) AS probe, toString(target) AS target,
        effective_from, effective_until, settled, timeout_ms, every_ms, phase_ms
    FROM assignments FINAL
    WHERE ({agent:String} = '' OR agent = {agent:String})
      AND (effective_until IS NULL OR effective_until >= fromUnixTimestamp64Milli({since:Int64}))
)
GROUP BY agent, probe, target`;

/** Slots in [begin, cut): those at phase + N * every. */
const EXPECTED = `
SELECT
    agent,
    sum(arraySum(
        (p, begin, cut) -> if(cut <= greatest(begin, {since:Int64}), 0,
            intDiv(cut - p.6 + p.5 - 1, p.5) - intDiv(greatest(begin, {since:Int64}) - p.6 + p.5 - 1, p.5)),
        periods, begins, cuts)) AS expected,
    min(begins[1]) AS from_ms
FROM (${PERIODS})
GROUP BY agent`;

/**
 * A slot counts when a period expects it by now, and is extra when none ever did. Grouped in the order of the table, so that
 * memory does not grow with the number of results.
 */
const REPORTED = `
SELECT
    s.agent AS agent,
    countIf(counted AND ran) AS stored,
    countIf(counted AND NOT ran) AS missed,
    sumMapIf(map(reason, toUInt64(1)), counted AND NOT ran) AS reasons,
    sum(rows - 1) AS duplicates,
    countIf(NOT known) AS extra
FROM
(
    SELECT
        s.agent AS agent, s.ran AS ran, s.rows AS rows, s.reason AS reason,
        arrayExists((begin, end) -> s.at >= begin AND s.at < end, p.begins, p.ends) AS known,
        arrayExists((begin, cut) -> s.at >= begin AND s.at < cut, p.begins, p.cuts) AS counted
    FROM
    (
        SELECT
            toString(results.agent) AS agent, toString(results.probe) AS probe, toString(results.target) AS target,
            toUnixTimestamp64Milli(scheduled_at) AS at,
            count() AS rows, max(outcome != 'missed') AS ran, anyLast(toString(missed_reason)) AS reason
        FROM results
        WHERE trigger = 'schedule'
          AND scheduled_at >= fromUnixTimestamp64Milli({since:Int64})
          AND ({agent:String} = '' OR results.agent = {agent:String})
        GROUP BY results.region, results.probe, results.target, results.agent, results.scheduled_at
    ) AS s
    LEFT JOIN (${PERIODS}) AS p
    ON s.agent = p.agent AND s.probe = p.probe AND s.target = p.target
) AS s
GROUP BY agent
SETTINGS join_use_nulls = 0, optimize_aggregation_in_order = 1`;

/** What each agent had given up before the window began. */
const DROPPED_BEFORE = `
SELECT agent, toString(reason) AS reason, argMax(count, at) AS count
FROM agent_drops FINAL
WHERE at < fromUnixTimestamp64Milli({since:Int64}) AND ({agent:String} = '' OR agent = {agent:String})
GROUP BY agent, reason`;

/** The highest number that the store holds of one boot of each of these agents. */
const HELD = `
SELECT agent, max(seq) AS seq FROM agent_progress
WHERE agent IN {agents:Array(String)} AND boot IN {boots:Array(String)}
GROUP BY agent, boot
HAVING (agent, boot) IN (SELECT arrayJoin(arrayZip({agents:Array(String)}, {boots:Array(String)})))`;

function paramsOf({ sinceMs, nowMs, agent }: LedgerWindow): QueryParams {
  return {
    since: Math.round(sinceMs),
    now: Math.round(nowMs),
    agent: agent ?? '',
    forever: FOREVER_MS,
    grace: REGISTRY_LIMITS.graceMs.value,
    graceMin: REGISTRY_LIMITS.graceMinMs.value,
  };
}

type Asked = Pick<Store, 'query'>;

export function readExpected(store: Asked, window: LedgerWindow): Promise<ExpectedRow[]> {
  return store.query(EXPECTED, paramsOf(window));
}

export function readReported(store: Asked, window: LedgerWindow): Promise<ReportedRow[]> {
  return store.query(REPORTED, paramsOf(window));
}

/** By agent and reason. */
export async function readDroppedBefore(
  store: Asked,
  { sinceMs, agent = '' }: LedgerWindow,
): Promise<ReadonlyMap<string, Readonly<Record<string, number>>>> {
  const rows = await store.query<{ agent: string; reason: string; count: number }>(DROPPED_BEFORE, {
    since: Math.round(sinceMs),
    agent,
  });
  const byAgent = new Map<string, Record<string, number>>();
  for (const row of rows) {
    const counts = byAgent.get(row.agent) ?? {};
    counts[row.reason] = row.count;
    byAgent.set(row.agent, counts);
  }
  return byAgent;
}

/** By agent: the highest seq in the store of the boot that is given with it. */
export async function readHeld(
  store: Asked,
  agents: readonly { readonly id: string; readonly boot: string }[],
): Promise<ReadonlyMap<string, number>> {
  const held = new Map<string, number>();
  for (let from = 0; from < agents.length; from += REGISTRY_LIMITS.readAgents.value) {
    const some = agents.slice(from, from + REGISTRY_LIMITS.readAgents.value);
    const rows = await store.query<{ agent: string; seq: number }>(HELD, {
      agents: some.map(({ id }) => id),
      boots: some.map(({ boot }) => boot),
    });
    for (const { agent, seq } of rows) held.set(agent, seq);
  }
  return held;
}
