/**
 * The agents of the other collectors on this store, asked for over HTTP every few seconds; of one that does not answer, what it
 * last wrote to the store.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { Member as Collector } from '../members/membership.ts';
import type { Store } from '../store/store.ts';
import type { Fleet } from './fleet.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { Peers } from './peers.ts';
import { agentsOf } from './records.ts';
import { type FleetAnswer, fleetAnswerSchema } from './remote-agent.ts';
import { type RunOrder, type RunReceipt, runReceiptSchema } from './run-order.ts';

export interface PeerFleetOptions {
  readonly peers: Peers;
  readonly fleet: Fleet;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
}

type PeerRequest = Pick<RequestInit, 'method' | 'body'> & {
  readonly headers?: Readonly<Record<string, string>>;
};

interface Seen {
  cursor: number;
  /** What the store said of it is known up to here, its own clock; set while it does not answer. */
  readMs: number | undefined;
}

export class PeerFleet {
  readonly #options: PeerFleetOptions;
  readonly #seen = new Map<string, Seen>();
  #refreshing: Promise<void> | undefined;

  constructor(options: PeerFleetOptions) {
    this.#options = options;
  }

  /** Settles when what the others say is known here. Never rejects: one that cannot be asked is asked again. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Has the collector ask its agents for runs; gives those that were told. Empty when it does not answer. */
  async runNow(collector: Collector, order: RunOrder): Promise<readonly string[]> {
    try {
      const answer = await this.#ask(collector, 'run-now', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(order),
      });
      const receipt: RunReceipt = runReceiptSchema.parse(answer);
      return receipt.agents;
    } catch (error) {
      this.#options.log.warn(
        { err: error, collector: collector.name },
        'a collector could not be asked for runs',
      );
      return [];
    }
  }

  async #refresh(): Promise<void> {
    const { peers, fleet } = this.#options;
    const others = peers.others();
    const living = new Set(others.map(({ incarnation }) => incarnation));
    for (const incarnation of this.#seen.keys())
      if (!living.has(incarnation)) {
        this.#seen.delete(incarnation);
        fleet.collectorGone(incarnation);
      }
    await Promise.all(others.map((collector) => this.#look(collector)));
  }

  async #look(collector: Collector): Promise<void> {
    const { clock, fleet, log } = this.#options;
    const seen = this.#seen.get(collector.incarnation) ?? { cursor: 0, readMs: undefined };
    this.#seen.set(collector.incarnation, seen);
    try {
      const answer = await this.#ask(collector, `fleet?since=${seen.cursor}`);
      const { incarnation, cursor, agents } = fleetAnswerSchema.parse(answer) as FleetAnswer;
      // Another run of it answers under the same address: it is asked as itself as soon as it is known.
      if (incarnation !== collector.incarnation) return;
      const nowMs = clock.wallMs();
      for (const agent of agents) fleet.remote(incarnation, agent, nowMs);
      seen.cursor = cursor;
      seen.readMs = undefined;
    } catch (error) {
      if (seen.readMs === undefined)
        log.warn(
          { err: error, collector: collector.name },
          'a collector does not answer: its agents are read from the store',
        );
      await this.#recall(collector, seen);
    }
  }

  async #recall(collector: Collector, seen: Seen): Promise<void> {
    const { clock, fleet, log, peers, store } = this.#options;
    try {
      const sinceMs = seen.readMs ?? 0;
      seen.readMs = clock.wallMs() + peers.storeOffsetMs - REGISTRY_LIMITS.lastSeenWriteMs.value;
      fleet.recorded(await agentsOf(store, collector.incarnation, sinceMs));
    } catch (error) {
      log.warn(
        { err: error, collector: collector.name },
        'its agents could not be read from the store either',
      );
    }
  }

  async #ask({ url }: Collector, path: string, init: PeerRequest = {}): Promise<unknown> {
    const response = await fetch(new URL(`/api/v1/peers/${path}`, url), {
      ...init,
      headers: { ...init.headers, ...this.#options.peers.peerHeaders?.() },
      signal: AbortSignal.timeout(REGISTRY_LIMITS.peerAnswerMs.value),
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response.json();
  }
}
