/** What a simulated fleet has done, counted once for all agents. */
import { Histogram } from './histogram.ts';
import { SIMULATE_LIMITS } from './limits.ts';

export class Tally {
  /** Results made; each slot makes one, missed ones included. */
  made = 0;
  /** Those of them that are missed slots: the simulator itself was late. */
  missed = 0;
  /** Those of them that somebody asked for: they have no slot. */
  asked = 0;
  /** Distinct results that went out at least once. */
  sent = 0;
  /** Results that went out again, on another session. */
  resent = 0;
  acked = 0;
  dropped = 0;
  connected = 0;
  /** Welcomes after the first of an agent. */
  reconnects = 0;
  /** Made to acknowledged: of all, of those since the last line of progress, and of those since the parent's last mark. */
  readonly ackMs = new Histogram();
  readonly recentAckMs = new Histogram();
  readonly markedAckMs = new Histogram();
  readonly #ends = new Map<string, number>();

  /** Made and neither acknowledged nor dropped. */
  get spooled(): number {
    return this.made - this.acked - this.dropped;
  }

  countAck(tookMs: number): void {
    this.acked += 1;
    this.ackMs.add(tookMs);
    this.recentAckMs.add(tookMs);
    this.markedAckMs.add(tookMs);
  }

  /** A session ended, e.g. `4503 the store does not answer`. */
  countEnd(reason: string): void {
    const full = this.#ends.size >= SIMULATE_LIMITS.endReasons.value && !this.#ends.has(reason);
    const key = full ? 'other' : reason;
    this.#ends.set(key, (this.#ends.get(key) ?? 0) + 1);
  }

  /** Why sessions ended, the most frequent first. */
  ends(): readonly (readonly [reason: string, count: number])[] {
    return [...this.#ends].sort((a, b) => b[1] - a[1]);
  }
}
