/**
 * Results given up, by reason. One that was sent, was not acknowledged, and was dropped then may have arrived all the same:
 * it is counted until the collector says that it holds it, so that no result counts both as stored and as dropped.
 */

/** Sent and dropped: seqs [from, until) of one boot. */
interface Doubtful {
  readonly reason: string;
  from: number;
  until: number;
}

export class Dropped {
  readonly #counts: Map<string, number>;
  readonly #doubtful = new Map<string, Doubtful[]>();
  #changed = false;

  constructor(counts: ReadonlyMap<string, number> = new Map()) {
    this.#counts = new Map(counts);
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
    if (last?.reason === reason && last.until === seq) last.until += 1;
    else ranges.push({ reason, from: seq, until: seq + 1 });
    this.#doubtful.set(boot, ranges);
  }

  /** The collector holds every result of `boot` up to `seq` that it was sent: those were not lost. */
  held(boot: string, seq: number): void {
    for (const range of this.#doubtful.get(boot) ?? []) {
      const arrived = Math.min(range.until, seq + 1) - range.from;
      if (arrived <= 0) continue;
      this.count(range.reason, -arrived);
      range.from += arrived;
    }
    const rest = this.#doubtful.get(boot)?.filter((range) => range.until > range.from) ?? [];
    if (rest.length > 0) this.#doubtful.set(boot, rest);
    else this.#doubtful.delete(boot);
  }

  /** A new session began, and the collector has said what it holds of `boot`: the rest did not arrive. */
  settle(boot: string): void {
    this.#doubtful.delete(boot);
  }

  /** Counts above zero. */
  byReason(): Record<string, number> {
    return Object.fromEntries([...this.#counts].filter(([, count]) => count > 0));
  }

  /** Every count to be stored, or undefined when nothing changed since this was last asked. */
  takeChanged(): ReadonlyMap<string, number> | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return new Map(this.#counts);
  }

  /** What was taken could not be stored. */
  putBack(): void {
    this.#changed = true;
  }
}
