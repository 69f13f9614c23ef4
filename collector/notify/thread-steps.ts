/** What one thread has to say at a moment: at most one message. Pure. */
import { type Incident, SILENCE_METRIC, scopeText } from '../detect/incident.ts';
import { alertLabels } from './alert-labels.ts';
import type { LanePolicy } from './lane.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import {
  type Draft,
  isLast,
  type Member,
  type NoticeKind,
  type Sight,
  type Stand,
  type Thread,
} from './thread.ts';

export interface ThreadStep {
  readonly thread: Thread;
  readonly draft?: Draft;
  readonly damped: number;
}

type Sights = ReadonlyMap<string, Sight>;

/** What an incident has become part of in the end, as far as that is known; itself where nothing has taken it over. */
export function heirOf(incident: Incident, sights: Sights): Incident {
  let heir = incident;
  for (let left = sights.size; left > 0 && heir.mergedInto !== null; left -= 1) {
    const next = sights.get(heir.mergedInto)?.incident;
    if (!next) break;
    heir = next;
  }
  return heir;
}

export function advance(thread: Thread, sights: Sights, nowMs: number, policy: LanePolicy): ThreadStep {
  const isOpen = thread.members.some((member) => member.isOpen);
  // Forgotten by detection, which remembers all that is open: there is nothing that could be said of it.
  if (thread.phase !== 'closed' && !thread.members.some(({ id }) => sights.has(id)))
    return { thread: forgotten(thread, nowMs), damped: 0 };
  if (isOpen) return advanceOpen(thread, sights, nowMs, policy);
  if (thread.phase === 'closed') return { thread, damped: 0 };
  return advanceOver({ ...thread, overSinceMs: thread.overSinceMs ?? nowMs }, sights, nowMs, policy);
}

function forgotten(thread: Thread, nowMs: number): Thread {
  const members = thread.members.map((member) => ({ ...member, isOpen: false }));
  return { ...thread, members, phase: 'closed', closedMs: nowMs };
}

function advanceOpen(given: Thread, sights: Sights, nowMs: number, policy: LanePolicy): ThreadStep {
  const open = sightsOf(given, sights, (member) => member.isOpen);
  const isHeard = open.some(({ heard, incident }) => heard || incident.metric === SILENCE_METRIC);
  const thread: Thread = {
    ...given,
    overSinceMs: null,
    unheardSinceMs: isHeard ? null : (given.unheardSinceMs ?? nowMs),
  };
  const isQuiet = open.length === 0 || open.every(({ quiet }) => quiet !== null);
  if (thread.phase === 'settling') return resettled(thread, sights, nowMs, policy);
  if (isQuiet) return { thread, damped: 0 };
  if (thread.phase === 'closed') {
    const opens = openedAgain(thread, nowMs, policy);
    const kind = thread.seq === 0 ? 'opened' : 'reopened';
    return tell(
      { ...thread, phase: 'open', closedMs: null, opens, noDataTold: false },
      kind,
      [],
      sights,
      nowMs,
    );
  }
  return newsOf(thread, open, sights, nowMs, policy);
}

/** It opened again before its end was told: nobody need know. */
function resettled(thread: Thread, sights: Sights, nowMs: number, policy: LanePolicy): ThreadStep {
  const opens = openedAgain(thread, nowMs, policy);
  return {
    thread: { ...thread, phase: 'open', opens, members: toldAsTheyAre(thread.members, sights) },
    damped: 1,
  };
}

