/**
 * What one stretch of telling holds: conversations, messages that wait, and what of both is not yet in the store. Nothing is sent
 * before it is written.
 */
import { type Delivery, isTooOld, newDelivery, superseded } from './delivery.ts';
import type { Notice } from './notice.ts';
import { laneOf, type NotificationTable, type Remembered } from './notification-table.ts';
import type { Thread } from './thread.ts';

export class Outbox {
  readonly #threads = new Map<string, ReadonlyMap<string, Thread>>();
  readonly #waiting: Map<string, Delivery>;
  /** Conversations of which a message was given up though trying again might have helped. */
  readonly #missed = new Set<string>();
  readonly #unwritten = { threads: new Map<string, Thread>(), deliveries: new Map<string, Delivery>() };

  constructor({ threads, waiting }: Remembered) {
    for (const thread of threads) {
      const lane = new Map(this.#threads.get(laneOf(thread.id)));
      this.#threads.set(laneOf(thread.id), lane.set(thread.id, thread));
    }
    this.#waiting = new Map(waiting.map((delivery) => [delivery.notice.id, delivery]));
  }

  /** Of a lane, by id. */
  threads(lane: string): ReadonlyMap<string, Thread> {
    return this.#threads.get(lane) ?? new Map();
  }

  /** Ids of all incidents that anybody was told of, as far back as that is remembered. */
  incidents(): ReadonlySet<string> {
    const told = new Set<string>();
    for (const lane of this.#threads.values())
      for (const { members } of lane.values()) for (const { id } of members) told.add(id);
    return told;
  }

  /** Lanes that have conversations. */
  lanes(): Iterable<string> {
    return this.#threads.keys();
  }

  /** Conversations of which something was given up since the last question. */
  takeMissed(): ReadonlySet<string> {
    const missed = new Set(this.#missed);
    this.#missed.clear();
    return missed;
  }

  /** Takes a lane as it is now. */
  keep(lane: string, threads: ReadonlyMap<string, Thread>, changed: readonly Thread[]): void {
    this.#threads.set(lane, threads);
    for (const thread of changed) this.#unwritten.threads.set(thread.id, thread);
  }

  /** What waits for a receiver, that under way included. */
  waitingFor(receiver: string): Delivery[] {
    return [...this.#waiting.values()].filter(({ notice }) => notice.receiver === receiver);
  }

  /** Adds a message; gives how many older ones it made needless. */
  queue(notice: Notice, underWay: ReadonlySet<string>, nowMs: number): number {
    const old = superseded(this.waitingFor(notice.receiver), notice, underWay, nowMs);
    for (const delivery of old) this.put(delivery);
    this.put(newDelivery(notice, nowMs));
    return old.length;
  }

  /** Takes a message as it is now. */
  put(delivery: Delivery): void {
    const { id } = delivery.notice;
    this.#unwritten.deliveries.set(id, delivery);
    if (isTooOld(delivery)) this.#missed.add(delivery.notice.thread);
    if (delivery.status === 'waiting') this.#waiting.set(id, delivery);
    else this.#waiting.delete(id);
  }

  /** Rejects with a `StoreError`; then all of it waits on. */
  async write(table: NotificationTable, lease: string): Promise<void> {
    const threads = [...this.#unwritten.threads.values()];
    const deliveries = [...this.#unwritten.deliveries.values()];
    await table.write(threads, deliveries, lease);
    const unwritten = this.#unwritten;
    for (const one of threads) if (unwritten.threads.get(one.id) === one) unwritten.threads.delete(one.id);
    for (const one of deliveries)
      if (unwritten.deliveries.get(one.notice.id) === one) unwritten.deliveries.delete(one.notice.id);
  }
}
