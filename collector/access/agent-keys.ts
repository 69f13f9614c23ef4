/** Keys of agents: held in memory, looked at in the store every second; and the way from an invitation to a key. */
import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';
import type { Access } from './access.ts';
import { type AgentKey, KeyTable } from './key-table.ts';
import { Looks } from './looks.ts';

export interface AgentKeysOptions {
  readonly store: Pick<Store, 'query' | 'insertRows'>;
  readonly access: Access;
  readonly log: Logger;
}

export type Enrolment = { readonly key: AgentKey } | { readonly refused: string };

/** An agent that has shown an invitation, and the key by which it is known from now on. */
export interface Enrolled {
  readonly agent: string;
  /** Id of the invitation, and its name. */
  readonly token: string;
  readonly invitation: string;
  /** Of the peer. */
  readonly address: string;
}

export class AgentKeys {
  /** Called with an agent that was enrolled here. */
  onEnrolled: (enrolled: Enrolled) => void = () => undefined;
  /** Called with an agent whose key is not good any more. */
  onRevoked: (agent: string) => void = () => undefined;
  readonly #access: Access;
  readonly #table: KeyTable;
  readonly #log: Logger;
  readonly #byAgent = new Map<string, AgentKey>();
  readonly #looks: Looks;

  constructor({ access, log, store }: AgentKeysOptions) {
    this.#access = access;
    this.#table = new KeyTable(store);
    this.#log = log;
    this.#looks = new Looks(() => this.#look(), log, 'keys of agents');
  }

  /** Reads the keys. Rejects with a `StoreError`. */
  async start(): Promise<void> {
    if (this.#access.required) await this.#looks.start();
  }

  /** The key of an agent that is good, as it is known here. */
  known(agent: string): AgentKey | undefined {
    const key = this.#byAgent.get(agent);
    return key?.revokedBy === '' ? key : undefined;
  }

  /** The same, after a look at the store where it is not known. Rejects with a `StoreError`. */
  async find(agent: string): Promise<AgentKey | undefined> {
    if (!this.known(agent)) await this.#looks.now();
    return this.known(agent);
  }

  /** Of all agents that ever were enrolled, by name. Rejects with a `StoreError`. */
  async list(): Promise<readonly AgentKey[]> {
    await this.#looks.now();
    return [...this.#byAgent.values()].sort((a, b) => (a.agent < b.agent ? -1 : 1));
  }

  /** Makes a key that of an agent, by an invitation, which counts one use. Rejects with a `StoreError`. */
  async enrol(agent: string, publicKey: string, token: string, address: string): Promise<Enrolment> {
    const invitation = await this.#access.invitation(token, address);
    if ('refused' in invitation)
      return { refused: `the enrolment token is not good here (${invitation.refused}): ask for a new one` };
    const { agent: only, id, name, uses } = invitation;
    if (only !== '' && only !== agent)
      return { refused: `the enrolment token is for another agent than ${agent}` };
    const present = await this.find(agent);
    if (present && present.publicKey !== publicKey) return { refused: taken(agent) };
    const isSpent = !present && (await this.#table.isSpent(id, agent, publicKey));
    if (isSpent || !(await this.#table.claim({ token: id, uses }, agent, publicKey))) {
      this.#access.failed(address);
      return { refused: 'the enrolment token was used already: ask for a new one' };
    }
    const key = await this.#table.enrol(agent, publicKey, id);
    if (key?.publicKey !== publicKey) return { refused: taken(agent) };
    this.#byAgent.set(agent, key);
    this.#log.info({ agent, token: id }, 'an agent was enrolled');
    this.onEnrolled({ agent, token: id, invitation: name, address });
    return { key };
  }

  /** Undefined where no agent of that name is enrolled. Rejects with a `StoreError`. */
  async revoke(agent: string, by: string): Promise<AgentKey | undefined> {
    // It may have been enrolled anew at another collector since the last look.
    await this.#looks.now();
    const key = this.known(agent);
    if (!key) return undefined;
    await this.#table.revoke(key, by || 'somebody');
    const revoked = { ...key, revokedBy: by || 'somebody' };
    this.#byAgent.set(agent, revoked);
    this.onRevoked(agent);
    return revoked;
  }

  close(): Promise<void> {
    return this.#looks.close();
  }

  async #look(): Promise<void> {
    for (const key of await this.#table.changes()) {
      const before = this.known(key.agent);
      this.#byAgent.set(key.agent, key);
      if (before && (key.revokedBy !== '' || key.publicKey !== before.publicKey)) this.onRevoked(key.agent);
    }
  }
}

function taken(agent: string): string {
  return `an agent ${agent} is enrolled with another key: choose another id, or revoke that key first`;
}
