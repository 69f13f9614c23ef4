/** What one session has sent and not been acknowledged, batch by batch. */

interface Sent {
  readonly boot: string;
  readonly lastSeq: number;
  count: number;
}

export class InFlight {
  /** In the order in which they came. */
  #batches: Sent[] = [];
  #count = 0;

  /** Results, repeated ones included. */
  get count(): number {
    return this.#count;
  }

  sent(boot: string, lastSeq: number, count: number): void {
    this.#batches.push({ boot, lastSeq, count });
    this.#count += count;
  }

  /** All of `boot` up to `seq` is committed: gives the highest seq of it that was in flight, or 0 when none was. */
  committed(boot: string, seq: number): number {
    let highest = 0;
    for (const batch of this.#batches) {
      if (batch.boot !== boot) continue;
      const left = Math.min(batch.count, Math.max(0, batch.lastSeq - seq));
      if (left === batch.count) continue;
      highest = Math.max(highest, batch.lastSeq - left);
      this.#count -= batch.count - left;
      batch.count = left;
    }
    if (highest > 0) this.#batches = this.#batches.filter(({ count }) => count > 0);
    return highest;
  }
}
