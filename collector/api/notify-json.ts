/** Notifications, silences and maintenance windows as the API gives them. Nothing of an address or a secret is in them. */
import type { Delivery } from '../notify/delivery.ts';
import type { Told } from '../notify/live-notifier.ts';
import { type MaintenanceWindow, nextOccurrence, occurrenceAt } from '../notify/maintenance.ts';
import { matchText } from '../notify/matchers.ts';
import { isInForce, type Silence } from '../notify/silence-table.ts';
import type { Ack } from '../notify/thread.ts';
import type { NotificationJson, QuietJson, SilenceJson, WordJson } from './answers/incidents.ts';
import { iso, isoOrNull } from './instant.ts';

/** One message to one receiver. */
function deliveryJson({ notice, ...delivery }: Delivery): NotificationJson {
  return {
    event: notice.event,
    route: notice.route,
    receiver: notice.receiver,
    status: delivery.status,
    attempts: delivery.attempts,
    error: delivery.error,
    title: notice.text.title,
    created_at: iso(delivery.createdMs),
    due_at: isoOrNull(delivery.doneMs === null ? delivery.dueMs : null),
    done_at: isoOrNull(delivery.doneMs),
    id: notice.id,
  };
}

/** Why somebody is not told, in words. */
function heldText(by: string, silenced: QuietJson | null): string {
  if (by === 'wait') return 'its route waits a while before it tells of anything';
  if (by === 'members') return 'the conversation that it belongs to has no room for more incidents';
  if (silenced && by === `${silenced.kind} ${silenced.id}`) return quietText(silenced);
  return by;
}

/** `silenced by 3f0a until 2026-11-21T14:00:00.000Z (mara: racks)`. */
export function quietText({ by, comment, id, kind, until }: QuietJson): string {
  const why = [by, comment].filter((part) => part).join(': ');
  const what = kind === 'silence' ? `silenced by ${id}` : `in maintenance window ${id}`;
  return `${what}${until ? ` until ${until}` : ''}${why ? ` (${why})` : ''}`;
}

/** What an incident has beside its evidence: who was told, who was not and why. */
export function toldJson({ deliveries, held }: Told, silenced: QuietJson | null) {
  return {
    notifications: deliveries.map(deliveryJson),
    /** What the collector that tells knows; elsewhere what everybody knows. `lane` is `ROUTE/RECEIVER`, null for all of them. */
    not_told:
      held.length === 0 && deliveries.length === 0 && silenced
        ? [{ lane: null, because: `${silenced.kind} ${silenced.id}`, text: quietText(silenced) }]
        : held.map(({ by, lane }) => ({ lane, because: by, text: heldText(by, silenced) })),
  };
}

export const ackJson = (ack: Ack): WordJson => ({ by: ack.by, comment: ack.comment, at: iso(ack.atMs) });

export function silenceJson(silence: Silence, nowMs: number): SilenceJson {
  const isPending = nowMs < silence.startsMs;
  return {
    id: silence.id,
    kind: 'silence',
    state: isInForce(silence, nowMs) ? 'active' : isPending && silence.endsMs > nowMs ? 'pending' : 'ended',
    match: silence.match,
    match_text: matchText(silence.match),
    starts_at: iso(silence.startsMs),
    ends_at: iso(silence.endsMs),
    author: silence.author,
    comment: silence.comment,
    created_at: iso(silence.createdMs),
    expired_by: silence.expiredBy || null,
  };
}

/** A window with the occurrence that is open, or the next one. */
export function windowJson(window: MaintenanceWindow, nowMs: number): SilenceJson {
  const next = nextOccurrence(window, nowMs);
  return {
    id: window.name,
    kind: 'maintenance',
    state: occurrenceAt(window, nowMs) ? 'active' : next ? 'pending' : 'ended',
    match: window.match,
    match_text: matchText(window.match),
    starts_at: isoOrNull(next?.startMs),
    ends_at: isoOrNull(next?.endMs),
    author: '',
    comment: [window.comment, `${window.repeat ?? 'once'}, ${window.zone}`].filter((part) => part).join('; '),
    created_at: null,
    expired_by: null,
  };
}
