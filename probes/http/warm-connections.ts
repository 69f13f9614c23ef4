/** Connections that are kept from one run to the next, for probes that ask for them. */
import type { Network, NetworkOptions } from '../net/network.ts';
import type { HttpConnection } from './connection.ts';
import { HTTP_LIMITS } from './limits.ts';

/** A connection that was kept, and since when there is one. */
export interface Kept {
  readonly connection: HttpConnection;
  /** `clock.monotonicMs()` of its opening. */
  readonly openedMs: number;
}

/** In order of their last use. Each is taken out by the run that uses it, so that no two share one. */
export class WarmConnections {
  readonly #kept = new Map<string, Kept>();

  get size(): number {
    return this.#kept.size;
  }

  /** The one of this key, if the peer has not closed it meanwhile. */
  take(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    if (!kept) return undefined;
    if (!kept.connection.isReusable()) {
      kept.connection.close();
      return undefined;
    }
    kept.connection.setIdle(false);
    return kept;
  }

  /** Keeps it for the next run, or closes it when it is no use or too old. One that another run has left meanwhile gives way. */
  put(key: string, kept: Kept, nowMs: number): void {
    const { connection, openedMs } = kept;
    if (!connection.isReusable() || nowMs - openedMs > HTTP_LIMITS.warmLifeMs.value) {
      connection.close();
      return;
    }
    this.#close(key);
    connection.setIdle(true);
    this.#kept.set(key, kept);
    if (this.#kept.size > HTTP_LIMITS.warmConnections.value) this.#close([...this.#kept.keys()][0] as string);
  }

  #close(key: string): void {
    this.#kept.get(key)?.connection.close();
    this.#kept.delete(key);
  }
}

const pools = new WeakMap<NetworkOptions, WarmConnections>();

/** Those of an agent: every run may see its network in another way, but the options are one agent's. */
export function warmConnectionsOf({ options }: Network): WarmConnections {
  const known = pools.get(options);
  if (known) return known;
  const made = new WarmConnections();
  pools.set(options, made);
  return made;
}
