import { describe, expect, it } from 'vitest';
import {
  afterAttempt,
  type Delivery,
  dueDeliveries,
  isTooOld,
  newDelivery,
  pauseMs,
  superseded,
} from '../../../collector/notify/delivery.ts';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import type { Sent } from '../../../collector/notify/senders/sender.ts';
import { noticeFor } from './notices.ts';

const DOWN: Sent = { ok: false, retry: true, reason: 'HTTP 503' };
const message = (thread: string, seq: number, event = 'incident.opened', dueMs = 0): Delivery => ({
  ...newDelivery(noticeFor({ thread, seq, event, id: `${thread}#${seq}` }), 0),
  createdMs: seq,
  dueMs,
});
const ids = (all: readonly Delivery[]) => all.map(({ notice }) => notice.id);

describe('a message', () => {
  it('that is delivered is done, and says what went amiss all the same', () => {
    expect(afterAttempt(message('a', 1), { ok: true }, 50, 0)).toMatchObject({
      status: 'delivered',
      attempts: 1,
      doneMs: 50,
      error: '',
    });
    expect(afterAttempt(message('a', 1), { ok: true, note: 'refused: x' }, 50, 0).error).toBe('refused: x');
  });

  it('that fails is tried again after pauses that double under full jitter, up to pauseMaxMs', () => {
    const { pauseMs: first, pauseMaxMs } = NOTIFY_LIMITS;
    expect([1, 2, 3, 4].map((attempts) => pauseMs(attempts, 0, 0.5))).toEqual(
      [1, 2, 4, 8].map((times) => (times * first.value) / 2),
    );
    expect(pauseMs(60, 0, 0.999)).toBeLessThanOrEqual(pauseMaxMs.value);
    expect(pauseMs(1, 7000, 0)).toBe(7000);
    expect(pauseMs(1, 86_400_000, 0)).toBe(pauseMaxMs.value);
    expect(afterAttempt(message('a', 1), DOWN, 100, 0.5)).toMatchObject({
      status: 'waiting',
      attempts: 1,
      dueMs: 100 + first.value / 2,
      error: 'HTTP 503',
    });
  });

  it('that a receiver refuses is given up at once', () => {
    const refused = afterAttempt(message('a', 1), { ok: false, retry: false, reason: 'HTTP 400' }, 9, 0);
    expect(refused).toMatchObject({ status: 'failed', attempts: 1, error: 'HTTP 400', doneMs: 9 });
  });

  it('is given up when it would be older than ageMs, whatever the attempts', () => {
    const young = afterAttempt(message('a', 1), DOWN, NOTIFY_LIMITS.ageMs.value - 5000, 0);
    const old = afterAttempt(message('a', 1), DOWN, NOTIFY_LIMITS.ageMs.value + 2, 0);
    expect([young.status, old.status]).toEqual(['waiting', 'failed']);
  });

  it('that is the last word is tried up to lastWordMs: who was told that it began must hear how it ended', () => {
    const { ageMs, lastWordMs, pauseMaxMs } = NOTIFY_LIMITS;
    const at = (event: string, ms: number) => afterAttempt(message('a', 1, event), DOWN, ms, 0).status;
    for (const event of ['incident.resolved', 'incident.merged', 'incident.no_data_closed']) {
      expect(at(event, ageMs.value + pauseMaxMs.value)).toBe('waiting');
      expect(at(event, lastWordMs.value + pauseMaxMs.value)).toBe('failed');
    }
    expect(at('incident.opened', ageMs.value + pauseMaxMs.value)).toBe('failed');
  });

  it('to a receiver that is down for hours is waited for, however many attempts that takes', () => {
    let one = message('a', 1);
    let nowMs = 0;
    while (nowMs < 5 * 3_600_000) {
      one = afterAttempt(one, DOWN, nowMs, 0.1);
      nowMs = one.dueMs;
    }
    expect(one.status).toBe('waiting');
    expect(one.attempts).toBeGreaterThan(100);
  });

  it('that was given up for its age is known as that; one that was refused is not', () => {
    const old = afterAttempt(message('a', 1), DOWN, NOTIFY_LIMITS.ageMs.value + 2, 0);
    const refused = afterAttempt(message('a', 1), { ok: false, retry: false, reason: 'HTTP 400' }, 9, 0);
    expect([old, refused, message('a', 1)].map(isTooOld)).toEqual([true, false, false]);
  });
});

describe('what is due', () => {
  const none = new Set<string>();

  it('is of each conversation its first message that waits, the oldest conversation first', () => {
    const waiting = [message('b', 5), message('a', 3), message('a', 2), message('b', 4)];
    expect(ids(dueDeliveries(waiting, none, 10))).toEqual(['a#2', 'b#4']);
  });

  it('keeps the order of a conversation: nothing overtakes what is under way, or waits for its time', () => {
    const waiting = [
      message('a', 1),
      message('a', 2),
      message('b', 1, 'incident.opened', 99),
      message('b', 2),
    ];
    expect(ids(dueDeliveries(waiting, new Set(['a#1']), 10))).toEqual([]);
    expect(ids(dueDeliveries(waiting, none, 99))).toEqual(['a#1', 'b#1']);
  });

  it('is also what a clock that has been set back since put off for longer than any pause', () => {
    const late = message('a', 1, 'incident.opened', 3_600_000);
    expect(ids(dueDeliveries([late], none, 0))).toEqual(['a#1']);
    const paused = message('a', 1, 'incident.opened', NOTIFY_LIMITS.pauseMaxMs.value);
    expect(ids(dueDeliveries([paused], none, 0))).toEqual([]);
  });

  it('is at most `concurrent` messages together with those under way', () => {
    const many = Array.from({ length: 20 }, (_, i) => message(`t${10 + i}`, 1));
    expect(dueDeliveries(many, none, 10)).toHaveLength(NOTIFY_LIMITS.concurrent.value);
    expect(dueDeliveries(many, new Set(['t10#1']), 10)).toHaveLength(NOTIFY_LIMITS.concurrent.value - 1);
  });
});

describe('news that were not delivered in time', () => {
  it('are left out when newer ones of the same conversation come; its beginning and its end never are', () => {
    const waiting = [
      message('a', 1),
      message('a', 2, 'incident.updated'),
      message('a', 3, 'incident.reminder'),
      message('a', 4, 'incident.resolved'),
      message('a', 5, 'incident.updated'),
      message('b', 1, 'incident.updated'),
    ];
    const news = noticeFor({ thread: 'a', seq: 6 });
    const old = superseded(waiting, news, new Set(['a#5']), 77);
    expect(ids(old)).toEqual(['a#2', 'a#3']);
    expect(old[0]).toMatchObject({ status: 'superseded', doneMs: 77 });
  });

  it('are kept where they end an alert that was under other labels', () => {
    const labelled = { ...message('a', 2, 'incident.updated') };
    const waiting = [{ ...labelled, notice: { ...labelled.notice, labels_before: { severity: 'warning' } } }];
    expect(superseded(waiting, noticeFor({ thread: 'a', seq: 3 }), new Set(), 0)).toEqual([]);
  });
});
