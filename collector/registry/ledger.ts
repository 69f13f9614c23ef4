/** The equation of every agent: what was expected, and what became of it. */
import type { Health } from '../../protocol/frame.ts';
import type { QueryParams, Store } from '../store/store.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import { expectedSlots, type Period } from './period.ts';
import type { AgentConnection, AgentLedger, Ledger } from './registry.ts';

/** An agent as far as its ledger goes. */
export interface Accountable {
  readonly id: string;
  readonly region: string;
  readonly state: AgentConnection;
  readonly health?: Health;
  readonly periods: readonly Period[];
}

interface ReportedRow {
  readonly agent: string;
  readonly stored: number;
  readonly missed: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly duplicates: number;
  readonly extra: number;
}

/**
 * What rows say, slot by slot. A slot counts when one of the agent's periods expects it; the end of a period that is not
 * settled lies a grace before now, exactly as `cutMsOf` has it.
 */
const REPORTED = `
SELECT
    agent,
    countIf(counted AND ran) AS stored,
    countIf(counted AND NOT ran) AS missed,
    sumMapIf(map(reason, toUInt64(1)), counted AND NOT ran) AS reasons,
    sum(rows - 1) AS duplicates,
    countIf(NOT known) AS extra
FROM
(
    SELECT
        s.agent AS agent, s.ran AS ran, s.rows AS rows, s.reason AS reason,
        max(s.at >= p.from_ms AND s.at < p.until_ms) AS known,
        max(s.at >= p.from_ms AND s.at < p.cut_ms) AS counted
    FROM
    (
        SELECT
            toString(agent) AS agent, toString(probe) AS probe, toString(target) AS target,
            toUnixTimestamp64Milli(scheduled_at) AS at,
            count() AS rows, max(outcome != 'missed') AS ran, anyLast(toString(missed_reason)) AS reason
        FROM results
        WHERE trigger = 'schedule'
          AND scheduled_at >= fromUnixTimestamp64Milli({since:Int64})
          AND ({agent:String} = '' OR agent = {agent:String})
        GROUP BY agent, probe, target, at
    ) AS s
    LEFT JOIN
    (
        SELECT
            agent, toString(probe) AS probe, toString(target) AS target,
            toUnixTimestamp64Milli(effective_from) AS from_ms,
            ifNull(toUnixTimestamp64Milli(effective_until), {forever:Int64}) AS until_ms,
            if(settled = 1, until_ms,
               least(until_ms, {now:Int64} - greatest({graceMin:Int64}, toInt64(timeout_ms) + {grace:Int64}))) AS cut_ms
        FROM assignments FINAL
        WHERE {agent:String} = '' OR agent = {agent:String}
    ) AS p
    ON s.agent = p.agent AND s.probe = p.probe AND s.target = p.target
    GROUP BY s.agent, s.probe, s.target, s.at, s.ran, s.rows, s.reason
)
GROUP BY agent
SETTINGS join_use_nulls = 0`;

/** Slots in [sinceMs, now − grace). The periods must be in the store already. */
export async function makeLedger(
  store: Store,
  agents: readonly Accountable[],
  options: { readonly sinceMs: number; readonly nowMs: number; readonly agent?: string },
): Promise<Ledger> {
  const params: QueryParams = {
    since: Math.round(options.sinceMs),
    now: Math.round(options.nowMs),
    agent: options.agent ?? '',
    forever: 2 ** 52,
    grace: REGISTRY_LIMITS.graceMs.value,
    graceMin: REGISTRY_LIMITS.graceMinMs.value,
  };
  const rows = await store.query<ReportedRow>(REPORTED, params);
  const reported = new Map(rows.map((row) => [row.agent, row]));
  const ledgers = agents.map((agent) =>
    balance(agent, reported.get(agent.id), Math.round(options.sinceMs), Math.round(options.nowMs)),
  );
  return { sinceMs: Math.max(options.sinceMs, firstMsOf(agents)), agents: ledgers, total: totalOf(ledgers) };
}

/** When the first of all periods began: nothing was expected before. 0 when there is none. */
function firstMsOf(agents: readonly Accountable[]): number {
  let firstMs = Number.POSITIVE_INFINITY;
  for (const { periods } of agents) for (const { fromMs } of periods) firstMs = Math.min(firstMs, fromMs);
  return Number.isFinite(firstMs) ? firstMs : 0;
}

/** Of what has no row: first what the agent says that it gave up, then what it holds; the rest is missed or unaccounted. */
function balance(
  agent: Accountable,
  row: ReportedRow | undefined,
  sinceMs: number,
  nowMs: number,
): AgentLedger {
  let expected = 0;
  for (const period of agent.periods) expected += expectedSlots(period, sinceMs, nowMs);
  const { stored, missed, duplicates, extra } = row ?? { stored: 0, missed: 0, duplicates: 0, extra: 0 };
  let open = Math.max(0, expected - stored - missed);
  const droppedByReason: Record<string, number> = {};
  for (const [reason, count] of Object.entries(agent.health?.dropped ?? {})) {
    const taken = Math.min(count, open);
    if (taken > 0) droppedByReason[reason] = taken;
    open -= taken;
  }
  const dropped = Object.values(droppedByReason).reduce((sum, count) => sum + count, 0);
  const pending = agent.state === 'silent' ? 0 : Math.min(open, held(agent));
  open -= pending;
  const missedByReason = { ...row?.reasons };
  // Nobody was there to report them; the agent does so itself when it comes back, and then they have rows.
  const inferred = agent.state === 'silent' ? open : 0;
  if (inferred > 0) missedByReason.agent_down = (missedByReason.agent_down ?? 0) + inferred;
  return {
    agent: agent.id,
    region: agent.region,
    state: agent.state,
    expected,
    stored,
    pending,
    missed: missed + inferred,
    missedByReason,
    dropped,
    droppedByReason,
    unaccounted: expected - stored - pending - missed - inferred - dropped,
    duplicates,
    extra,
  };
}

/** Results that the agent holds, by its own word; a connected one that has not spoken yet may hold any number. */
function held({ health, state }: Accountable): number {
  if (!health) return state === 'connected' ? Number.POSITIVE_INFINITY : 0;
  return health.pending + health.running;
}

function totalOf(agents: readonly AgentLedger[]): Ledger['total'] {
  const sum = (
    key: 'expected' | 'stored' | 'pending' | 'missed' | 'dropped' | 'unaccounted' | 'duplicates' | 'extra',
  ) => agents.reduce((total, agent) => total + agent[key], 0);
  const sumOf = (key: 'missedByReason' | 'droppedByReason') => {
    const total: Record<string, number> = {};
    for (const agent of agents)
      for (const [reason, count] of Object.entries(agent[key])) total[reason] = (total[reason] ?? 0) + count;
    return total;
  };
  return {
    expected: sum('expected'),
    stored: sum('stored'),
    pending: sum('pending'),
    missed: sum('missed'),
    missedByReason: sumOf('missedByReason'),
    dropped: sum('dropped'),
    droppedByReason: sumOf('droppedByReason'),
    unaccounted: sum('unaccounted'),
    duplicates: sum('duplicates'),
    extra: sum('extra'),
  };
}
