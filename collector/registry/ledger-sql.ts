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

/** The year 2286: later than anything that the store's times can say. */
const FOREVER_MS = 9_999_999_999_999;

/**
 * The periods of each check of an agent, in time: `cut` is the end of what can be expected by now. One that its agent itself
 * ended is accounted for to its end, any other to a grace before now. Where two collectors have begun the same check, the earlier
 * period ends with the begin of the later one: no slot is expected twice.
 */
export const periodsSql = (more = ''): string => `
SELECT
    agent, check, begin,
    least(ifNull(toUnixTimestamp64Milli(effective_until), {forever:Int64}), next) AS end,
    if(settled = 1, end, least(end, {now:Int64} - greatest({graceMin:Int64}, toInt64(timeout_ms) + {grace:Int64}))) AS cut,
    toInt64(every_ms) AS every, toInt64(phase_ms) AS phase
FROM
(
    SELECT
        agent, sipHash64(agent, probe, target) AS check, toUnixTimestamp64Milli(effective_from) AS begin,
        leadInFrame(begin, 1, {forever:Int64}) OVER (
            PARTITION BY agent, probe, target ORDER BY effective_from
            ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
        ) AS next,
        effective_until, settled, timeout_ms, every_ms, phase_ms
    FROM assignments FINAL
    WHERE ({agent:String} = '' OR agent = {agent:String})
      AND (effective_until IS NULL OR effective_until >= fromUnixTimestamp64Milli({since:Int64}))${more}
)`;
const PERIODS = periodsSql();

/** Slots in [begin, cut): those at phase + N * every. */
const EXPECTED = `
SELECT
    agent,
    sum(if(cut <= first, 0, intDiv(cut - phase + every - 1, every) - intDiv(first - phase + every - 1, every))) AS expected,
    min(begin) AS from_ms
FROM (SELECT *, greatest(begin, {since:Int64}) AS first FROM (${PERIODS}))
GROUP BY agent`;

/**
 * A slot counts when a period expects it by now, and is extra when none ever did: of the periods of its check the last that
 * began before it decides. Checks are told apart by a hash, for names would cost ten times as much.
 */
const REPORTED = `
SELECT
    toString(slots.agent) AS agent, ran, toString(reason) AS reason,
    countIf(at < cut) AS counted, sum(rows - 1) AS duplicates, countIf(at >= end) AS extra
FROM
(
    SELECT
        any(results.agent) AS agent, sipHash64(results.agent, results.probe, results.target) AS check,
        toUnixTimestamp64Milli(scheduled_at) AS at,
        count() AS rows, max(outcome != 'missed') AS ran, if(ran, '', toString(any(missed_reason))) AS reason
    FROM results
    WHERE trigger = 'schedule'
      AND scheduled_at >= fromUnixTimestamp64Milli({since:Int64})
      AND scheduled_at < fromUnixTimestamp64Milli({before:Int64})
      AND ({agent:String} = '' OR results.agent = {agent:String})
    GROUP BY check, at
) AS slots
ASOF LEFT JOIN (${PERIODS}) AS periods ON slots.check = periods.check AND slots.at >= periods.begin
GROUP BY agent, ran, reason
SETTINGS join_use_nulls = 0`;

/** How many rows there are, by ten minutes of their slots. */
const SPREAD = `
SELECT toUnixTimestamp(toStartOfInterval(scheduled_at, INTERVAL 10 MINUTE)) * 1000 AS at_ms, count() AS rows
FROM results
WHERE scheduled_at >= fromUnixTimestamp64Milli({since:Int64})
GROUP BY at_ms
ORDER BY at_ms`;

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

export function paramsOf({ sinceMs, nowMs, agent }: LedgerWindow): QueryParams {
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

/** Reads the results in parts, so that neither memory nor the time of a query grows with the window. */
export async function readReported(
  store: Asked,
  window: LedgerWindow,
  partRows: number = REGISTRY_LIMITS.ledgerPartRows.value,
): Promise<readonly ReportedRow[]> {
  const byAgent = new Map<string, Reported>();
  for (const { sinceMs, beforeMs } of await partsOf(store, window, partRows)) {
    const rows = await store.query<CountedRow>(REPORTED, {
      ...paramsOf({ ...window, sinceMs }),
      before: beforeMs,
    });
    for (const row of rows) add(byAgent, row);
  }
  return [...byAgent.values()];
}

type Reported = { -readonly [Key in keyof ReportedRow]: ReportedRow[Key] } & {
  readonly reasons: Record<string, number>;
};

interface CountedRow {
  readonly agent: string;
  readonly ran: number;
  readonly reason: string;
  readonly counted: number;
  readonly duplicates: number;
  readonly extra: number;
}

function add(byAgent: Map<string, Reported>, row: CountedRow): void {
  const { agent, ran, reason, counted, duplicates, extra } = row;
  const sum = byAgent.get(agent) ?? {
    agent,
    stored: 0,
    missed: 0,
    reasons: {},
    duplicates: 0,
    extra: 0,
  };
  byAgent.set(agent, sum);
  if (ran === 1) sum.stored += counted;
  else if (counted > 0) {
    sum.missed += counted;
    sum.reasons[reason] = (sum.reasons[reason] ?? 0) + counted;
  }
  sum.duplicates += duplicates;
  sum.extra += extra;
}

/** Times of slots that are read together. */
async function partsOf(
  store: Asked,
  { sinceMs, agent }: LedgerWindow,
  partRows: number,
): Promise<readonly { readonly sinceMs: number; readonly beforeMs: number }[]> {
  const since = Math.round(sinceMs);
  if (agent !== undefined) return [{ sinceMs: since, beforeMs: FOREVER_MS }];
  const spread = await store.query<{ at_ms: number; rows: number }>(SPREAD, { since });
  const ends: number[] = [];
  let rows = 0;
  for (const step of spread) {
    if (rows > 0 && rows + step.rows > partRows) {
      ends.push(step.at_ms);
      rows = 0;
    }
    rows += step.rows;
  }
  return [since, ...ends].map((from, index) => ({ sinceMs: from, beforeMs: ends[index] ?? FOREVER_MS }));
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
