/** Empties a collector without loss: agents go to others, what they had sent is committed, another one detects. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Ingest } from './ingest/ingest.ts';
import type { OwnState, RunningMembership } from './members/membership.ts';
import type { RegistryLink } from './registry/link.ts';

export interface DrainStatus {
  readonly state: OwnState;
  /** Still connected here. */
  readonly agents: number;
  /** Results received and not committed. */
  readonly queuedRows: number;
  /** Sent away since the drain began. */
  readonly released: number;
  /** Results committed since the drain began. */
  readonly stored: number;
}

export interface DrainDeps {
  readonly membership: RunningMembership;
  readonly ingest: Ingest;
  readonly registry: Pick<RegistryLink, 'settled'>;
  readonly log: Logger;
}

const RETRY_MS = 500;

export class Drain {
  readonly #deps: DrainDeps;
  #running: Promise<void> | undefined;
  /** Everything is done, and the others know. */
  #drained = false;
  #agentsAtStart = 0;
  #storedAtStart = 0;

  constructor(deps: DrainDeps) {
    this.#deps = deps;
  }

  /** Begins, once; resolves when nothing is left. A drained collector still answers people, until it is stopped. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  status(): DrainStatus {
    const { membership, ingest } = this.#deps;
    const { sessions, queuedRows } = ingest.gauges();
    const begun = this.#running !== undefined;
    return {
      state: this.#drained ? 'drained' : begun ? 'draining' : membership.state,
      agents: sessions,
      queuedRows,
      released: begun ? Math.max(0, this.#agentsAtStart - sessions) : 0,
      stored: begun ? ingest.counters.resultsStored - this.#storedAtStart : 0,
    };
  }

  async #run(): Promise<void> {
    const { membership, ingest, registry, log } = this.#deps;
    this.#agentsAtStart = ingest.gauges().sessions;
    this.#storedAtStart = ingest.counters.resultsStored;
    log.info({ agents: this.#agentsAtStart }, 'draining: agents are asked to go elsewhere');
    // The others find out with a later beat, when this one is not heard.
    await membership.enter('draining').catch(() => undefined);
    await ingest.drain();
    await this.#until(() => registry.settled());
    await this.#until(() => membership.enter('drained'));
    this.#drained = true;
    log.info('drained: no agent is here, and everything is committed');
  }

  async #until(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        this.#deps.log.warn({ err: error }, 'draining waits for the store');
        await sleep(RETRY_MS);
      }
    }
  }
}
