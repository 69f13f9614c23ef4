/**
 * Tells other programs of incidents, and of alarms about the model: POST of `{event, incident}` or `{event, alarm}`, as the API
 * gives them, signed by HMAC.
 * Delivery to each receiver is in order and at least once, within bounds: a receiver that stays down loses events, counted.
 */
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { incidentJson } from '../api/incident-json.ts';
import type { IncidentEvent } from '../detect/incident.ts';
import { INCIDENT_LIMITS } from './limits.ts';

export interface WebhookReceiver {
  readonly url: string;
  /** Key of the signature in `x-outrider-signature`; without it nothing is signed. */
  readonly secret?: string;
}

export interface WebhookCounters {
  delivered: number;
  retried: number;
  failed: number;
  dropped: number;
}

export interface WebhookDeps {
  readonly log: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Waits; rejects when the signal aborts. Tests pass one that does not wait. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
  /** As long as an attempt may take; the limit when absent. */
  readonly attemptMs?: number;
}

/** `sha256=<hex>` over the exact bytes of the body: what a receiver compares with. */
export function signatureOf(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** How an attempt ended: retried, when trying again can help. */
type Attempt =
  | { readonly ok: true }
  | { readonly ok: false; readonly retry: boolean; readonly reason: string; readonly afterMs?: number };

interface Notice {
  readonly event: string;
  readonly id: string;
  readonly body: string;
}

const pauseByTimer = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal });
};

/** One receiver with its queue. */
class Outlet {
  readonly #receiver: WebhookReceiver;
  readonly #deps: WebhookDeps;
  readonly #counters: WebhookCounters;
  readonly #signal: AbortSignal;
  readonly #queue: Notice[] = [];
  #running: Promise<void> | undefined;

  constructor(receiver: WebhookReceiver, deps: WebhookDeps, counters: WebhookCounters, signal: AbortSignal) {
    this.#receiver = receiver;
    this.#deps = deps;
    this.#counters = counters;
    this.#signal = signal;
  }

  /** Origin only: paths and queries of receivers carry their secrets. */
  get name(): string {
    return new URL(this.#receiver.url).origin;
  }

  push(notice: Notice): void {
    if (this.#queue.length >= INCIDENT_LIMITS.webhookQueue.value) {
      this.#counters.dropped += 1;
      this.#deps.log.warn({ receiver: this.name, about: notice.id }, 'webhook queue is full, event dropped');
      return;
    }
    this.#queue.push(notice);
    this.#running ??= this.#run();
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let notice = this.#queue[0]; notice; notice = this.#queue[0]) {
      await this.#deliver(notice);
      this.#queue.shift();
    }
    this.#running = undefined;
  }

  async #deliver(notice: Notice): Promise<void> {
    const { monotonicMs, log } = this.#deps;
    const untilMs = monotonicMs() + INCIDENT_LIMITS.webhookDeadlineMs.value;
    let reason = 'the collector is stopping';
    for (let attempt = 0; attempt < INCIDENT_LIMITS.webhookAttempts.value; attempt += 1) {
      if (this.#signal.aborted) break;
      const result = await this.#attempt(notice);
      if (result.ok) {
        this.#counters.delivered += 1;
        return;
      }
      reason = result.reason;
      const pauseMs = this.#pauseMs(attempt, result.afterMs);
      const last = attempt + 1 === INCIDENT_LIMITS.webhookAttempts.value;
      if (!result.retry || last || monotonicMs() + pauseMs > untilMs) break;
      this.#counters.retried += 1;
      await (this.#deps.pause ?? pauseByTimer)(pauseMs, this.#signal).catch(() => undefined);
    }
    this.#counters.failed += 1;
    log.warn({ receiver: this.name, about: notice.id, event: notice.event, reason }, 'webhook not delivered');
  }

  /** Full jitter: uniform up to a bound that doubles. What the receiver asks for is waited at least. */
  #pauseMs(attempt: number, afterMs = 0): number {
    const { webhookPauseMs, webhookPauseMaxMs } = INCIDENT_LIMITS;
    const bound = Math.min(webhookPauseMaxMs.value, webhookPauseMs.value * 2 ** attempt);
    return Math.min(webhookPauseMaxMs.value, Math.max(afterMs, this.#deps.random() * bound));
  }

  async #attempt(notice: Notice): Promise<Attempt> {
    const { url, secret } = this.#receiver;
    const deadline = AbortSignal.timeout(this.#deps.attemptMs ?? INCIDENT_LIMITS.webhookAttemptMs.value);
    try {
      const response = await fetch(url, {
        method: 'POST',
        body: notice.body,
        redirect: 'manual',
        signal: AbortSignal.any([deadline, this.#signal]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Outrider (webhook)',
          'x-outrider-event': notice.event,
          ...(secret ? { 'x-outrider-signature': signatureOf(secret, notice.body) } : {}),
        },
      });
      await response.body?.cancel();
      if (response.ok) return { ok: true };
      const retry = response.status >= 500 || response.status === 408 || response.status === 429;
      const afterMs = 1000 * Number(response.headers.get('retry-after') ?? 0);
      return {
        ok: false,
        retry,
        reason: `HTTP ${response.status}`,
        ...(afterMs > 0 ? { afterMs } : {}),
      };
    } catch (error) {
      return { ok: false, retry: true, reason: reasonOf(error) };
    }
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

export class Webhooks {
  readonly counters: WebhookCounters = { delivered: 0, retried: 0, failed: 0, dropped: 0 };
  readonly #stop = new AbortController();
  readonly #outlets: readonly Outlet[];

  constructor(receivers: readonly WebhookReceiver[], deps: WebhookDeps) {
    this.#outlets = receivers.map((receiver) => new Outlet(receiver, deps, this.counters, this.#stop.signal));
  }

  /** Queues an event for every receiver; never waits, never throws. */
  send({ kind, incident }: IncidentEvent): void {
    this.notify(`incident.${kind}`, incident.id, { incident: incidentJson(incident) });
  }

  /** The same for any other event: its body is `{event, …content}`. `id` names in the log what it is about. */
  notify(event: string, id: string, content: Readonly<Record<string, unknown>>): void {
    const body = JSON.stringify({ event, ...content });
    for (const outlet of this.#outlets) outlet.push({ event, id, body });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await Promise.all(this.#outlets.map((outlet) => outlet.idle()));
  }

  /** Gives what is under way a little time, then aborts it. */
  async close(graceMs: number = INCIDENT_LIMITS.closeMs.value): Promise<void> {
    const timer = setTimeout(() => this.#stop.abort(), graceMs);
    await this.idle();
    clearTimeout(timer);
  }
}
