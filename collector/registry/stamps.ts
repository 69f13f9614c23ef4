/** Versions of rows: of the rows of one key the one with the highest counts, whichever collector wrote it. */
import type { Clock } from '../../probes/probe.ts';
import type { Peers } from './peers.ts';

/** Versions within a millisecond; together they stay below 2^53 for 250 years. */
const PER_MS = 1000;

/**
 * Grows with every call, also when the clock is set back; follows the clock of the store, so that what one collector writes
 * after another counts.
 */
export class Stamps {
  readonly #clock: Clock;
  readonly #peers: Pick<Peers, 'storeOffsetMs'>;
  #last: number;

  /** `last`: the highest in the store. */
  constructor(clock: Clock, peers: Pick<Peers, 'storeOffsetMs'>, last: number) {
    this.#clock = clock;
    this.#peers = peers;
    this.#last = last;
  }

  next(): number {
    const now = Math.floor(this.#clock.wallMs() + this.#peers.storeOffsetMs) * PER_MS;
    this.#last = Math.max(this.#last + 1, now);
    return this.#last;
  }
}
