/** A message on its way to one receiver: when it is due, and what becomes of it. Pure. */
import { NOTIFY_LIMITS } from './limits.ts';
import type { Notice } from './notice.ts';
import type { Sent } from './senders/sender.ts';

export type DeliveryStatus =
  | 'waiting'
  | 'delivered'
  /** Given up: the receiver refused it, or was down for too long. */
  | 'failed'
  /** News that later ones of the same conversation have made old before they were delivered. */
  | 'superseded';

export interface Delivery {
  readonly notice: Notice;
  readonly status: DeliveryStatus;
  readonly createdMs: number;
  /** Not before this is it tried. */
  readonly dueMs: number;
  readonly attempts: number;
  /** Why the last attempt failed, or what went amiss though it did not; empty for nothing. */
  readonly error: string;
  readonly doneMs: number | null;
}

export function newDelivery(notice: Notice, nowMs: number): Delivery {
  return { notice, status: 'waiting', createdMs: nowMs, dueMs: nowMs, attempts: 0, error: '', doneMs: null };
}

/** Full jitter: uniform up to a bound that doubles. What the receiver asks for is waited at least. */
export function pauseMs(attempts: number, afterMs: number, random: number): number {
  const { pauseMaxMs, pauseMs: first } = NOTIFY_LIMITS;
  const bound = Math.min(pauseMaxMs.value, first.value * 2 ** Math.min(30, attempts - 1));
  return Math.round(Math.min(pauseMaxMs.value, Math.max(afterMs, random * bound)));
}

/** How old it may become. */
const longestMs = ({ notice }: Delivery): number =>
  (ENDS.has(notice.event) ? NOTIFY_LIMITS.lastWordMs : NOTIFY_LIMITS.ageMs).value;

/** Given up because its receiver was down for too long, and not because that refused it. */
export const isTooOld = (delivery: Delivery): boolean =>
  delivery.status === 'failed' && delivery.dueMs - delivery.createdMs > longestMs(delivery);

/** After an attempt. `random`: uniform in [0, 1). */
export function afterAttempt(delivery: Delivery, sent: Sent, nowMs: number, random: number): Delivery {
  const attempts = delivery.attempts + 1;
  if (sent.ok) return { ...delivery, attempts, status: 'delivered', error: sent.note ?? '', doneMs: nowMs };
  const dueMs = nowMs + pauseMs(attempts, sent.afterMs ?? 0, random);
  const after = { ...delivery, attempts, dueMs, error: sent.reason };
  return !sent.retry || dueMs - delivery.createdMs > longestMs(delivery)
    ? { ...after, status: 'failed', doneMs: nowMs }
    : after;
}

/** The last word of a conversation. */
const ENDS = new Set(['incident.resolved', 'incident.merged', 'incident.no_data_closed']);

/** News that nobody misses when newer ones follow. What opens and ends a conversation is never left out. */
const PASSING = new Set(['incident.updated', 'incident.reminder', 'incident.no_data']);

/** Those of the waiting ones that a new message makes old; `under way` ones are not touched. */
export function superseded(
  waiting: readonly Delivery[],
  news: Notice,
  underWay: ReadonlySet<string>,
  nowMs: number,
): Delivery[] {
  return waiting
    .filter(
      ({ notice }) =>
        notice.thread === news.thread &&
        notice.seq < news.seq &&
        PASSING.has(notice.event) &&
        // The labels that it was to end would stay.
        notice.labels_before === null &&
        !underWay.has(notice.id),
    )
    .map((delivery) => ({ ...delivery, status: 'superseded', doneMs: nowMs }));
}

/** What may be sent now: of each thread the first that waits, if it is due, as many as there is room for. */
export function dueDeliveries(
  waiting: readonly Delivery[],
  underWay: ReadonlySet<string>,
  nowMs: number,
): Delivery[] {
  const first = new Map<string, Delivery>();
  for (const delivery of waiting) {
    const { thread, seq } = delivery.notice;
    const known = first.get(thread);
    if (!known || seq < known.notice.seq) first.set(thread, delivery);
  }
  let under = 0;
  for (const { notice } of waiting) if (underWay.has(notice.id)) under += 1;
  // What is due later than it ever could be was put off by a clock that has been set back since.
  const { value: longestMs } = NOTIFY_LIMITS.pauseMaxMs;
  const isDue = (dueMs: number) => dueMs <= nowMs || dueMs > nowMs + longestMs;
  return [...first.values()]
    .filter(({ notice, dueMs }) => isDue(dueMs) && !underWay.has(notice.id))
    .sort((a, b) => a.createdMs - b.createdMs)
    .slice(0, Math.max(0, NOTIFY_LIMITS.concurrent.value - under));
}
