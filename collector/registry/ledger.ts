/** The equation of every agent: what was expected, and what became of it. */
import type { Health } from '../../protocol/frame.ts';
import type { Store } from '../store/store.ts';
import {
  type ExpectedRow,
  type LedgerWindow,
  type ReportedRow,
  readDroppedBefore,
  readExpected,
  readHeld,
  readReported,
} from './ledger-sql.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { AgentConnection, AgentLedger, Ledger, PendingPlace } from './registry.ts';

/** An agent as far as its ledger goes. */
export interface Accountable {
  readonly id: string;
  readonly boot: string;
  readonly region: string;
  readonly state: AgentConnection;
  readonly health?: Health | undefined;
  /** When it said so; Unix milliseconds. */
  readonly healthMs?: number | undefined;
}

/** What is known of one agent when its slots are balanced. */
export interface Material {
  readonly expected: number;
  readonly reported: Omit<ReportedRow, 'agent'>;
  /** Given up before the window began. */
  readonly droppedBefore: Readonly<Record<string, number>>;
  /** Highest seq of its boot in the store; read for agents that are not connected. */
  readonly heldSeq?: number | undefined;
  /** Slots that became due after it last said what it holds. */
  readonly unheard: number;
}

/** What an agent says covers slots that were due a moment before: with this grace it covers those that count by then. */
const LAG_MS = REGISTRY_LIMITS.graceMinMs.value - REGISTRY_LIMITS.graceMs.value;

const NOTHING_REPORTED = { stored: 0, missed: 0, reasons: {}, duplicates: 0, extra: 0 };

/** Slots in [sinceMs, now − grace). What the agents run must be in the store already. */
export async function makeLedger(
  store: Pick<Store, 'query'>,
  agents: readonly Accountable[],
  window: LedgerWindow,
): Promise<Ledger> {
  const expected = byAgent<ExpectedRow>(await readExpected(store, window));
  const reported = byAgent<ReportedRow>(await readReported(store, window));
  const droppedBefore = await readDroppedBefore(store, window);
  const held = await readHeld(
    store,
    agents.filter((agent) => agent.state !== 'connected' && (agent.health?.pending ?? 0) > 0),
  );
  const materialOf = (agent: Accountable): Material => ({
    expected: expected.get(agent.id)?.expected ?? 0,
    reported: reported.get(agent.id) ?? NOTHING_REPORTED,
    droppedBefore: droppedBefore.get(agent.id) ?? {},
    heldSeq: agent.state === 'connected' ? undefined : held.get(agent.id),
    unheard: 0,
  });
  const unheard = await readUnheard(store, agents, materialOf, expected, window);
  const ledgers = agents.map((agent) =>
    balance(agent, { ...materialOf(agent), unheard: unheard.get(agent.id) ?? 0 }),
  );
  const first = [...expected.values()].reduce(
    (ms, row) => Math.min(ms, row.from_ms),
    Number.POSITIVE_INFINITY,
  );
  return {
    sinceMs: Math.max(window.sinceMs, Number.isFinite(first) ? first : 0),
    agents: ledgers,
    total: totalOf(ledgers),
  };
}

/**
 * Of connected agents with slots that nothing explains: how many of those became due after their last health, a few seconds
 * ago. Only of them can it be said that they may be under way.
 */
async function readUnheard(
  store: Pick<Store, 'query'>,
  agents: readonly Accountable[],
  materialOf: (agent: Accountable) => Material,
  expected: ReadonlyMap<string, ExpectedRow>,
  window: LedgerWindow,
): Promise<ReadonlyMap<string, number>> {
  const disputed = agents.filter(
    (agent) =>
      agent.state === 'connected' &&
      agent.healthMs !== undefined &&
      balance(agent, materialOf(agent)).unaccounted > 0,
  );
  const found = new Map<string, number>();
  // Agents are heard at different times: each has a cut of its own, and few are disputed at a time.
  for (const [index, { id, health, healthMs = 0 }] of disputed.entries()) {
    // A slot is in the time of the agent: with a clock that is behind it comes later.
    const behindMs = Math.max(0, health?.clockOffsetMs ?? 0);
    const knownMs = Math.min(window.nowMs, healthMs - behindMs + LAG_MS);
    if (knownMs === window.nowMs) continue;
    if (index >= REGISTRY_LIMITS.ledgerDisputed.value) {
      found.set(id, Number.POSITIVE_INFINITY);
      continue;
    }
    const [row] = await readExpected(store, { ...window, agent: id, nowMs: knownMs });
    found.set(id, (expected.get(id)?.expected ?? 0) - (row?.expected ?? 0));
  }
  return found;
}

