/**
 * All conversations of one route with one receiver: a state machine that is driven by what is, not by what happened. It compares the
 * incidents as they are with what has been told, so that nothing is lost by a restart or by a collector that takes over. Pure.
 */
import { scopeText } from '../detect/incident.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import type { Draft, Member, Sight, Thread } from './thread.ts';
import { advance, heirOf } from './thread-steps.ts';

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
    /** Threads of which a message was given up: what they are about is to be told anew. */
    readonly missed?: ReadonlySet<string>;
  },
  policy: LanePolicy,
): LaneStep {
  const { sights, wanted, nowMs } = look;
  const threads = new Map<string, Thread>();
  for (const thread of before.values())
    if (!isForgotten(thread, nowMs, policy))
      threads.set(thread.id, withMembers(notAhead(asHeard(thread, look.missed), nowMs), sights));
  const placed = place({ name, threads, sights, wanted, nowMs, policy });
  const drafts: Draft[] = [];
  let damped = 0;
  for (const thread of threads.values()) {
    // Nothing is advanced that could not be told: it is told later, as it is then.
    if (drafts.length >= look.room) {
      restore(threads, before, thread, look.missed);
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

/** As it was before this look, but for what was given up: nobody says that again. */
function restore(
  threads: Map<string, Thread>,
  before: ReadonlyMap<string, Thread>,
  thread: Thread,
  missed: ReadonlySet<string> | undefined,
): void {
  const old = before.get(thread.id);
  if (old) threads.set(thread.id, asHeard(old, missed));
  else threads.delete(thread.id);
}

/** Closed, and neither a re-opening nor the rate asks for it any more. */
function isForgotten(thread: Thread, nowMs: number, { flapMs, rateMs }: LanePolicy): boolean {
  return thread.closedMs !== null && nowMs - thread.closedMs >= Math.max(flapMs, rateMs);
}

function withMembers(thread: Thread, sights: ReadonlyMap<string, Sight>): Thread {
  const members = thread.members.map((member): Member => {
    const incident = sights.get(member.id)?.incident;
    // All that is open is known: what is not known any more is over.
    if (!incident) return { ...member, isOpen: false };
    return { ...member, isOpen: incident.status === 'open', mergedInto: incident.mergedInto };
  });
  return { ...thread, members };
}

/** What was given up has not been told: it makes news again. */
function asHeard(thread: Thread, missed: ReadonlySet<string> | undefined): Thread {
  if (!missed?.has(thread.id)) return thread;
  return { ...thread, members: thread.members.map((member) => ({ ...member, told: null })) };
}

/** The clock was set back: what lies ahead of it is taken for now, so that nothing waits for it to come there again. */
function notAhead(thread: Thread, nowMs: number): Thread {
  const past = (ms: number) => Math.min(ms, nowMs);
  const pastOrNull = (ms: number | null) => (ms === null ? null : past(ms));
  return {
    ...thread,
    openedMs: past(thread.openedMs),
    closedMs: pastOrNull(thread.closedMs),
    overSinceMs: pastOrNull(thread.overSinceMs),
    unheardSinceMs: pastOrNull(thread.unheardSinceMs),
    opens: thread.opens.map(past),
    told: { ...thread.told, atMs: past(thread.told.atMs) },
  };
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
  const heirs = heirsOf(threads, sights);
  const news = [...sights.values()]
    .filter(
      ({ incident: { id, status } }) =>
        status === 'open' && (wanted.has(id) || heirs.has(id)) && !known.has(id),
    )
    .sort(
      (a, b) => a.incident.detectedMs - b.incident.detectedMs || (a.incident.id < b.incident.id ? -1 : 1),
    );
  const held = new Map<string, string>();
  let grouped = 0;
  for (const { incident, quiet } of news) {
    const heir = heirs.get(incident.id);
    if (!heir && quiet !== null) held.set(incident.id, quiet);
    // By its amount: a clock that was set back must not make anybody wait for it.
    else if (!heir && Math.abs(nowMs - incident.detectedMs) < policy.waitMs) held.set(incident.id, 'wait');
    else {
      const told = heir === undefined ? undefined : threads.get(heir);
      const thread = told ?? threadFor(incident.id, scopeText(incident.scope), placing);
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

/** What has taken over what was told goes on in the same thread, whatever the route or a silence says of it: heard to its end. */
function heirsOf(
  threads: ReadonlyMap<string, Thread>,
  sights: ReadonlyMap<string, Sight>,
): ReadonlyMap<string, string> {
  const heirs = new Map<string, string>();
  for (const thread of threads.values()) {
    if (thread.phase === 'closed') continue;
    for (const { id, mergedInto } of thread.members) {
      const incident = mergedInto === null ? undefined : sights.get(id)?.incident;
      const heir = incident && heirOf(incident, sights).id;
      if (heir !== undefined && heir !== id && !heirs.has(heir)) heirs.set(heir, thread.id);
    }
  }
  return heirs;
}

/** A thread that went on for long has room again for what is new. */
function forgetting(members: readonly Member[]): readonly Member[] {
  if (members.length + 1 < NOTIFY_LIMITS.members.value) return members;
  return members.filter(({ isOpen }) => isOpen);
}

function threadFor(id: string, key: string, { name, threads, nowMs, policy }: Placing): Thread {
  const all = [...threads.values()];
  const lives = (thread: Thread) => thread.closedMs === null || nowMs - thread.closedMs < policy.flapMs;
  // What is open in the same place is another trouble: only what is over opens again.
  const same = all.find(
    (thread) => thread.key === key && lives(thread) && !thread.members.some(({ isOpen }) => isOpen),
  );
  if (same) return same;
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
