/**
 * From rows to runs: the metrics of a run stand in rows of their own, which may be apart from each other and out of order by
 * seconds. A run is given when the file is well past it, in the order of time.
 */
import type { Observation } from '../../collector/detect/observation.ts';
import type { Outcome } from '../../probes/outcome.ts';
import type { ResultRow } from './result-rows.ts';

export const JOIN_LIMITS = {
  holdMs: {
    value: 30_000,
    reason: 'Rows of several writers are out of order by seconds.',
    past: 'The row counts as late: a straggler of its round, or too old to be judged.',
  },
  runsHeld: {
    value: 200_000,
    reason: 'Half a minute of 100,000 agents.',
    past: 'The oldest are given at once.',
  },
} as const;

/** A run that failed in part failed. */
const WORSE: Readonly<Record<Outcome, number>> = { ok: 1, missed: 0, fail: 2 };

interface HeldRun {
  readonly first: ResultRow['run'];
  outcome: Outcome;
  failure: Observation['failure'];
  readonly metrics: Record<string, number>;
}

export class RunJoiner {
  #held = new Map<string, HeldRun>();
  #newestMs = Number.NEGATIVE_INFINITY;
  #releasedMs = Number.NEGATIVE_INFINITY;
  #dueMs = Number.NEGATIVE_INFINITY;
  /** Rows that came when runs of their time had been given already. */
  late = 0;

  /** Takes a row; gives the runs that are whole. `seenMs` never goes back. */
  take(row: ResultRow): readonly Observation[] {
    if (row.atMs < this.#releasedMs) this.late += 1;
    this.#join(row);
    if (row.atMs > this.#newestMs) this.#newestMs = row.atMs;
    if (this.#held.size >= JOIN_LIMITS.runsHeld.value) return this.#give(this.#newestMs);
    if (this.#newestMs < this.#dueMs) return [];
    // Once in half the time that is waited: sorting for each row would cost more than judging.
    this.#dueMs = this.#newestMs + JOIN_LIMITS.holdMs.value / 2;
    return this.#give(this.#newestMs - JOIN_LIMITS.holdMs.value);
  }

  /** The rest, at the end of the file. */
  rest(): readonly Observation[] {
    return this.#give(Number.POSITIVE_INFINITY);
  }

  #join({ atMs, outcome, run, value }: ResultRow): void {
    const key = `${atMs}\u0000${run.agent}\u0000${run.probe}\u0000${run.target}\u0000${run.region}`;
    let held = this.#held.get(key);
    if (!held) {
      held = { first: run, outcome, failure: run.failure, metrics: {} };
      this.#held.set(key, held);
    }
    if (WORSE[outcome] > WORSE[held.outcome]) {
      held.outcome = outcome;
      held.failure = run.failure;
    }
    // A row that stands twice says the same; the first one counts.
    if (value) held.metrics[value.metric] ??= value.value;
  }

  #give(upToMs: number): readonly Observation[] {
    const runs: Observation[] = [];
    for (const [key, held] of this.#held) {
      const { first, failure, metrics, outcome } = held;
      if (first.scheduledMs > upToMs) continue;
      this.#held.delete(key);
      const { failure: _, ...run } = first;
      runs.push({ ...run, seenMs: 0, outcome, metrics, ...(failure && { failure }) });
    }
    runs.sort((a, b) => a.scheduledMs - b.scheduledMs);
    return runs.map((run) => {
      this.#releasedMs = Math.max(this.#releasedMs, run.scheduledMs);
      return { ...run, seenMs: this.#releasedMs };
    });
  }
}
