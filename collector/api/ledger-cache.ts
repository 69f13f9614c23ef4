/** The ledger counts a day of slots: this keeps the last answer, and lets it take a tenth of the time at most. */
import type { Clock } from '../../probes/probe.ts';
import type { Ledger, Registry } from '../registry/registry.ts';

/** A new answer is read no sooner than this many times as long as the last one took. */
const REST_FACTOR = 9;

export class LedgerCache {
  readonly #registry: Pick<Registry, 'ledger'>;
  readonly #clock: Clock;
  readonly #minAgeMs: number;
  #ledger: Promise<Ledger> | undefined;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(registry: Pick<Registry, 'ledger'>, clock: Clock, minAgeMs: number) {
    this.#registry = registry;
    this.#clock = clock;
    this.#minAgeMs = minAgeMs;
  }

  /** The ledger of the last day, as old as `minAgeMs` or the rest that it needs. Rejects with what the registry rejects with. */
  read(): Promise<Ledger> {
    if (this.#ledger === undefined || this.#clock.monotonicMs() >= this.#nextMs)
      this.#ledger = this.#refresh();
    return this.#ledger;
  }

  async #refresh(): Promise<Ledger> {
    const startMs = this.#clock.monotonicMs();
    this.#nextMs = Number.POSITIVE_INFINITY;
    try {
      const ledger = await this.#registry.ledger();
      const tookMs = this.#clock.monotonicMs() - startMs;
      this.#nextMs = startMs + tookMs + Math.max(this.#minAgeMs, REST_FACTOR * tookMs);
      return ledger;
    } catch (error) {
      this.#nextMs = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }
}
