/**
 * How far each boot of each agent has come: which results are committed, and which are accepted and on their way. Kept while
 * a session of the agent is open or anything of it is on its way; otherwise the store is asked, once no other collector has
 * anything of the agent under way. What is kept is true until another collector asks for the agent.
 */
import { ProtocolError } from '../../protocol/errors.ts';
import type { Membership } from '../members/membership.ts';
import type { OpenBlock } from './open-block.ts';
import type { ProgressLookup } from './progress-lookup.ts';

export interface BootProgress {
  readonly agent: string;
  readonly boot: string;
  /** Highest seq in the store. */
  committed: number;
  /** Highest seq taken into a block; never below `committed`. */
  accepted: number;
}

export interface AgentProgress {
  readonly agent: string;
  readonly boots: Map<string, BootProgress>;
  /** The last block that rows of it went into; later rows go into none before it. */
  tail: OpenBlock | undefined;
}

interface Entry extends AgentProgress {
  sessions: number;
  /** No other collector has anything of it. */
  ours: boolean;
  /** Another collector has asked for it: no session may begin with what is known here. */
  released: boolean;
}

export class Progress {
  readonly #membership: Pick<Membership, 'takeOver'>;
  readonly #lookup: Pick<ProgressLookup, 'find'>;
  #agents = new Map<string, Entry>();

  constructor(membership: Pick<Membership, 'takeOver'>, lookup: Pick<ProgressLookup, 'find'>) {
    this.#membership = membership;
    this.#lookup = lookup;
  }

  /**
   * Begins a session of `boot`: that and the other boots which it names are known from here on, until `close`. Rejects as
   * `takeOver` does, with a `StoreError`, or with a `ProtocolError` when the agent has gone to another collector meanwhile.
   */
  async open(agent: string, boot: string, boots: readonly string[]): Promise<AgentProgress> {
    const entry = this.#entryOf(agent);
    this.#checkOurs(entry);
    entry.sessions += 1;
    try {
      const unknown = boots.filter((name) => !entry.boots.has(name));
      if (unknown.length > 0) {
        if (!entry.ours) await this.#membership.takeOver(agent, boot);
        this.#checkOurs(entry);
        entry.ours = true;
        const stored = await this.#lookup.find(agent, unknown);
        this.#checkOurs(entry);
        // Another session of the agent may have asked meanwhile.
        for (const name of unknown) {
          const seq = stored.get(name) ?? 0;
          if (!entry.boots.has(name))
            entry.boots.set(name, { agent, boot: name, committed: seq, accepted: seq });
        }
      }
      return entry;
    } catch (error) {
      this.close(entry);
      throw error;
    }
  }

  close(progress: AgentProgress): void {
    const entry = progress as Entry;
    entry.sessions -= 1;
    this.#forgetIfDone(entry);
  }

  committed(boot: BootProgress, seq: number): void {
    boot.committed = Math.max(boot.committed, seq);
  }

  /** To be called once a block is done: forgets who has neither a session nor anything on its way. */
  settle(agent: string): void {
    const entry = this.#agents.get(agent);
    if (!entry) return;
    if (!this.#underWay(entry)) entry.tail = undefined;
    this.#forgetIfDone(entry);
  }

  /**
   * Another collector takes over: what is known here is not to be relied on any more. Resolves with true when all that was
   * accepted of the agent is committed, or with what `late` resolves to. Its sessions have to be ended before.
   */
  async release(agent: string, late: Promise<false>): Promise<boolean> {
    const entry = this.#agents.get(agent);
    if (!entry) return true;
    entry.released = true;
    // A lookup under way ends of itself, and is thrown away.
    if (!this.#underWay(entry)) {
      this.#agents.delete(agent);
      return true;
    }
    const done = (entry.tail as OpenBlock).done.then(() => true as const);
    return Promise.race([done, late]);
  }

  /** Forgets everything: this collector was fenced. */
  clear(): void {
    for (const entry of this.#agents.values()) entry.released = true;
    this.#agents = new Map();
  }

  #entryOf(agent: string): Entry {
    const known = this.#agents.get(agent);
    if (known) return known;
    const entry: Entry = {
      agent,
      boots: new Map(),
      tail: undefined,
      sessions: 0,
      ours: false,
      released: false,
    };
    this.#agents.set(agent, entry);
    return entry;
  }

  #checkOurs(entry: Entry): void {
    if (entry.released) throw new ProtocolError('unavailable', 'the agent has gone to another collector');
  }

  #underWay({ tail }: Entry): boolean {
    return tail !== undefined && !tail.isDone;
  }

  #forgetIfDone(entry: Entry): void {
    if (this.#underWay(entry)) return;
    if (entry.sessions > 0 && !entry.released) return;
    if (this.#agents.get(entry.agent) === entry) this.#agents.delete(entry.agent);
  }
}
