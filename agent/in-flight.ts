/** Which results of the spool one session has sent, and which of those are not acknowledged: within the credit. */
import { ProtocolError } from '../protocol/errors.ts';
import { LINK_LIMITS } from '../protocol/limits.ts';

interface Sent {
  readonly boot: string;
  readonly lastSeq: number;
  count: number;
}

export class InFlight {
  /** Per boot the last seq that was sent, or that the collector held from the start. */
  readonly #cursors: Map<string, number>;
  /** The same without what was given up since. */
  readonly #known: Map<string, number>;
  readonly #queue: Sent[] = [];
  #count = 0;
  #credit: number;

  constructor(held: ReadonlyMap<string, number>, credit: number) {
    this.#cursors = new Map(held);
    this.#known = new Map(held);
    this.#credit = credit;
  }

  /** Results sent and not acknowledged. */
  get count(): number {
    return this.#count;
  }

  /** How many more may be sent now: never more than a session may have, whatever the collector allows. */
  get room(): number {
    return Math.max(0, Math.min(this.#credit, LINK_LIMITS.creditResults.value) - this.#count);
  }

  /** The first result not acknowledged. */
  get first(): { readonly boot: string; readonly seq: number } | undefined {
    const head = this.#queue[0];
    return head && { boot: head.boot, seq: head.lastSeq - head.count + 1 };
  }

  /** Boots of this session, in the order in which their results are sent. */
  boots(): string[] {
    return [...this.#cursors.keys()];
  }

  cursor(boot: string): number {
    return this.#cursors.get(boot) ?? 0;
  }

  sent(boot: string, lastSeq: number, count: number): void {
    this.#cursors.set(boot, lastSeq);
    this.#known.set(boot, lastSeq);
    this.#queue.push({ boot, lastSeq, count });
    this.#count += count;
  }

  /** How many results of `boot` right before `seq` the collector will not get: they were given up. */
  skippedBefore(boot: string, seq: number): number {
    return Math.max(0, seq - 1 - (this.#known.get(boot) ?? 0));
  }

  /** Nothing of `boot` up to `seq` is to be sent. */
  skip(boot: string, seq: number): void {
    this.#cursors.set(boot, Math.max(seq, this.cursor(boot)));
  }

  /** Throws `ProtocolError` for what was never sent: believing it would delete results that nobody has. */
  acked(boot: string, seq: number, credit: number): void {
    if (seq > this.cursor(boot))
      throw new ProtocolError('bad_frame', `seq ${seq} of boot ${boot} is acknowledged, but was not sent`);
    this.#credit = credit;
    for (const entry of this.#queue) {
      if (entry.boot !== boot) continue;
      const left = Math.min(entry.count, Math.max(0, entry.lastSeq - seq));
      this.#count -= entry.count - left;
      entry.count = left;
    }
    while (this.#queue[0]?.count === 0) this.#queue.shift();
  }
}
