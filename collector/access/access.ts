/**
 * Who asks: tokens and sessions, held in memory and looked at in the store every second, so that what one collector revokes counts
 * at the others within two. While the store does not answer, what is held counts: nothing can be revoked then either.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { Store } from '../store/store.ts';
import { Failures } from './failures.ts';
import { ACCESS_LIMITS } from './limits.ts';
import { Looks } from './looks.ts';
import type { Role } from './roles.ts';
import { type TokenRecord, TokenTable } from './token-table.ts';
import { digestOf, newToken, sameHash, type TokenDigest } from './token-text.ts';

/** Who asks, once it is known. */
export interface Principal {
  /** Of the token; of a session, of the token that it was opened with. */
  readonly id: string;
  /** Of the session itself; otherwise the same as `id`. */
  readonly session: string;
  readonly name: string;
  readonly role: Role;
  readonly kind: TokenRecord['kind'];
  /** Unix milliseconds. */
  readonly expiresMs: number;
}

export const REFUSALS = ['malformed', 'unknown', 'expired', 'revoked', 'too_many_failures'] as const;
export type RefusalReason = (typeof REFUSALS)[number];

/** Why a token is not taken; `retryAfterMs` is above 0 for `too_many_failures`. */
export interface Refused {
  readonly refused: RefusalReason;
  readonly retryAfterMs: number;
}

/** There are as many as there may be. */
export class TooManyTokens extends Error {}

/** When tokens were last used is written with every so many looks: nobody needs it to the second. */
const LOOKS_A_WRITE = 10;

export interface AccessOptions {
  readonly store: Pick<Store, 'query' | 'insertRows'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether anybody is asked who they are. */
  readonly required: boolean;
}

export type NewToken = Pick<TokenRecord, 'name' | 'role' | 'createdBy' | 'expiresMs'> &
  Partial<Pick<TokenRecord, 'kind' | 'parent' | 'agent' | 'uses'>>;

export interface AccessCounters {
  /** Attempts that were refused, by reason. */
  readonly refused: Record<RefusalReason, number>;
  /** Of those who were known: not allowed to. */
  forbidden: number;
}

export class Access {
  readonly required: boolean;
  readonly failures: Failures;
  readonly counters: AccessCounters = {
    refused: { malformed: 0, unknown: 0, expired: 0, revoked: 0, too_many_failures: 0 },
    forbidden: 0,
  };
  readonly #table: TokenTable;
  readonly #clock: Clock;
  readonly #byId = new Map<string, TokenRecord>();
  readonly #looks: Looks;
  /** What ends when its token does. */
  readonly #watched = new Map<AbortController, string>();
  /** Unix milliseconds by id, not in the store yet. */
  #uses = new Map<string, number>();
  #lookCount = 0;

  constructor({ clock, log, required, store }: AccessOptions) {
    this.required = required;
    this.#clock = clock;
    this.#table = new TokenTable(store);
    this.failures = new Failures(() => clock.monotonicMs());
    this.#looks = new Looks(() => this.#look(), log, 'tokens');
  }

  /** Reads the tokens. Rejects with a `StoreError`. */
  async start(): Promise<void> {
    if (this.required) await this.#looks.start();
  }

  /** Who the bearer of a text is. Rejects with a `StoreError` when a token is not known here and the store does not answer. */
  async authenticate(text: string, address: string): Promise<Principal | Refused> {
    const digest = digestOf(text);
    const held = digest && this.#find(digest);
    if (held) return this.#judge(held, address);
    const retryAfterMs = this.failures.waitMs(address);
    if (retryAfterMs > 0) return this.#refuse('too_many_failures', address, retryAfterMs);
    if (!digest) return this.#refuse('malformed', address);
    // It may have been made at another collector a moment ago.
    await this.#looks.now();
    const found = this.#find(digest);
    return found ? this.#judge(found, address) : this.#refuse('unknown', address);
  }