function newsOf(
  thread: Thread,
  open: readonly Sight[],
  sights: Sights,
  nowMs: number,
  policy: LanePolicy,
): ThreadStep {
  const sinceToldMs = nowMs - thread.told.atMs;
  const { reasons, isWorse, isMilder } = changesOf(thread, sights);
  const isBack = thread.noDataTold && thread.unheardSinceMs === null;
  if (isBack && sinceToldMs >= policy.updateEveryMs)
    return tell({ ...thread, noDataTold: false }, 'updated', ['data is back', ...reasons], sights, nowMs);
  // What becomes worse again and again flaps as what opens again and again does: that it is milder is told after some calm.
  const opens = openedAgain(thread, nowMs, policy);
  const isFlapping = isMilder && opens.length > policy.flapOpens;
  const everyMs = isFlapping ? Math.max(policy.updateEveryMs, policy.flapMs) : policy.updateEveryMs;
  if (reasons.length > 0 && (isWorse || sinceToldMs >= everyMs))
    return tell({ ...thread, ...(isWorse && { opens }), reminders: 0 }, 'updated', reasons, sights, nowMs);
  const acked = ackOf(open);
  if (acked !== null && acked !== thread.ackTold)
    return tell({ ...thread, ackTold: acked }, 'acknowledged', [], sights, nowMs);
  if (isWithoutData(thread, nowMs, policy))
    return tell({ ...thread, noDataTold: true }, 'no_data', [], sights, nowMs);
  const isDue =
    policy.remindEveryMs > 0 &&
    acked === null &&
    thread.reminders < NOTIFY_LIMITS.reminders.value &&
    sinceToldMs >= policy.remindEveryMs;
  if (isDue) return tell({ ...thread, reminders: thread.reminders + 1 }, 'reminder', [], sights, nowMs);
  return { thread, damped: 0 };
}

/** All of it is over; whether that can be told is another question. */
function advanceOver(given: Thread, sights: Sights, nowMs: number, policy: LanePolicy): ThreadStep {
  const closed = (thread: Thread, kind: NoticeKind): ThreadStep =>
    tell(
      { ...thread, phase: 'closed', closedMs: nowMs, reminders: 0, ackTold: null },
      kind,
      [],
      sights,
      nowMs,
    );
  const heirs = sightsOf(given, sights, () => true).map(({ incident }) => heirOf(incident, sights));
  if (wasTakenOver(given, sights)) return closed(given, 'merged');
  const isHeard =
    sightsOf(given, sights, () => true).every(({ heard }) => heard) &&
    heirs.every(({ id }) => sights.get(id)?.heard !== false);
  if (!isHeard) {
    const thread = { ...given, unheardSinceMs: given.unheardSinceMs ?? nowMs };
    if (nowMs - thread.unheardSinceMs >= NOTIFY_LIMITS.noDataCloseMs.value)
      return closed(thread, 'no_data_closed');
    if (isWithoutData(thread, nowMs, policy))
      return tell({ ...thread, noDataTold: true }, 'no_data', [], sights, nowMs);
    return { thread, damped: 0 };
  }
  const thread = { ...given, unheardSinceMs: null };
  const isFlapping = openedAgain(thread, nowMs, policy).length > policy.flapOpens;
  if (isFlapping && nowMs - (thread.overSinceMs ?? nowMs) < policy.flapMs)
    return { thread: { ...thread, phase: 'settling' }, damped: thread.phase === 'settling' ? 0 : 1 };
  return closed(thread, 'resolved');
}

/** The incident that ended last did so because another, that is told elsewhere and not over, has taken it over. */
function wasTakenOver(thread: Thread, sights: Sights): boolean {
  const [last] = sightsOf(thread, sights, () => true).toSorted(
    (a, b) => (b.incident.resolvedMs ?? 0) - (a.incident.resolvedMs ?? 0),
  );
  if (!last || last.incident.mergedInto === null) return false;
  const heir = heirOf(last.incident, sights);
  const goesOn = heir.status === 'open' || heir.mergedInto !== null;
  return goesOn && !thread.members.some(({ id }) => id === heir.id);
}

function isWithoutData(thread: Thread, nowMs: number, policy: LanePolicy): boolean {
  const { noDataTold, unheardSinceMs } = thread;
  return !noDataTold && unheardSinceMs !== null && nowMs - unheardSinceMs >= policy.noDataMs;
}

/** The openings that count for flapping, with one more now. */
function openedAgain({ opens }: Thread, nowMs: number, { flapMs, flapOpens }: LanePolicy): readonly number[] {
  const sinceMs = nowMs - flapMs * (flapOpens + 1);
  return [...opens.filter((ms) => ms > sinceMs), nowMs].slice(-NOTIFY_LIMITS.opensRemembered.value);
}

