/** Whether this collector holds a lease: as long as it has surely said in time that it lives, and nobody has claimed it since. */
import type { Logger } from 'pino';
import type { MembersCounters } from './counters.ts';
import { type Claim, type LeaseTable, leaseName, NO_CLAIM } from './lease.ts';
import { MEMBER_LIMITS } from './limits.ts';
import type { SeenMember } from './roll.ts';
import type { Sightings } from './sightings.ts';

export interface LeaseHoldingOptions {
  readonly name: string;
  readonly table: LeaseTable;
  readonly counters: MembersCounters;
  readonly log: Logger;
  monotonicMs(): number;
}

export class LeaseHolding {
  readonly #options: LeaseHoldingOptions;
  /** Our own term. */
  #term: number | undefined;
  #validUntilMs = Number.NEGATIVE_INFINITY;
  #top: Claim = NO_CLAIM;

  constructor(options: LeaseHoldingOptions) {
    this.#options = options;
  }

  /** While it is held. */
  get lease(): string | undefined {
    if (this.#term === undefined) return undefined;
    if (this.#options.monotonicMs() < this.#validUntilMs) return leaseName(this.#options.name, this.#term);
    this.#lose('it could not tell in time that it lives');
    return undefined;
  }

  /** Who holds it, as of the last look. */
  get holder(): string {
    return this.#top.holder;
  }

  /** Our beat, sent at that time, has reached the store. */
  beaten(sentMs: number): void {
    if (this.lease !== undefined) this.#validUntilMs = sentMs + MEMBER_LIMITS.leaseMs.value;
  }

  giveUp(): void {
    this.#term = undefined;
  }

  refused(lease: string): void {
    if (lease === this.lease) this.#lose('another collector has begun to take it');
  }

  /**
   * Claims the lease when nobody has it who lives. `members`: all that have not ended, us included; `beatMs`: when our last
   * beat was sent.
   */
  async see(
    own: string,
    members: readonly SeenMember[],
    sightings: Sightings,
    beatMs: number,
  ): Promise<void> {
    const { table, counters, log, name } = this.#options;
    this.#top = await table.top();
    if (this.#term !== undefined && (this.#top.term !== this.#term || this.#top.holder !== own))
      this.#lose('another collector has claimed it');
    if (this.lease !== undefined || this.#isHeld(own, members, sightings)) return;
    this.#top = await table.claim(this.#top, own);
    if (this.#top.holder !== own) return;
    this.#term = this.#top.term;
    this.#validUntilMs = beatMs + MEMBER_LIMITS.leaseMs.value;
    if (this.lease === undefined) return;
    counters.leasesGained += 1;
    log.info({ lease: leaseName(name, this.#term) }, 'this collector holds the lease now');
  }

  #isHeld(own: string, members: readonly SeenMember[], sightings: Sightings): boolean {
    const holder = members.find(({ incarnation }) => incarnation === this.#top.holder);
    if (!holder || holder.fenced || holder.state !== 'active' || holder.incarnation === own) return false;
    return sightings.unchangedMs(holder.incarnation) < MEMBER_LIMITS.leaseFreeMs.value;
  }

  #lose(why: string): void {
    this.#term = undefined;
    this.#options.counters.leasesLost += 1;
    this.#options.log.warn(
      { lease: this.#options.name, why },
      'this collector does not hold the lease any more',
    );
  }
}
