/**
 * How far each boot of each agent has come: which results are committed, and which are accepted and on their way. Kept while
 * a session of the agent is open or anything of it is on its way; otherwise the store is asked.
 */
import type { Store } from '../store/store.ts';

export interface Boot {
  /** Highest seq in the store. */
  committed: number;
  /** Highest seq taken into the insert queue; never below `committed`. */
  accepted: number;
}

export class Progress {
  readonly #store: Pick<Store, 'query'>;
  readonly #agents = new Map<string, { readonly boots: Map<string, Boot>; sessions: number }>();

  constructor(store: Pick<Store, 'query'>) {
    this.#store = store;
  }

  /** Begins a session: the boots that it names are known from here on, until `close`. */
  async open(agent: string, boots: readonly string[]): Promise<ReadonlyMap<string, Boot>> {
    const known = this.#agents.get(agent) ?? { boots: new Map<string, Boot>(), sessions: 0 };
    known.sessions += 1;
    this.#agents.set(agent, known);
    try {
      const unknown = boots.filter((boot) => !known.boots.has(boot));
      const stored = await this.#stored(agent, unknown);
      for (const boot of unknown) {
        const seq = stored.get(boot) ?? 0;
        // Another session of the agent may have asked meanwhile.
        if (!known.boots.has(boot)) known.boots.set(boot, { committed: seq, accepted: seq });
      }
      return known.boots;
    } catch (error) {
      this.close(agent);
      throw error;
    }
  }

  close(agent: string): void {
    const known = this.#agents.get(agent);
    if (!known) return;
    known.sessions -= 1;
    this.#forgetIfDone(agent);
  }

  committed(agent: string, boot: string, seq: number): void {
    const state = this.#agents.get(agent)?.boots.get(boot);
    if (state) state.committed = Math.max(state.committed, seq);
    this.#forgetIfDone(agent);
  }

  #forgetIfDone(agent: string): void {
    const known = this.#agents.get(agent);
    if (!known || known.sessions > 0) return;
    for (const { committed, accepted } of known.boots.values()) if (accepted > committed) return;
    this.#agents.delete(agent);
  }

  async #stored(agent: string, boots: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (boots.length === 0) return new Map();
    const rows = await this.#store.query<{ boot: string; held: number }>(
      `SELECT boot, max(seq) AS held FROM agent_progress
       WHERE agent = {agent:String} AND boot IN {boots:Array(String)} GROUP BY boot`,
      { agent, boots },
    );
    return new Map(rows.map(({ boot, held }) => [boot, held]));
  }
}
