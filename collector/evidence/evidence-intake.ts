/** Takes evidence from agents into the store: gathered for a moment, inserted in one go, acknowledged after that. */
import type { Logger } from 'pino';
import type { EvidenceReport } from '../../protocol/frame.ts';
import type { Store } from '../store/store.ts';
import { EVIDENCE_INTAKE_LIMITS } from './limits.ts';

export interface EvidenceCounters {
  /** In the store. */
  stored: number;
  /** Sent back, to be sent again: for want of room, or because the store is down. */
  deferred: number;
  /** Given up by agents, as they say: for want of room, or because failures came too fast. */
  given_up: number;
}

interface Waiting {
  readonly agent: string;
  readonly report: EvidenceReport;
  readonly bytes: number;
  settle(retryAfterMs: number): void;
}

export class EvidenceIntake {
  readonly counters: EvidenceCounters = { stored: 0, deferred: 0, given_up: 0 };
  readonly #store: Pick<Store, 'insertRows'>;
  readonly #log: Logger;
  /** By agent, what it said last. */
  readonly #givenUp = new Map<string, number>();
  #waiting: Waiting[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: { readonly store: Pick<Store, 'insertRows'>; readonly log: Logger }) {
    this.#store = options.store;
    this.#log = options.log;
  }

  /** Resolves with 0 once it is in the store, else with the milliseconds after which the agent is to try again. Never rejects. */
  take(agent: string, report: EvidenceReport): Promise<number> {
    this.#countGivenUp(agent, report.givenUp);
    const bytes = Buffer.byteLength(report.text);
    if (this.#closed || this.#bytes + bytes > EVIDENCE_INTAKE_LIMITS.queueBytes.value) {
      this.counters.deferred += 1;
      return Promise.resolve(EVIDENCE_INTAKE_LIMITS.retryMs.value);
    }
    this.#bytes += bytes;
    this.#timer ??= setTimeout(() => this.#flushSoon(), EVIDENCE_INTAKE_LIMITS.flushMs.value);
    return new Promise((settle) => this.#waiting.push({ agent, report, bytes, settle }));
  }

  /** Writes what has come, and takes no more. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#flushSoon();
    await this.#writing;
  }

  /** Agents count since their start: one that says less than before has begun anew. */
  #countGivenUp(agent: string, total: number): void {
    const before = this.#givenUp.get(agent) ?? 0;
    this.counters.given_up += total < before ? total : total - before;
    this.#givenUp.delete(agent);
    this.#givenUp.set(agent, total);
    const [longestAgo] = this.#givenUp.keys();
    if (this.#givenUp.size > EVIDENCE_INTAKE_LIMITS.agents.value && longestAgo !== undefined)
      this.#givenUp.delete(longestAgo);
  }

  #flushSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // One insert at a time: a slow store fills the queue, and the queue is bounded.
    this.#writing = this.#writing.then(() => this.#flush());
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    const isStored = await this.#store.insertRows('evidence', batch.map(rowOf)).then(
      () => true,
      (error: unknown) => {
        this.#log.warn({ err: error, pieces: batch.length }, 'evidence cannot be stored, agents keep it');
        return false;
      },
    );
    this.counters[isStored ? 'stored' : 'deferred'] += batch.length;
    for (const { bytes, settle } of batch) {
      this.#bytes -= bytes;
      settle(isStored ? 0 : EVIDENCE_INTAKE_LIMITS.retryMs.value);
    }
  }
}

function rowOf({ agent, report }: Waiting): Record<string, unknown> {
  const { run, probe, target, atMs, text } = report;
  return { agent, run, probe, target, at: Math.floor(atMs), evidence: text };
}
