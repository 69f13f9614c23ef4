/** Tokens in the store: what is known of them, never their text. */
import type { Store } from '../store/store.ts';
import type { Role } from './roles.ts';
import type { TokenDigest } from './token-text.ts';

export interface TokenRecord extends TokenDigest {
  readonly name: string;
  readonly role: Role;
  readonly kind: 'token' | 'session' | 'collector';
  /** Of a session, the id of the token that it was opened with; otherwise empty. */
  readonly parent: string;
  /** Of an enrolment, the only agent that may use it; empty for any. */
  readonly agent: string;
  /** Of an enrolment, how many agents may use it; otherwise 0. */
  readonly uses: number;
  readonly createdBy: string;
  /** Unix milliseconds, as the next. */
  readonly createdMs: number;
  readonly expiresMs: number;
  /** Empty while it is good. */
  readonly revokedBy: string;
}

interface TokenRow {
  readonly id: string;
  readonly hash: string;
  readonly name: string;
  readonly role: Role;
  readonly kind: TokenRecord['kind'];
  readonly parent: string;
  readonly agent: string;
  readonly uses: number;
  readonly created_by: string;
  readonly created_ms: number;
  readonly expires_ms: number;
  readonly revoked_by: string;
  readonly changed_ms: number;
}

type Tables = Pick<Store, 'query' | 'insertRows'>;

const COLUMNS = `id, hash, name, role, kind, parent, agent, uses, created_by, revoked_by,
  toUnixTimestamp64Milli(created_at) AS created_ms, toUnixTimestamp64Milli(expires_at) AS expires_ms,
  toUnixTimestamp64Milli(changed_at) AS changed_ms`;

/** How far back a look overlaps the one before: inserts become visible out of the order of their stamps. */
const OVERLAP_MS = 10_000;

export class TokenTable {
  readonly #store: Tables;
  /** By the clock of the store: up to when changes were read. */
  #seenMs = 0;

  constructor(store: Tables) {
    this.#store = store;
  }

  /** What was made or revoked since the last time, and some of before; everything the first time. Rejects with a `StoreError`. */
  async changes(): Promise<readonly TokenRecord[]> {
    const since = Math.max(0, this.#seenMs - OVERLAP_MS);
    const rows = await this.#store.query<TokenRow>(
      `SELECT ${COLUMNS} FROM access_tokens FINAL WHERE changed_at >= fromUnixTimestamp64Milli({since:Int64})`,
      { since },
    );
    for (const { changed_ms } of rows) this.#seenMs = Math.max(this.#seenMs, changed_ms);
    return rows.map(recordOf);
  }

  /** Rejects with a `StoreError`. */
  async add(record: TokenRecord): Promise<void> {
    await this.#write(record, 1);
  }

  /** Rejects with a `StoreError`. */
  async revoke(record: TokenRecord, by: string): Promise<TokenRecord> {
    const revoked = { ...record, revokedBy: by };
    await this.#write(revoked, 2);
    return revoked;
  }

  async #write(record: TokenRecord, version: number): Promise<void> {
    const { createdBy, createdMs, expiresMs, revokedBy, ...same } = record;
    await this.#store.insertRows('access_tokens', [
      {
        ...same,
        created_by: createdBy,
        created_at: Math.floor(createdMs),
        expires_at: Math.floor(expiresMs),
        revoked_by: revokedBy,
        version,
      },
    ]);
  }

  /** Writes when tokens were last used, Unix milliseconds by id. Rejects with a `StoreError`. */
  async used(uses: ReadonlyMap<string, number>): Promise<void> {
    const rows = [...uses].map(([id, ms]) => ({ id, last_used_at: Math.floor(ms) }));
    await this.#store.insertRows('access_uses', rows);
  }

  /** When tokens were last used at any collector, Unix milliseconds by id. Rejects with a `StoreError`. */
  async lastUses(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#store.query<{ id: string; ms: number }>(
      'SELECT id, toUnixTimestamp64Milli(max(last_used_at)) AS ms FROM access_uses GROUP BY id',
    );
    return new Map(rows.map(({ id, ms }) => [id, ms]));
  }
}

function recordOf(row: TokenRow): TokenRecord {
  const { agent, hash, id, kind, name, parent, role, uses } = row;
  return {
    ...{ agent, hash, id, kind, name, parent, role, uses },
    createdBy: row.created_by,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    revokedBy: row.revoked_by,
  };
}
