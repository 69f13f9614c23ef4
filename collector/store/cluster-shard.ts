/** One shard of a cluster: its servers, all with the same rows, of which the first that answers is used. */
import type { ClusterNode, ReadyNode } from './cluster-node.ts';
import { StoreError } from './errors.ts';

export class ClusterShard {
  readonly nodes: readonly ClusterNode[];
  readonly #replicated: boolean;
  /** The one that answered last. */
  #at = 0;

  constructor(nodes: readonly ClusterNode[], replicated: boolean) {
    this.nodes = nodes;
    this.#replicated = replicated;
  }

  /** Runs work on a server that answers; on the next when one does not. Rejects with a `StoreError`. */
  async use<T>(work: (node: ReadyNode) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const at = this.#at;
      try {
        const node = await (this.nodes[at] as ClusterNode).ready();
        return await work(node);
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'unreachable') throw error;
        if (this.#at === at) this.#at = (at + 1) % this.nodes.length;
        if (tries >= this.nodes.length) throw error;
      }
    }
  }

  /** As `use`, once the server has everything of these tables that any of its shard has committed. */
  useFresh<T>(tables: readonly string[], work: (node: ReadyNode) => Promise<T>): Promise<T> {
    return this.use(async (node) => {
      if (this.#replicated)
        for (const table of tables) await node.local.command(`SYSTEM SYNC REPLICA ${table} LIGHTWEIGHT`);
      return work(node);
    });
  }

  /** Runs work on every server. Rejects when one does not answer. */
  useAll<T>(work: (node: ReadyNode) => Promise<T>): Promise<T[]> {
    return Promise.all(this.nodes.map(async (node) => work(await node.ready())));
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
  }
}