function sightsOf(thread: Thread, sights: Sights, which: (member: Member) => boolean): Sight[] {
  return thread.members.flatMap((member) => {
    const sight = which(member) ? sights.get(member.id) : undefined;
    return sight ? [sight] : [];
  });
}

/** Names the acknowledgements of all that is open; null unless each has one. */
function ackOf(open: readonly Sight[]): string | null {
  if (open.some(({ ack }) => ack === null)) return null;
  return open.map(({ incident, ack }) => `${incident.id}@${ack?.atMs}`).join(' ');
}

const RANK: Readonly<Record<string, number>> = { warning: 1, critical: 2 };
const rankOf = (severity: string | undefined): number => RANK[severity ?? ''] ?? 0;

const standOf = ({ incident }: Sight): Stand => ({
  severity: incident.severity,
  scope: scopeText(incident.scope),
  blame: incident.blame,
});

interface Changes {
  readonly reasons: readonly string[];
  readonly isWorse: boolean;
  readonly isMilder: boolean;
}

function changesOf(thread: Thread, sights: Sights): Changes {
  const reasons: string[] = [];
  let [worst, worstTold] = [0, 0];
  for (const member of thread.members) {
    worstTold = Math.max(worstTold, member.told ? rankOf(member.told.severity) : 0);
    const sight = sights.get(member.id);
    if (!member.isOpen || !sight) {
      if (member.told && !member.isOpen) reasons.push(`${member.told.scope} is over`);
      continue;
    }
    const now = standOf(sight);
    worst = Math.max(worst, rankOf(now.severity));
    if (!member.told) reasons.push(`also ${now.scope}`);
    else
      for (const name of ['severity', 'scope', 'blame'] as const)
        if (member.told[name] !== now[name]) reasons.push(`${name} ${member.told[name]} → ${now[name]}`);
  }
  return { reasons, isWorse: worst > worstTold, isMilder: worst < worstTold };
}

/** What has been told of each from now on; of what is over there is nothing more to be told. */
function toldAsTheyAre(members: readonly Member[], sights: Sights): readonly Member[] {
  return members.map((member) => {
    const sight = sights.get(member.id);
    if (!member.isOpen) return { ...member, told: null };
    return sight ? { ...member, told: standOf(sight) } : member;
  });
}

/** The worst of those that are open, the oldest of several; without any the one that ended last. */
export function leadOf(thread: Thread, sights: Sights): { lead: Sight | undefined; others: Sight[] } {
  const open = sightsOf(thread, sights, (member) => member.isOpen).sort(
    (a, b) =>
      rankOf(b.incident.severity) - rankOf(a.incident.severity) ||
      a.incident.startedMs - b.incident.startedMs,
  );
  if (open.length > 0) return { lead: open[0], others: open.slice(1) };
  const ended = sightsOf(thread, sights, () => true).sort(
    (a, b) => (b.incident.resolvedMs ?? 0) - (a.incident.resolvedMs ?? 0),
  );
  return { lead: ended[0], others: [] };
}

function tell(
  given: Thread,
  kind: NoticeKind,
  reasons: readonly string[],
  sights: Sights,
  nowMs: number,
): ThreadStep {
  const { lead, others } = leadOf(given, sights);
  // Nothing is known of it any more: there is nobody to say what.
  if (!lead) return { thread: given, damped: 0 };
  const labels = isLast(kind) ? given.labels : alertLabels(given.id, lead.incident, lead.facets);
  const hasOtherLabels = given.seq > 0 && JSON.stringify(labels) !== JSON.stringify(given.labels);
  const thread: Thread = {
    ...given,
    labels,
    seq: given.seq + 1,
    told: { kind, atMs: nowMs },
    members: toldAsTheyAre(given.members, sights),
  };
  return {
    thread,
    draft: { thread, kind, reasons, lead, others, labelsBefore: hasOtherLabels ? given.labels : null },
    damped: 0,
  };
}
