/**
 * All conversations of one route with one receiver: a state machine that is driven by what is, not by what happened. It compares the
 * incidents as they are with what has been told, so that nothing is lost by a restart or by a collector that takes over. Pure.
 */
import { scopeText } from '../detect/incident.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import type { Draft, Member, Sight, Thread } from './thread.ts';
import { advance } from './thread-steps.ts';

export interface LanePolicy {
  /** How long an incident must have been open before anybody is told. */
  readonly waitMs: number;
  /** News of a thread come at most so often; what is more severe than before comes at once. */
  readonly updateEveryMs: number;
  /** 0 for never. */
  readonly remindEveryMs: number;
  /** What opens again within this time joins the old thread. */
  readonly flapMs: number;
  /** A thread that opened so often is flapping: its end is told once it has been over for `flapMs`. */
  readonly flapOpens: number;
  /** Without data for so long: told as that. */
  readonly noDataMs: number;
  /** So many threads may open within `rateMs`; what comes on top is gathered in one. */
  readonly rate: number;
  readonly rateMs: number;
}

/** Where incidents of a storm are gathered. */
export const STORM_KEY = '*';

export interface LaneStep {
  /** Every thread that is remembered, by id. */
  readonly threads: ReadonlyMap<string, Thread>;
  /** Those that changed and have to be written. */
  readonly changed: readonly Thread[];
  readonly drafts: readonly Draft[];
  /** Incidents that are open and not told, and why: by a silence, a window, `wait` or `members`. */
  readonly held: ReadonlyMap<string, string>;
  /** Incidents that were gathered in the thread of a storm now. */
  readonly grouped: number;
  /** Ends and re-openings that were not told now because of flapping. */
  readonly damped: number;
}

/**
 * One look. `wanted`: ids that the route means; what it was told of once it hears to the end, even where the route means it no longer.
 * `room`: messages that may be queued; threads without room are looked at next time.
 */
export function stepLane(
  name: string,
  before: ReadonlyMap<string, Thread>,
  look: {
    readonly sights: ReadonlyMap<string, Sight>;
    readonly wanted: ReadonlySet<string>;
    readonly nowMs: number;
    readonly room: number;
  },
  policy: LanePolicy,
): LaneStep {
  const { sights, wanted, nowMs } = look;
  const threads = new Map<string, Thread>();
  for (const thread of before.values())
    if (!isForgotten(thread, nowMs, policy)) threads.set(thread.id, withMembers(thread, sights));
  const placed = place({ name, threads, sights, wanted, nowMs, policy });
  const drafts: Draft[] = [];
  let damped = 0;
  for (const thread of threads.values()) {
    // Nothing is advanced that could not be told: it is told later, as it is then.
    if (drafts.length >= look.room) {
      restore(threads, before, thread);
      continue;
    }
    const step = advance(thread, sights, nowMs, policy);
    threads.set(thread.id, step.thread);
    damped += step.damped;
    if (step.draft) drafts.push(step.draft);
  }
  const changed = [...threads.values()].filter((thread) => {
    const old = before.get(thread.id);
    return old === undefined || JSON.stringify(old) !== JSON.stringify(thread);
  });
  return { threads, changed, drafts, held: placed.held, grouped: placed.grouped, damped };
}

function restore(threads: Map<string, Thread>, before: ReadonlyMap<string, Thread>, thread: Thread): void {
  const old = before.get(thread.id);
  if (old) threads.set(thread.id, old);
  else threads.delete(thread.id);
}

/** Closed, and neither a re-opening nor the rate asks for it any more. */
function isForgotten(thread: Thread, nowMs: number, { flapMs, rateMs }: LanePolicy): boolean {
  return thread.closedMs !== null && nowMs - thread.closedMs >= Math.max(flapMs, rateMs);
}

function withMembers(thread: Thread, sights: ReadonlyMap<string, Sight>): Thread {
  const members = thread.members.map((member): Member => {
    const incident = sights.get(member.id)?.incident;
    if (!incident) return member;
    return { ...member, isOpen: incident.status === 'open', mergedInto: incident.mergedInto };
  });
  return { ...thread, members };
}

interface Placing {
  readonly name: string;
  readonly threads: Map<string, Thread>;
  readonly sights: ReadonlyMap<string, Sight>;
  readonly wanted: ReadonlySet<string>;
  readonly nowMs: number;
  readonly policy: LanePolicy;
}

/** Gives each incident that is new to the lane its thread. */
function place(placing: Placing): { readonly held: ReadonlyMap<string, string>; readonly grouped: number } {
  const { sights, wanted, threads, nowMs, policy } = placing;
  const known = new Set([...threads.values()].flatMap(({ members }) => members.map(({ id }) => id)));
  const news = [...sights.values()]
    .filter(
      ({ incident }) => incident.status === 'open' && wanted.has(incident.id) && !known.has(incident.id),
    )
    .sort(
      (a, b) => a.incident.detectedMs - b.incident.detectedMs || (a.incident.id < b.incident.id ? -1 : 1),
    );
  const held = new Map<string, string>();
  let grouped = 0;
  for (const { incident, quiet } of news) {
    if (quiet !== null) held.set(incident.id, quiet);
    else if (nowMs - incident.detectedMs < policy.waitMs) held.set(incident.id, 'wait');
    else {
      const thread = threadFor(incident.id, scopeText(incident.scope), placing);
      if (thread.members.length >= NOTIFY_LIMITS.members.value) {
        held.set(incident.id, 'members');
        continue;
      }
      if (thread.key === STORM_KEY) grouped += 1;
      const member: Member = { id: incident.id, isOpen: true, mergedInto: null, told: null };
      threads.set(thread.id, { ...thread, members: [...forgetting(thread.members), member] });
    }
  }
  return { held, grouped };
}

/** A thread that went on for long has room again for what is new. */
function forgetting(members: readonly Member[]): readonly Member[] {
  if (members.length + 1 < NOTIFY_LIMITS.members.value) return members;
  return members.filter(({ isOpen }) => isOpen);
}

function threadFor(id: string, key: string, { name, threads, nowMs, policy }: Placing): Thread {
  const all = [...threads.values()];
  const lives = (thread: Thread) => thread.closedMs === null || nowMs - thread.closedMs < policy.flapMs;
  const takenOver = all.find(
    (thread) => thread.phase !== 'closed' && thread.members.some(({ mergedInto }) => mergedInto === id),
  );
  // What is open in the same place is another trouble: only what is over opens again.
  const same = all.find(
    (thread) => thread.key === key && lives(thread) && !thread.members.some(({ isOpen }) => isOpen),
  );
  if (takenOver ?? same) return (takenOver ?? same) as Thread;
  const recent = all.filter(
    (thread) => thread.key !== STORM_KEY && nowMs - thread.openedMs < policy.rateMs,
  ).length;
  if (recent < policy.rate) return newThread(`${name}/${id}`, key, nowMs);
  return (
    all.find((thread) => thread.key === STORM_KEY && lives(thread)) ??
    newThread(`${name}/${id}`, STORM_KEY, nowMs)
  );
}

function newThread(id: string, key: string, nowMs: number): Thread {
  return {
    id,
    key,
    members: [],
    phase: 'closed',
    openedMs: nowMs,
    closedMs: null,
    overSinceMs: null,
    opens: [],
    seq: 0,
    told: { kind: 'resolved', atMs: nowMs },
    unheardSinceMs: null,
    noDataTold: false,
    ackTold: null,
    reminders: 0,
    labels: {},
  };
}
