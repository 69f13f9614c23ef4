/** The table `collectors`: who works on the store. */
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { MEMBER_LIMITS } from './limits.ts';
import type { Member } from './membership.ts';

export type MemberState = 'active' | 'draining' | 'drained' | 'ended';

/** A run of a collector as it last wrote of itself. Times are Unix milliseconds by the store's clock. */
export interface MemberRow extends Member {
  readonly version: string;
  readonly state: MemberState;
  readonly beat: number;
  readonly startedMs: number;
  readonly settledBlock: number;
  readonly settledMs: number;
  readonly agents: number;
  /** Whether it asks everybody who they are; empty of a version that does not say. */
  readonly auth: 'on' | 'off' | '';
}

export interface SeenMember extends MemberRow {
  readonly seenMs: number;
  /** It was taken out, or is about to be. */
  readonly fenced: boolean;
}

/** Of a row that ends a run: no other counts against it. Numbers hold it exactly. */
const LAST_BEAT = Number.MAX_SAFE_INTEGER;

const READ_SQL = `
SELECT id AS incarnation, name, url, version, state, beat, agents, auth, settled_block AS settledBlock,
  toUnixTimestamp64Milli(started_at) AS startedMs, toUnixTimestamp64Milli(seen_at) AS seenMs,
  toUnixTimestamp64Milli(settled_at) AS settledMs, joinGet('fences', 'refused_from', id) > 0 AS fenced
FROM collectors FINAL
WHERE state != 'ended'
ORDER BY id
LIMIT {limit:UInt32}`;

export class Roll {
  readonly #store: Pick<Store, 'query' | 'insertRows'>;

  constructor(store: Pick<Store, 'query' | 'insertRows'>) {
    this.#store = store;
  }

  /** All that have not ended, in the order of their ids. */
  async read(): Promise<readonly SeenMember[]> {
    const rows = await this.#store.query<Omit<SeenMember, 'fenced'> & { readonly fenced: number }>(READ_SQL, {
      limit: MEMBER_LIMITS.members.value + 1,
    });
    if (rows.length > MEMBER_LIMITS.members.value)
      throw new StoreError(
        'query',
        `There are more than ${MEMBER_LIMITS.members.value} collectors on the store.`,
      );
    return rows.map((row) => ({ ...row, fenced: row.fenced !== 0 }));
  }

  /** Rejects with `StoreError('fenced')` when the run was taken out. */
  async write(row: MemberRow): Promise<void> {
    await this.#store.insertRows('collectors', [columnsOf(row)]);
  }

  /** Nothing of it is under way, and nothing will be. */
  async end(row: MemberRow): Promise<void> {
    await this.#store.insertRows('collectors', [
      columnsOf({ ...row, state: 'ended', beat: LAST_BEAT, agents: 0 }),
    ]);
  }

  /** The clock of the store, Unix milliseconds. */
  async now(): Promise<number> {
    const [row] = await this.#store.query<{ now: number }>('SELECT toUnixTimestamp64Milli(now64(3)) AS now');
    if (!row) throw new StoreError('query', 'The store does not say what time it is.');
    return row.now;
  }
}

function columnsOf(row: MemberRow): Record<string, unknown> {
  return {
    id: row.incarnation,
    name: row.name,
    url: row.url,
    version: row.version,
    state: row.state,
    beat: row.beat,
    started_at: Math.round(row.startedMs),
    settled_block: row.settledBlock,
    settled_at: Math.round(row.settledMs),
    agents: row.agents,
    auth: row.auth,
  };
}
