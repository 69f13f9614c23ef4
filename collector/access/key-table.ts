/** Keys of agents in the store, and the claims of the invitations with which they were enrolled. */
import { randomInt } from 'node:crypto';
import type { Store } from '../store/store.ts';

/** The key of an agent as it is now. */
export interface AgentKey {
  readonly agent: string;
  readonly generation: number;
  /** Ed25519, 32 bytes, base64url. */
  readonly publicKey: string;
  /** Id of the token that it was enrolled with. */
  readonly token: string;
  /** Unix milliseconds. */
  readonly enrolledMs: number;
  /** Who revoked it; empty while it is good. */
  readonly revokedBy: string;
}

interface KeyRow {
  readonly agent: string;
  readonly generation: number;
  readonly public_key: string;
  readonly token: string;
  readonly enrolled_ms: number;
  readonly revoked_by: string;
  readonly changed_ms: number;
}

interface Claim {
  readonly number: number;
  readonly agent: string;
  readonly public_key: string;
}

type Tables = Pick<Store, 'query' | 'insertRows'>;

const OVERLAP_MS = 10_000;

/** Of agents that use one invitation at the same moment some choose the same use, and have to choose again. */
const CLAIM_ATTEMPTS = 1000;

/** The latest generation of each agent: of several first inserts the earliest, and whether it was revoked. */
const keysSql = (where: string): string => `
SELECT agent, generation, argMinIf(public_key, at, event = 'enrolled') AS public_key,
  argMinIf(token, at, event = 'enrolled') AS token,
  toUnixTimestamp64Milli(minIf(at, event = 'enrolled')) AS enrolled_ms,
  argMinIf(who, at, event = 'revoked') AS revoked_by, toUnixTimestamp64Milli(max(at)) AS changed_ms
FROM access_keys WHERE ${where}
GROUP BY agent, generation ORDER BY generation DESC LIMIT 1 BY agent`;

export class KeyTable {
  readonly #store: Tables;
  #seenMs = 0;

  constructor(store: Tables) {
    this.#store = store;
  }

  /** The keys of agents that changed since the last time, and some of before; all the first time. Rejects with a `StoreError`. */
  async changes(): Promise<readonly AgentKey[]> {
    const since = Math.max(0, this.#seenMs - OVERLAP_MS);
    const rows = await this.#store.query<KeyRow>(
      keysSql('agent IN (SELECT agent FROM access_keys WHERE at >= fromUnixTimestamp64Milli({since:Int64}))'),
      { since },
    );
    for (const { changed_ms } of rows) this.#seenMs = Math.max(this.#seenMs, changed_ms);
    return rows.map(keyOf);
  }

  /** Rejects with a `StoreError`. */
  async get(agent: string): Promise<AgentKey | undefined> {
    const [row] = await this.#store.query<KeyRow>(keysSql('agent = {agent:String}'), { agent });
    return row && keyOf(row);
  }

  /**
   * Claims one of `uses` of an invitation for a key. True also when that very key has one already: an agent that did not hear the
   * answer asks again. Rejects with a `StoreError`.
   */
  async claim(
    invitation: { token: string; uses: number },
    agent: string,
    publicKey: string,
  ): Promise<boolean> {
    const { token, uses } = invitation;
    for (let attempt = 0; attempt < CLAIM_ATTEMPTS; attempt += 1) {
      const taken = await this.#claims(token);
      if (taken.some((one) => one.agent === agent && one.public_key === publicKey)) return true;
      if (taken.length >= uses) return false;
      const number = anyFree(uses, taken);
      await this.#store.insertRows('access_enrolments', [{ token, number, agent, public_key: publicKey }], {
        token: `enrol/${token}/${number}`,
      });
    }
    return false;
  }

  /** Whether a key that this invitation enrolled was revoked: what it claimed then is no way back. Rejects with a `StoreError`. */
  async isSpent(token: string, agent: string, publicKey: string): Promise<boolean> {
    const rows = await this.#store.query(
      `SELECT generation FROM access_keys WHERE agent = {agent:String} AND event = 'revoked' AND generation IN (
  SELECT generation FROM access_keys WHERE agent = {agent:String} AND event = 'enrolled' AND token = {token:String}
    AND public_key = {publicKey:String}) LIMIT 1`,
      { token, agent, publicKey },
    );
    return rows.length > 0;
  }

  /** Who claimed which use, the earliest of each. */
  #claims(token: string): Promise<readonly Claim[]> {
    return this.#store.query(
      `SELECT number, agent, public_key FROM access_enrolments WHERE token = {token:String}
ORDER BY number, claimed_at, agent, public_key LIMIT 1 BY number`,
      { token },
    );
  }

  /** Makes a key that of an agent which has none; resolves to the key that it has then, perhaps another's. Rejects with a `StoreError`. */
  async enrol(agent: string, publicKey: string, token: string): Promise<AgentKey | undefined> {
    const present = await this.get(agent);
    if (present && present.revokedBy === '') return present;
    const generation = (present?.generation ?? 0) + 1;
    await this.#store.insertRows(
      'access_keys',
      [{ agent, generation, event: 'enrolled', public_key: publicKey, token }],
      { token: `key/${agent}/${generation}` },
    );
    return this.get(agent);
  }

  /** Rejects with a `StoreError`. */
  async revoke({ agent, generation }: AgentKey, who: string): Promise<void> {
    await this.#store.insertRows('access_keys', [{ agent, generation, event: 'revoked', who }]);
  }
}

/** Any, so that of many agents at the same moment few choose the same. */
function anyFree(uses: number, taken: readonly Claim[]): number {
  const numbers = new Set(taken.map(({ number }) => number));
  const free = Array.from({ length: uses }, (_, number) => number).filter((number) => !numbers.has(number));
  return free[randomInt(free.length)] ?? 0;
}

function keyOf(row: KeyRow): AgentKey {
  const { agent, generation, token } = row;
  return {
    ...{ agent, generation, token },
    publicKey: row.public_key,
    enrolledMs: row.enrolled_ms,
    revokedBy: row.revoked_by,
  };
}
