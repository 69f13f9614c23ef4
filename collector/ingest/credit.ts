/**
 * Flow control: what all agents together may have in flight is shared out among the sessions, and never more than there is.
 * It bounds what the queue can come to hold while the store takes nothing.
 */
import { LINK_LIMITS } from '../../protocol/limits.ts';
import { INGEST_LIMITS } from './limits.ts';

export class CreditPool {
  readonly #rows: number;
  readonly #holders = new Set<Credit>();
  /** Those that were granted less than half their part. */
  readonly #short = new Set<Credit>();
  #granted = 0;

  /** `rows`: to share out. */
  constructor(rows: number = INGEST_LIMITS.queueRows.value) {
    this.#rows = rows;
  }

  /** Results that all sessions together may have in flight: never more than there are rows, and one for each session. */
  get granted(): number {
    return this.#granted;
  }

  /** An equal part for every session. */
  get share(): number {
    const equal = Math.floor(this.#rows / Math.max(1, this.#holders.size));
    return Math.max(1, Math.min(LINK_LIMITS.creditResults.value, equal));
  }

  /** Some have less than half their part, because others have more than theirs. */
  get isShort(): boolean {
    return this.#short.size > 0;
  }

  open(): Credit {
    const credit = new Credit(this);
    this.#holders.add(credit);
    return credit;
  }

  /** What a holder of `held` may have now: its share, as far as others have left it; one in any case. */
  grant(credit: Credit, held: number): number {
    const { share } = this;
    const free = this.#rows - (this.#granted - held);
    const granted = Math.max(1, Math.min(share, free));
    this.#granted += granted - held;
    if (granted < share / 2) this.#short.add(credit);
    else this.#short.delete(credit);
    return granted;
  }

  close(credit: Credit, held: number): void {
    this.#short.delete(credit);
    if (this.#holders.delete(credit)) this.#granted -= held;
  }
}

/** The part of one session. */
export class Credit {
  readonly #pool: CreditPool;
  #granted = 0;
  /** The highest granted since the last `age`, and between the last two: the agent may not know of a smaller one yet. */
  #recent = 0;
  #before = 0;

  constructor(pool: CreditPool) {
    this.#pool = pool;
  }

  /** As it stands now, to be sent to the agent. */
  renew(): number {
    this.#granted = this.#pool.grant(this, this.#granted);
    this.#recent = Math.max(this.#recent, this.#granted);
    return this.#granted;
  }

  /** What the agent was last told. */
  get granted(): number {
    return this.#granted;
  }

  /** What the agent may have in flight, by anything it may go by. */
  get most(): number {
    return Math.max(this.#recent, this.#before);
  }

  /** Far from the equal part: the agent should be told, though nothing of it is to be acknowledged. */
  get stale(): boolean {
    const { isShort, share } = this.#pool;
    // While others go short, nobody keeps more than its part.
    return this.#granted > (isShort ? 1 : 1.5) * share || this.#granted < share / 2;
  }

  /** Called when everything sent before the last call has surely arrived. */
  age(): void {
    this.#before = this.#recent;
    this.#recent = this.#granted;
  }

  /** Gives it back. Idempotent. */
  close(): void {
    this.#pool.close(this, this.#granted);
    this.#granted = 0;
  }
}

/** Tells those whose share has changed, as many as a sweep may; `refreshCredit` is true where somebody was told. */
export function refreshCredits(sessions: Iterable<{ refreshCredit(): boolean }>): void {
  let told = 0;
  for (const session of sessions) {
    if (session.refreshCredit()) told += 1;
    if (told >= INGEST_LIMITS.creditsPerSweep.value) return;
  }
}
