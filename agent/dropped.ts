/**
 * Results given up, by reason. One that was sent, was not acknowledged, and was dropped then may have arrived all the same:
 * it is counted until the collector says that it holds it, so that no result counts both as stored and as dropped.
 */

import { AGENT_LIMITS } from './limits.ts';

/** Sent and dropped: seqs [from, until) of one boot. */
export interface Doubtful {
  readonly reason: string;
  readonly from: number;
  readonly until: number;
}

/** All that is to be stored of it: numbers by reason, and what is doubtful of each boot, the oldest first. */
export interface DroppedState {
  readonly counts: ReadonlyMap<string, number>;
  readonly doubtful: readonly (readonly [boot: string, ranges: readonly Doubtful[]])[];
}

export class Dropped {
  readonly #counts: Map<string, number>;
  readonly #doubtful: Map<string, readonly Doubtful[]>;
  #changed = false;

  constructor({ counts, doubtful }: DroppedState = { counts: new Map(), doubtful: [] }) {
    this.#counts = new Map(counts);
    this.#doubtful = new Map(doubtful);
  }

  /** All of it, as it stands. */
  get state(): DroppedState {
    return { counts: new Map(this.#counts), doubtful: [...this.#doubtful] };
  }

  /** Boots of which a result is counted that the collector may hold, the oldest first. */
  get doubtfulBoots(): string[] {
    return [...this.#doubtful.keys()];
  }

  count(reason: string, by: number): void {
    if (by === 0) return;
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + by);
    this.#changed = true;
  }

  /** Counts one result; `doubtful` when the collector may hold it. Those of one boot come in the order of seq. */
  countResult(reason: string, boot: string, seq: number, doubtful: boolean): void {
    this.count(reason, 1);
    if (!doubtful) return;
    const ranges = this.#doubtful.get(boot) ?? [];
    const last = ranges.at(-1);
    const joins = last?.reason === reason && last.until === seq;
    const from = joins ? last.from : seq;
    this.#doubtful.set(boot, [...(joins ? ranges.slice(0, -1) : ranges), { reason, from, until: seq + 1 }]);
    // What is forgotten stays counted as dropped.
    for (const oldest of this.#doubtful.keys())
      if (this.#doubtful.size > AGENT_LIMITS.doubtfulBoots.value) this.#doubtful.delete(oldest);
      else break;
  }

  /** The collector holds every result of `boot` up to `seq` that it was sent: those were not lost. */
  held(boot: string, seq: number): void {
    const ranges = this.#doubtful.get(boot);
    if (!ranges) return;
    for (const { reason, from, until } of ranges)
      this.count(reason, -Math.max(0, Math.min(until, seq + 1) - from));
    const rest = ranges
      .filter(({ until }) => until > seq + 1)
      .map((range) => ({ ...range, from: Math.max(range.from, seq + 1) }));
    if (rest.length > 0) this.#doubtful.set(boot, rest);
    else this.#doubtful.delete(boot);
  }

  /** A new session began, and the collector has said what it holds of `boot`: the rest did not arrive. True when there was any. */
  settle(boot: string): boolean {
    const settled = this.#doubtful.delete(boot);
    if (settled) this.#changed = true;
    return settled;
  }

  /** Counts above zero. */
  byReason(): Record<string, number> {
    return Object.fromEntries([...this.#counts].filter(([, count]) => count > 0));
  }

  /** What is to be stored, or undefined when nothing changed since this was last asked. */
  takeChanged(): DroppedState | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return this.state;
  }

  /** What was taken could not be stored. */
  putBack(): void {
    this.#changed = true;
  }
}
