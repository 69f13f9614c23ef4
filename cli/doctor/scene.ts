/** What the checks look at: this machine, the collector, and what the collector knows. Each question is asked once, however many checks want it. */

import type { ProbeJson } from '../../collector/api/answers/checks.ts';
import type { AgentJson, TotalsJson } from '../../collector/api/answers/fleet.ts';
import type { ApiClient } from '../support/api-client.ts';
import { DOCTOR_LIMITS } from './limits.ts';
import { type Reached, reach } from './reach.ts';

/** What the command line names. */
export interface Named {
  readonly collector: string;
  /** Undefined where the flag was not given. */
  readonly dataDir?: string | undefined;
  readonly clickhouse?: string | undefined;
  readonly routes?: string | undefined;
  /** Configuration of the agent of this machine. */
  readonly config?: string | undefined;
}

export type DoctorAgent = AgentJson & {
  readonly software: string;
  readonly probe_types: readonly string[];
  readonly country: string;
  readonly isp: string;
  readonly asn: number;
  /** Absent from older collectors. */
  readonly rival_at?: string | null;
  readonly schedule: { readonly revision: number; readonly told_at: string | null };
};

export interface LedgerRow extends TotalsJson {
  readonly agent: string;
  readonly missed_by_reason: Readonly<Record<string, number>>;
  readonly dropped_by_reason: Readonly<Record<string, number>>;
}

export interface Declared {
  readonly regions?: readonly { readonly name: string }[];
}

/** A check that depends on what another has found to be missing. */
export class NotLookedAt extends Error {}

export class Scene {
  readonly named: Named;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Unix milliseconds by the clock of this machine. */
  readonly nowMs: () => number;
  /** Folder from which packages are looked up: that of the program. */
  readonly root: string;
  /** Version of Node. */
  readonly node: string;
  /** Memory that can still be had on this machine. */
  readonly freeBytes: () => number;
  readonly #client: () => ApiClient;
  readonly #answers = new Map<string, Promise<unknown>>();

  constructor(options: {
    readonly named: Named;
    /** Throws a `CliError` for what cannot be asked. */
    readonly client: () => ApiClient;
    readonly env?: Scene['env'];
    readonly nowMs?: () => number;
    readonly root?: string;
    readonly node?: string;
    readonly freeBytes?: () => number;
  }) {
    this.named = options.named;
    this.env = options.env ?? process.env;
    this.nowMs = options.nowMs ?? Date.now;
    this.root = options.root ?? import.meta.dirname;
    this.node = options.node ?? process.versions.node;
    this.freeBytes = options.freeBytes ?? (() => process.availableMemory());
    this.#client = options.client;
  }

  get collector(): URL {
    return new URL(this.named.collector);
  }

  /** What is at the address of the collector. */
  reached(): Promise<Reached> {
    return this.#once('reached', () => reach(this.collector, this.nowMs, this.#client));
  }

  /** An answer of the API. Rejects with `NotLookedAt` where there is no collector, with a `CliError` where it refuses. */
  ask<T>(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): Promise<T> {
    return this.#once(`${path}?${JSON.stringify(query)}`, async () => {
      await this.there();
      return this.#client().within(DOCTOR_LIMITS.checkMs.value).get<T>(path, query);
    });
  }

  /** The rows of a read-only query. */
  async rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    await this.there();
    const client = this.#client().within(DOCTOR_LIMITS.checkMs.value);
    return (await client.post<{ rows: unknown[][] }>('/api/v1/query', { sql })).rows;
  }

  /** All agents, page by page, up to the limit. */
  agents(): Promise<readonly DoctorAgent[]> {
    return this.#once('agents', () => this.#pages<DoctorAgent>('/api/v1/agents'));
  }

  probes(): Promise<readonly ProbeJson[]> {
    return this.#once('probes', () => this.#pages<ProbeJson>('/api/v1/probes'));
  }

  /** The slots of the last hour, a row an agent. */
  async ledger(): Promise<readonly LedgerRow[]> {
    return (await this.ask<{ data: LedgerRow[] }>('/api/v1/ledger', { since: '1h' })).data;
  }

  async #pages<T>(path: string): Promise<readonly T[]> {
    const found: T[] = [];
    for (let after: string | undefined; found.length < DOCTOR_LIMITS.agents.value; ) {
      const page = await this.ask<{ data: T[]; pagination: { next: string | null } }>(path, {
        limit: 1000,
        after,
      });
      found.push(...page.data);
      if (page.pagination.next === null) break;
      after = page.pagination.next;
    }
    return found;
  }

  /** Rejects with `NotLookedAt` where there is none. */
  async there(): Promise<Extract<Reached, { kind: 'collector' }>> {
    const found = await this.reached();
    if (found.kind === 'collector') return found;
    throw new NotLookedAt(`No collector was reached at ${this.collector.origin}.`);
  }

  #once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key) as Promise<T> | undefined;
    if (known) return known;
    const asked = ask();
    // Whoever asked hears of it; nobody may have.
    asked.catch(() => undefined);
    this.#answers.set(key, asked);
    return asked;
  }
}