  /** A signal that aborts when the token of somebody ends, and what to call when it is not needed any more. */
  watch({ session }: Principal): { readonly signal: AbortSignal; readonly done: () => void } {
    const controller = new AbortController();
    this.#watched.set(controller, session);
    return { signal: controller.signal, done: () => this.#watched.delete(controller) };
  }

  /** Makes a token; `text` is told this once. Rejects with `TooManyTokens` or a `StoreError`. */
  async create(
    given: NewToken,
    text?: string,
  ): Promise<{ readonly text: string; readonly record: TokenRecord }> {
    const { kind = 'token', role } = given;
    const made = text ?? newToken(kind === 'session' ? 'session' : role);
    const digest = digestOf(made);
    if (!digest) throw new RangeError('the text is no token');
    const limit = kind === 'session' ? ACCESS_LIMITS.sessions : ACCESS_LIMITS.tokens;
    const same = [...this.#byId.values()].filter((one) => one.kind === kind && !this.#faultOf(one));
    if (kind !== 'collector' && same.length >= limit.value) throw new TooManyTokens();
    const record: TokenRecord = {
      ...{ kind, parent: '', agent: '', uses: 0, revokedBy: '' },
      ...given,
      ...digest,
      createdMs: this.#clock.wallMs(),
    };
    await this.#table.add(record);
    this.#byId.set(record.id, record);
    return { text: made, record };
  }

  /** A session of a dashboard for somebody with a token, good for `ageMs`. Rejects as `create`. */
  async openSession(principal: Principal): Promise<{ readonly text: string; readonly ageMs: number }> {
    const { expiresMs, id, name, role } = principal;
    const nowMs = this.#clock.wallMs();
    const ageMs = Math.min(expiresMs - nowMs, ACCESS_LIMITS.sessionMs.value);
    const session = { name, role, kind: 'session', parent: id, createdBy: name } as const;
    const { text } = await this.create({ ...session, expiresMs: nowMs + ageMs });
    return { text, ageMs };
  }

  /** Undefined where there is none of that kind; one that was revoked already stays as it is. Rejects with a `StoreError`. */
  async revoke(id: string, by: string, kind?: TokenRecord['kind']): Promise<TokenRecord | undefined> {
    await this.#looks.now();
    const record = this.#byId.get(id);
    if (record === undefined || (kind !== undefined && record.kind !== kind)) return undefined;
    if (record.revokedBy !== '') return record;
    const revoked = await this.#table.revoke(record, by);
    this.#byId.set(id, revoked);
    this.#endWatched();
    return revoked;
  }

  /** All tokens of people, programs and agents that are remembered, the newest first. Rejects with a `StoreError`. */
  async list(): Promise<readonly (TokenRecord & { readonly lastUsedMs: number | undefined })[]> {
    await this.#looks.now();
    const stored = await this.#table.lastUses();
    const lastOf = (id: string): number | undefined => {
      const times = [stored.get(id), this.#uses.get(id)].filter((ms) => ms !== undefined);
      return times.length > 0 ? Math.max(...times) : undefined;
    };
    return [...this.#byId.values()]
      .filter(({ kind }) => kind === 'token')
      .sort((a, b) => b.createdMs - a.createdMs || (a.id < b.id ? -1 : 1))
      .map((record) => ({ ...record, lastUsedMs: lastOf(record.id) }));
  }

  /** Whether a token was ever made here, good or not. */
  knows(id: string): boolean {
    return this.#byId.has(id);
  }

  /** How it is with a token: `good`, `expired` or `revoked`. */
  stateOf(record: TokenRecord): 'good' | 'expired' | 'revoked' {
    return this.#faultOf(record) ?? 'good';
  }

  /** A token that may enrol an agent; counts as a use. */
  async invitation(text: string, address: string): Promise<TokenRecord | Refused> {
    const known = await this.authenticate(text, address);
    if ('refused' in known) return known;
    const record = this.#byId.get(known.id);
    if (record?.role !== 'agent') return this.#refuse('unknown', address);
    return record;
  }

  /** Counts a failure that was found elsewhere, as of a signature. */
  failed(address: string): void {
    this.#refuse('unknown', address);
  }

  async close(): Promise<void> {
    await this.#looks.close();
    await this.#writeUses().catch(() => undefined);
    for (const controller of this.#watched.keys()) controller.abort();
  }

  #find({ hash, id }: TokenDigest): TokenRecord | undefined {
    const record = this.#byId.get(id);
    return record && sameHash(record.hash, hash) ? record : undefined;
  }

  #judge(record: TokenRecord, address: string): Principal | Refused {
    const fault = this.#faultOf(record);
    if (fault) return this.#refuse(fault, address);
    const { expiresMs, id, kind, name, parent, role } = record;
    this.#uses.set(parent || id, this.#clock.wallMs());
    return { id: parent || id, session: id, name, role, kind, expiresMs };
  }

  /** A session is as good as the token that it was opened with. */
  #faultOf(record: TokenRecord): 'expired' | 'revoked' | undefined {
    if (record.revokedBy !== '') return 'revoked';
    if (record.expiresMs <= this.#clock.wallMs()) return 'expired';
    if (record.parent === '') return undefined;
    const parent = this.#byId.get(record.parent);
    return parent ? this.#faultOf(parent) : 'revoked';
  }

  #refuse(refused: RefusalReason, address: string, retryAfterMs = 0): Refused {
    this.counters.refused[refused] += 1;
    if (refused !== 'too_many_failures') this.failures.failed(address);
    return { refused, retryAfterMs };
  }

  async #look(): Promise<void> {
    try {
      for (const record of await this.#table.changes()) this.#byId.set(record.id, record);
    } finally {
      // Time goes on without the store.
      this.#forgetOld();
      this.#endWatched();
    }
    this.#lookCount += 1;
    if (this.#lookCount % LOOKS_A_WRITE === 0) await this.#writeUses();
  }

  /** What ended long ago is of no use to anybody. */
  #forgetOld(): void {
    const before = this.#clock.wallMs() - ACCESS_LIMITS.enrolmentMs.value;
    for (const { expiresMs, id } of this.#byId.values()) if (expiresMs < before) this.#byId.delete(id);
  }

  #endWatched(): void {
    for (const [controller, id] of this.#watched) {
      const record = this.#byId.get(id);
      if (record && !this.#faultOf(record)) continue;
      this.#watched.delete(controller);
      controller.abort();
    }
  }

  async #writeUses(): Promise<void> {
    const uses = this.#uses;
    if (uses.size === 0) return;
    this.#uses = new Map();
    await this.#table.used(uses);
  }
}