/**
 * Of what has no row: first what the agent says that it gave up, then what it holds or may still hold; the rest is missed when
 * nobody was there to report it, and unaccounted otherwise.
 */
export function balance(agent: Accountable, material: Material): AgentLedger {
  const { expected, reported, droppedBefore } = material;
  const { stored, missed, duplicates, extra } = reported;
  const open = new Open(Math.max(0, expected - stored - missed));
  const droppedByReason: Record<string, number> = {};
  for (const [reason, count] of Object.entries(agent.health?.dropped ?? {})) {
    const before = droppedBefore[reason] ?? 0;
    // A count below that of before is of a new spool.
    const taken = open.take(count >= before ? count - before : count);
    if (taken > 0) droppedByReason[reason] = taken;
  }
  const pendingByPlace: Partial<Record<PendingPlace, number>> = {};
  for (const [place, count] of placesOf(agent, material)) {
    const taken = open.take(count);
    if (taken > 0) pendingByPlace[place] = (pendingByPlace[place] ?? 0) + taken;
  }
  const missedByReason = { ...reported.reasons };
  // Nobody was there to report them; the agent does so itself when it comes back, and then they have rows.
  const inferred = agent.state === 'silent' ? open.take(Number.POSITIVE_INFINITY) : 0;
  if (inferred > 0) missedByReason.agent_down = (missedByReason.agent_down ?? 0) + inferred;
  const dropped = sumOf(droppedByReason);
  const pending = sumOf(pendingByPlace);
  return {
    agent: agent.id,
    region: agent.region,
    state: agent.state,
    expected,
    stored,
    pending,
    pendingByPlace,
    missed: missed + inferred,
    missedByReason,
    inferred,
    dropped,
    droppedByReason,
    unaccounted: expected - stored - pending - missed - inferred - dropped,
    duplicates,
    extra,
  };
}

/** Slots that nothing explains yet. */
class Open {
  #left: number;

  constructor(count: number) {
    this.#left = count;
  }

  /** Explains up to `count` of them; gives how many. */
  take(count: number): number {
    const taken = Math.min(this.#left, count);
    this.#left -= taken;
    return taken;
  }
}

/** Where results of an agent may be, by its own word, and how many at most. */
function placesOf(agent: Accountable, { heldSeq, unheard }: Material): [PendingPlace, number][] {
  const { health, state } = agent;
  if (state !== 'connected') return [['spool', health ? spooledOf(health, heldSeq) : 0]];
  // One that has just connected and not spoken yet may hold any number.
  if (!health) return [['spool', Number.POSITIVE_INFINITY]];
  const inFlight = Math.min(health.spool?.inFlight ?? 0, health.pending);
  return [
    ['in_flight', inFlight],
    ['running', health.running],
    ['spool', health.pending - inFlight],
    ['unheard', unheard],
  ];
}

/** Results on the disk of an agent that is away: what it held last, without what the store has got since. */
function spooledOf({ pending, spool }: Health, heldSeq: number | undefined): number {
  if (!spool || heldSeq === undefined) return pending;
  return Math.min(pending, Math.max(0, spool.lastSeq - heldSeq));
}

function totalOf(agents: readonly AgentLedger[]): Ledger['total'] {
  const sum = (
    key:
      | 'expected'
      | 'stored'
      | 'pending'
      | 'missed'
      | 'inferred'
      | 'dropped'
      | 'unaccounted'
      | 'duplicates'
      | 'extra',
  ) => agents.reduce((total, agent) => total + agent[key], 0);
  const merged = (key: 'missedByReason' | 'droppedByReason' | 'pendingByPlace') => {
    const total: Record<string, number> = {};
    for (const agent of agents)
      for (const [name, count] of Object.entries(agent[key])) total[name] = (total[name] ?? 0) + count;
    return total;
  };
  return {
    expected: sum('expected'),
    stored: sum('stored'),
    pending: sum('pending'),
    pendingByPlace: merged('pendingByPlace'),
    missed: sum('missed'),
    missedByReason: merged('missedByReason'),
    inferred: sum('inferred'),
    dropped: sum('dropped'),
    droppedByReason: merged('droppedByReason'),
    unaccounted: sum('unaccounted'),
    duplicates: sum('duplicates'),
    extra: sum('extra'),
  };
}

function sumOf(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

function byAgent<Row extends { readonly agent: string }>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.agent, row]));
}
