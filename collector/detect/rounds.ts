/**
 * Checks that run equally often are judged together in rounds of that length: the slots of one check fall into each round
 * exactly once an agent, whatever their phase. A round closes when every series that is usually heard was heard, or when
 * the grace for stragglers is over.
 */
import type { RunVote, Series } from './series.ts';
import { DETECT_LIMITS } from './settings.ts';

/** Rounds of not being heard after which a series is no longer waited for. */
const WAIT_ROUNDS = 3;
/** Intervals this close to each other are the same: slots of files and of slow clocks jitter. */
const SAME_INTERVAL = 0.05;

/** What was heard in one round; a series that was heard without a vote has an empty list. */
export interface ClosedRound {
  readonly startMs: number;
  readonly heard: ReadonlyMap<Series, readonly RunVote[]>;
}

export class RoundClass {
  readonly everyMs: number;
  readonly #open = new Map<number, Map<Series, RunVote[]>>();
  readonly #series = new Set<Series>();
  #closedUpTo = Number.NEGATIVE_INFINITY;

  constructor(everyMs: number) {
    this.everyMs = everyMs;
  }

  /** Stragglers are waited for this long after the end of a round. */
  get graceMs(): number {
    return Math.max(3000, Math.min(this.everyMs / 2, 15_000));
  }

  matches(everyMs: number): boolean {
    return Math.abs(everyMs - this.everyMs) <= SAME_INTERVAL * this.everyMs;
  }

  leave(series: Series): void {
    this.#series.delete(series);
  }

  /** Puts a vote into its round; a late one into the oldest open round. False when it is too late to count. */
  add(series: Series, slotMs: number, vote: RunVote | undefined): boolean {
    const own = Math.floor(slotMs / this.everyMs);
    if (own < this.#closedUpTo - DETECT_LIMITS.lateRounds.value) return false;
    const bucket = Math.max(own, this.#closedUpTo + 1);
    let round = this.#open.get(bucket);
    if (!round) {
      round = new Map();
      this.#open.set(bucket, round);
    }
    const votes = round.get(series) ?? [];
    if (vote) votes.push(vote);
    round.set(series, votes);
    series.lastBucket = Math.max(series.lastBucket, bucket);
    this.#series.add(series);
    return true;
  }

  /** Closes, oldest first, what is complete or has waited long enough. */
  *close(nowMs: number): Generator<ClosedRound> {
    for (const bucket of [...this.#open.keys()].sort((a, b) => a - b)) {
      const heard = this.#open.get(bucket) as Map<Series, RunVote[]>;
      const overdue = nowMs >= (bucket + 1) * this.everyMs + this.graceMs;
      const crowded = this.#open.size > DETECT_LIMITS.openRounds.value;
      if (!overdue && !crowded && !this.#complete(bucket, heard)) return;
      this.#open.delete(bucket);
      this.#closedUpTo = bucket;
      yield { startMs: bucket * this.everyMs, heard };
    }
  }

  #complete(bucket: number, heard: ReadonlyMap<Series, unknown>): boolean {
    for (const series of this.#series) {
      if (heard.has(series)) continue;
      if (series.lastBucket >= bucket - WAIT_ROUNDS) return false;
      this.#series.delete(series);
    }
    return true;
  }
}
