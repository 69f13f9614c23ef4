import { describe, expect, it } from 'vitest';
import { type Delivery, newDelivery } from '../../../collector/notify/delivery.ts';
import { Dispatcher } from '../../../collector/notify/dispatcher.ts';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import type { Sender, Sent } from '../../../collector/notify/senders/sender.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';
import { noticeFor } from './notices.ts';

/** A receiver that answers when the test says so. */
class Scripted implements Sender {
  readonly begun: string[] = [];
  readonly #answers: ((sent: Sent) => void)[] = [];
  send: Sender['send'] = (notice, { signal }) => {
    this.begun.push(notice.id);
    return this.#wait(signal);
  };
  resend: NonNullable<Sender['resend']> = (notices, { signal }) => {
    this.begun.push(`again ${notices.length}`);
    return this.#wait(signal);
  };
  #wait(signal: AbortSignal): Promise<Sent> {
    return new Promise((resolve) => {
      this.#answers.push(resolve);
      signal.addEventListener('abort', () => resolve({ ok: false, retry: true, reason: 'cut' }));
    });
  }
  async answer(sent: Sent = { ok: true }): Promise<void> {
    this.#answers.shift()?.(sent);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const message = (thread: string, seq = 1): Delivery =>
  newDelivery(noticeFor({ thread, seq, id: `${thread}#${seq}` }), 0);

function dispatcher(clock = { nowMs: 0 }) {
  const sender = new Scripted();
  const deps = { log: SILENT_LOG, random: () => 0, nowMs: () => clock.nowMs };
  return { sender, one: new Dispatcher('hook', sender, deps), done: [] as Delivery[], clock };
}

describe('a dispatcher', () => {
  it('begins with what is due, and with nothing twice', async () => {
    const { done, one, sender } = dispatcher();
    const waiting = [message('a', 1), message('a', 2), message('b')];
    for (let i = 0; i < 3; i += 1) one.dispatch(waiting, (after) => done.push(after));
    expect(sender.begun).toEqual(['a#1', 'b#1']);
    await sender.answer();
    expect(done).toMatchObject([{ status: 'delivered', notice: { id: 'a#1' } }]);
    one.dispatch([message('a', 2), message('b')], (after) => done.push(after));
    expect(sender.begun).toEqual(['a#1', 'b#1', 'a#2']);
    await one.close(0);
  });

  it('counts how attempts end', async () => {
    const { done, one, sender } = dispatcher();
    one.dispatch([message('a'), message('b'), message('c')], (after) => done.push(after));
    await sender.answer();
    await sender.answer({ ok: false, retry: true, reason: 'HTTP 503' });
    await sender.answer({ ok: false, retry: false, reason: 'HTTP 400' });
    expect(one.counts).toMatchObject({ delivered: 1, retried: 1, failed: 1 });
    expect(done.map(({ status }) => status)).toEqual(['delivered', 'waiting', 'failed']);
  });

  it('lets what is open and what is over not overtake each other', async () => {
    const { one, sender, clock } = dispatcher();
    const again = () => [noticeFor()];
    one.dispatch([message('a')], () => undefined);
    one.resend(60_000, again);
    expect(sender.begun).toEqual(['a#1']);
    await sender.answer();
    one.resend(60_000, again);
    one.dispatch([message('b')], () => undefined);
    expect(sender.begun).toEqual(['a#1', 'again 1']);
    await sender.answer({ ok: false, retry: true, reason: 'HTTP 503' });
    expect(one.counts).toMatchObject({ resent: 0, resend_failed: 1 });
    one.resend(60_000, again);
    expect(sender.begun).toHaveLength(2);
    clock.nowMs = 60_000;
    one.resend(60_000, again);
    expect(sender.begun).toHaveLength(3);
    await sender.answer();
    expect(one.counts.resent).toBe(1);
    clock.nowMs = 120_000;
    one.resend(60_000, () => []);
    expect(sender.begun).toHaveLength(3);
  });

  it('says nothing of an attempt that its own end has cut: whoever goes on begins it anew', async () => {
    const { done, one } = dispatcher();
    one.dispatch([message('a')], (after) => done.push(after));
    await one.close(0);
    expect([done, one.counts.retried]).toEqual([[], 0]);
    expect(one.underWay.size).toBe(0);
  });

  it('has at most `concurrent` under way', async () => {
    const { one, sender } = dispatcher();
    const many = Array.from({ length: 10 }, (_, i) => message(`t${i}`));
    one.dispatch(many, () => undefined);
    one.dispatch(many, () => undefined);
    expect(sender.begun).toHaveLength(NOTIFY_LIMITS.concurrent.value);
    await one.close(0);
  });

  it('leaves a receiver alone for as long as that asks, whatever else waits for it', async () => {
    const { clock, one, sender } = dispatcher();
    const waiting = [message('a'), message('b')];
    one.dispatch(waiting.slice(0, 1), () => undefined);
    await sender.answer({ ok: false, retry: true, reason: 'HTTP 429', afterMs: 30_000 });
    one.dispatch(waiting.slice(1), () => undefined);
    one.resend(1000, () => [noticeFor()]);
    clock.nowMs = 29_999;
    one.dispatch(waiting.slice(1), () => undefined);
    expect(sender.begun).toEqual(['a#1']);
    clock.nowMs = 30_000;
    one.dispatch(waiting.slice(1), () => undefined);
    expect(sender.begun).toEqual(['a#1', 'b#1']);
    await sender.answer({ ok: false, retry: true, reason: 'HTTP 429', afterMs: 30_000 });
    // Set back by an hour: it is not left alone for that as well.
    clock.nowMs -= 3_600_000;
    one.dispatch([message('c')], () => undefined);
    expect(sender.begun).toEqual(['a#1', 'b#1', 'c#1']);
    await one.close(0);
  });
});
