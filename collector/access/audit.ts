/**
 * Who changed what. An entry goes into the log of the collector at once and into the store as soon as that takes it; a change is not
 * refused because its entry cannot be written.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { Redactor } from '../../probes/redact.ts';
import type { Store } from '../store/store.ts';
import { ACCESS_LIMITS } from './limits.ts';

export interface AuditEntry {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Name of the token; empty where there is no access control. */
  readonly actor: string;
  /** Its id. */
  readonly token: string;
  readonly role: string;
  /** `POST /api/v1/silences`; `ENROL agent` and `TAKE token` are what was done without the API. */
  readonly action: string;
  /** Of the request; otherwise what it was done to. */
  readonly path: string;
  /** Of the answer, or what it would be. */
  readonly status: number;
  readonly remote: string;
  /** JSON, as `auditDetail` gives it; empty for none. */
  readonly detail: string;
}

export interface AuditFilter {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly actor?: string | undefined;
  readonly limit: number;
}

interface AuditRow extends Omit<AuditEntry, 'atMs'> {
  readonly id: string;
  readonly collector: string;
  readonly at: string;
}

type Row = Readonly<Record<string, unknown>>;

export interface AuditOptions {
  readonly store: Pick<Store, 'query' | 'insertRows'>;
  /** Name of this collector. */
  readonly collector: string;
  readonly log: Logger;
  /** How long to wait before another attempt; default 1000. */
  readonly retryMs?: number;
}

const RETRY_MS = 1000;
const BATCH = 100;

export class Audit {
  readonly counters = { written: 0, lost: 0 };
  readonly #options: AuditOptions;
  #waiting: Row[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Notes a change. */
  note(entry: AuditEntry): void {
    const { collector, log } = this.#options;
    log.info({ audit: entry }, 'changed');
    const { atMs, ...same } = entry;
    this.#waiting.push({ at: Math.floor(atMs), id: randomUUID(), collector, ...same });
    if (this.#waiting.length > ACCESS_LIMITS.auditWaiting.value) {
      this.#waiting.shift();
      this.counters.lost += 1;
    }
    this.#writing ??= this.#write();
  }

  /** Entries, the newest first. Waits for those of this collector. Rejects with a `StoreError`. */
  async list({ actor, limit, sinceMs, untilMs }: AuditFilter): Promise<readonly AuditRow[]> {
    await this.#flush();
    return this.#options.store.query<AuditRow>(
      `SELECT at, id, collector, actor, token, role, action, path, status, remote, detail FROM access_audit
WHERE at >= fromUnixTimestamp64Milli({since:Int64}) AND at <= fromUnixTimestamp64Milli({until:Int64})
  AND ({anyone:Bool} OR actor = {actor:String} OR token = {actor:String})
ORDER BY at DESC, id LIMIT {limit:UInt32}`,
      { since: sinceMs, until: untilMs, anyone: actor === undefined, actor: actor ?? '', limit },
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#flush();
    this.counters.lost += this.#waiting.length;
    if (this.#waiting.length > 0)
      this.#options.log.warn({ entries: this.#waiting.length }, 'entries of the audit log were not stored');
  }

  async #flush(): Promise<void> {
    await Promise.race([this.#writing, new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref())]);
  }

  async #write(): Promise<void> {
    const { log, retryMs = RETRY_MS, store } = this.#options;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH);
      try {
        await store.insertRows('access_audit', batch);
        // Some may have been given up meanwhile.
        this.#waiting = this.#waiting.filter((row) => !batch.includes(row));
        this.counters.written += batch.length;
      } catch (error) {
        log.error({ err: error, entries: this.#waiting.length }, 'the audit log could not be written');
        if (this.#closed) break;
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
      }
    }
    this.#writing = undefined;
  }
}

const REDACTOR = new Redactor();

/** What a body asked for, as one line of JSON: things that have names by these, secrets taken out, the rest cut. */
export function auditDetail(body: string): string {
  if (body === '') return '';
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return '';
  }
  const text = REDACTOR.text(JSON.stringify(value, namesOnly));
  const { value: most } = ACCESS_LIMITS.auditDetailChars;
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A list of named things, such as probes, by their names. */
function namesOnly(_: string, value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0) return value;
  const names = value.map((one: unknown) => (one as { name?: unknown } | null)?.name);
  return names.every((name) => typeof name === 'string') ? names : value;
}
