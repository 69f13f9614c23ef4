/** Sends what waits for one receiver: each conversation in order, several at once, every attempt within its time. */
import type { Logger } from 'pino';
import { afterAttempt, type Delivery, dueDeliveries } from './delivery.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import type { Notice } from './notice.ts';
import type { Sender, Sent } from './senders/sender.ts';

export interface ReceiverCounts {
  delivered: number;
  failed: number;
  retried: number;
  superseded: number;
  /** Times that what is open was told again. */
  resent: number;
  resend_failed: number;
}

export interface DispatcherDeps {
  readonly log: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly nowMs: () => number;
  /** As long as an attempt may take; the limit when absent. */
  readonly attemptMs?: number;
}

export class Dispatcher {
  readonly name: string;
  readonly counts: ReceiverCounts = {
    delivered: 0,
    failed: 0,
    retried: 0,
    superseded: 0,
    resent: 0,
    resend_failed: 0,
  };
  readonly #sender: Sender;
  readonly #deps: DispatcherDeps;
  /** Cuts what is under way. */
  #stop = new AbortController();
  /** Until then the receiver wants to be left alone. */
  #heldUntilMs = Number.NEGATIVE_INFINITY;
  readonly #underWay = new Map<string, Promise<void>>();
  #resending: Promise<void> | undefined;
  #resentMs = Number.NEGATIVE_INFINITY;

  constructor(name: string, sender: Sender, deps: DispatcherDeps) {
    this.name = name;
    this.#sender = sender;
    this.#deps = deps;
  }

  /** Ids of the messages that are being sent. */
  get underWay(): ReadonlySet<string> {
    return new Set(this.#underWay.keys());
  }

  /** Begins with what is due; `done` is told how each attempt ended. Never waits, never throws. */
  dispatch(waiting: readonly Delivery[], done: (delivery: Delivery) => void): void {
    // What is open and what is over must not overtake each other.
    if (this.#resending || this.#isHeld()) return;
    for (const delivery of dueDeliveries(waiting, this.underWay, this.#deps.nowMs())) {
      const { id } = delivery.notice;
      const sending = this.#deliver(delivery).then((after) => {
        this.#underWay.delete(id);
        if (after) done(after);
      });
      this.#underWay.set(id, sending);
    }
  }

  async #deliver(delivery: Delivery): Promise<Delivery | undefined> {
    const { notice } = delivery;
    const { log, nowMs, random } = this.#deps;
    const { signal } = this.#stop;
    const sent = await this.#attempt((context) => this.#sender.send(notice, context));
    // Cut off by our own end: whoever goes on begins this attempt anew.
    if (!sent.ok && signal.aborted) return undefined;
    const after = afterAttempt(delivery, sent, nowMs(), random());
    const about = { receiver: this.name, message: notice.id, reason: after.error };
    if (after.status === 'delivered') this.counts.delivered += 1;
    else if (after.status === 'waiting') this.counts.retried += 1;
    else {
      this.counts.failed += 1;
      log.warn(about, 'a notification was given up');
    }
    if (after.status === 'delivered' && after.error !== '')
      log.warn(about, 'a notification went amiss in part');
    return after;
  }

  async #attempt(work: (context: { signal: AbortSignal; nowMs: number }) => Promise<Sent>): Promise<Sent> {
    const deadline = AbortSignal.timeout(this.#deps.attemptMs ?? NOTIFY_LIMITS.attemptMs.value);
    const signal = AbortSignal.any([deadline, this.#stop.signal]);
    const sent = await work({ signal, nowMs: this.#deps.nowMs() });
    // What it asks for it asks for all that it is sent.
    if (!sent.ok && sent.afterMs !== undefined)
      this.#heldUntilMs = this.#deps.nowMs() + Math.min(sent.afterMs, NOTIFY_LIMITS.pauseMaxMs.value);
    return sent;
  }

  #isHeld(): boolean {
    const leftMs = this.#heldUntilMs - this.#deps.nowMs();
    // Longer than it ever is: the clock was set back.
    return leftMs > 0 && leftMs <= NOTIFY_LIMITS.pauseMaxMs.value;
  }

  /** Tells again what is open, when it is time and nothing else is under way. */
  resend(everyMs: number, notices: () => readonly Notice[]): void {
    const nowMs = this.#deps.nowMs();
    const { resend } = this.#sender;
    if (!resend || this.#resending || this.#underWay.size > 0 || this.#isHeld()) return;
    if (Math.abs(nowMs - this.#resentMs) < everyMs) return;
    this.#resentMs = nowMs;
    const open = notices();
    if (open.length === 0) return;
    this.#resending = this.#attempt((context) => resend(open, context)).then((sent) => {
      this.#resending = undefined;
      if (sent.ok) this.counts.resent += 1;
      else {
        this.counts.resend_failed += 1;
        this.#deps.log.warn(
          { receiver: this.name, reason: sent.reason },
          'open alerts could not be told again',
        );
      }
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all([...this.#underWay.values(), this.#resending]);
  }

  /** Cuts what is under way: another collector sends from now on, and nothing old may come behind what that sends. */
  cut(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
  }

  /** Gives what is under way a little time, then aborts it. */
  async close(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#stop.abort(), graceMs);
    await this.idle();
    clearTimeout(timer);
    this.#stop.abort();
  }
}
