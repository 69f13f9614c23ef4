/** Threads and messages in the store: one insert brings both. The latest row of an id counts. */
import type { Store } from '../store/store.ts';
import type { Delivery, DeliveryStatus } from './delivery.ts';
import { NOTIFY_LIMITS } from './limits.ts';
import type { Notice } from './notice.ts';
import type { Thread } from './thread.ts';

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly attempts: number;
  readonly error: string;
  readonly created_ms: number;
  readonly due_ms: number;
  readonly done_ms: number | null;
  readonly body: string;
  readonly version: number;
}

const COLUMNS = `id, kind, status, attempts, error, body, version,
  toUnixTimestamp64Milli(created_at) AS created_ms, toUnixTimestamp64Milli(due_at) AS due_ms,
  toUnixTimestamp64Milli(done_at) AS done_ms`;

const LOAD_SQL = `SELECT ${COLUMNS} FROM notifications FINAL
WHERE (kind = 'thread' AND (status != 'closed' OR done_at >= fromUnixTimestamp64Milli({since_ms:Int64})))
  OR (kind != 'thread' AND status = 'waiting')
ORDER BY created_at`;

const OF_INCIDENT_SQL = `SELECT ${COLUMNS} FROM notifications FINAL
WHERE has(incidents, {incident:String}) AND kind != 'thread'
ORDER BY created_at DESC, seq DESC LIMIT {limit:UInt32}`;

const COUNT_SQL = `SELECT max(version) AS version FROM notifications`;

/** Messages about one incident that people are shown: the newest. */
const SHOWN_OF_INCIDENT = 100;

/** What whoever sends goes on from. */
export interface Remembered {
  readonly threads: readonly Thread[];
  readonly waiting: readonly Delivery[];
}

function deliveryOf(row: Row): Delivery {
  return {
    notice: JSON.parse(row.body) as Notice,
    status: row.status as DeliveryStatus,
    createdMs: row.created_ms,
    dueMs: row.due_ms,
    attempts: row.attempts,
    error: row.error,
    doneMs: row.done_ms,
  };
}

/** Name of the lane that a thread belongs to. */
export const laneOf = (thread: string): string => thread.split('/').slice(0, 2).join('/');

export class NotificationTable {
  readonly #store: Pick<Store, 'query' | 'insertRows'>;
  readonly #nowMs: () => number;
  #version = 0;

  /** `nowMs`: the clock of the store. */
  constructor(store: Pick<Store, 'query' | 'insertRows'>, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** Rejects with a `StoreError`. */
  async load(): Promise<Remembered> {
    const since_ms = Math.floor(this.#nowMs()) - NOTIFY_LIMITS.keptMs.value;
    const rows = await this.#store.query<Row>(LOAD_SQL, { since_ms });
    const [highest] = await this.#store.query<{ version: number }>(COUNT_SQL);
    this.#version = Math.max(this.#version, highest?.version ?? 0);
    return {
      threads: rows.filter(({ kind }) => kind === 'thread').map(({ body }) => JSON.parse(body) as Thread),
      waiting: rows.filter(({ kind }) => kind !== 'thread').map(deliveryOf),
    };
  }

  /** The newest first. Rejects with a `StoreError`. */
  async ofIncident(incident: string): Promise<readonly Delivery[]> {
    const rows = await this.#store.query<Row>(OF_INCIDENT_SQL, { incident, limit: SHOWN_OF_INCIDENT });
    return rows.map(deliveryOf);
  }

  /** All of it in one insert, under a lease. Rejects with a `StoreError`; code `fenced` when another collector has the lease. */
  async write(threads: readonly Thread[], deliveries: readonly Delivery[], lease: string): Promise<void> {
    if (threads.length + deliveries.length === 0) return;
    this.#version = Math.max(this.#version + 1, Math.floor(this.#nowMs()));
    const version = this.#version;
    const rows = [
      ...threads.map((thread) => threadRow(thread)),
      ...deliveries.map((delivery) => deliveryRow(delivery)),
    ].map((row) => ({ ...row, lease, version }));
    await this.#store.insertRows('notifications', rows);
  }
}

function threadRow(thread: Thread): Record<string, unknown> {
  const [route = '', receiver = ''] = thread.id.split('/');
  return {
    id: thread.id,
    kind: 'thread',
    thread: thread.id,
    incidents: thread.members.map(({ id }) => id),
    route,
    receiver,
    seq: thread.seq,
    status: thread.phase,
    attempts: 0,
    error: '',
    created_at: thread.openedMs,
    due_at: thread.openedMs,
    done_at: thread.closedMs,
    body: JSON.stringify(thread),
  };
}

function deliveryRow({ notice, ...delivery }: Delivery): Record<string, unknown> {
  const { event, id, others, receiver, route, seq, subject, thread } = notice;
  const about = 'incident' in subject ? [subject.incident.id] : [];
  return {
    id,
    kind: event,
    thread,
    incidents: [...about, ...others.map((other) => other.id)],
    route,
    receiver,
    seq,
    status: delivery.status,
    attempts: delivery.attempts,
    error: delivery.error,
    created_at: delivery.createdMs,
    due_at: delivery.dueMs,
    done_at: delivery.doneMs,
    body: JSON.stringify(notice),
  };
}
