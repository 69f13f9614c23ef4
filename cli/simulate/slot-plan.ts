/**
 * When one simulated agent runs what, by the very slots of the protocol: each slot from the begin of its assignment on makes
 * exactly one result, over all changes of the schedule. A result is made when its run would have ended.
 */
import type { Cancel, Timers } from '../../agent/time.ts';
import type { Clock } from '../../probes/probe.ts';
import type { Assignment } from '../../protocol/frame.ts';
import { slotAtOrAfter, slotSeries } from '../../protocol/slots.ts';
import type { CheckTable, SimCheck } from './check-table.ts';
import { SIMULATE_LIMITS } from './limits.ts';
import type { Waiting } from './memory-spool.ts';

export interface SlotPlanOptions {
  readonly agent: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly checks: CheckTable;
  /** No slot before this instant is this process's, Unix milliseconds. */
  readonly sinceMs: number;
  /** How long the run of a slot takes. */
  durationMs(check: SimCheck, slotMs: number): number;
  onResult(waiting: Waiting): void;
}

export class SlotPlan {
  readonly #options: SlotPlanOptions;
  /** Three columns: the check, its first slot without a result, and when the run of that slot ends. */
  #checks: readonly SimCheck[] = [];
  #nextMs = new Float64Array(0);
  #doneMs = new Float64Array(0);
  #cancel: Cancel | undefined;
  #stopped = false;

  constructor(options: SlotPlanOptions) {
    this.#options = options;
  }

  /** Runs that have begun and not ended. */
  get running(): number {
    const nowMs = this.#options.clock.wallMs();
    let running = 0;
    this.#checks.forEach(({ everyMs }, index) => {
      const next = this.#nextMs[index] ?? nowMs;
      if (next <= nowMs) running += Math.floor((nowMs - next) / everyMs) + 1;
    });
    return running;
  }

  /** Follows these assignments from now on. A check that stays goes on where it is. */
  follow(assignments: readonly Assignment[]): void {
    if (this.#stopped) return;
    // Slots that have begun by the old assignments still belong to them.
    this.#finishBegun();
    const { agent, checks, sinceMs } = this.#options;
    const before = new Map(this.#checks.map((check, index) => [check, this.#nextMs[index] ?? 0]));
    this.#checks = assignments.map((assignment) => checks.of(assignment));
    this.#nextMs = new Float64Array(assignments.length);
    this.#doneMs = new Float64Array(assignments.length);
    assignments.forEach(({ probe, target, everyMs, effectiveFromMs }, index) => {
      const check = this.#checks[index] as SimCheck;
      const series = slotSeries(probe, target.name, agent, everyMs);
      const first = slotAtOrAfter(series, Math.max(effectiveFromMs, sinceMs));
      this.#plan(index, Math.max(first, before.get(check) ?? 0));
    });
    this.#arm();
  }

  /** Ends what has begun and starts no further slot; returns the first instant from which none was started. */
  stop(): number {
    const stoppedAtMs = Math.floor(this.#options.clock.wallMs()) + 1;
    if (!this.#stopped) this.#finishBegun();
    this.#stopped = true;
    this.#cancel?.();
    this.#checks = [];
    return stoppedAtMs;
  }

  #plan(index: number, slotMs: number): void {
    const check = this.#checks[index] as SimCheck;
    this.#nextMs[index] = slotMs;
    this.#doneMs[index] = slotMs + this.#options.durationMs(check, slotMs);
  }

  /** Makes the results of every slot whose run has ended. */
  #look(): void {
    const nowMs = this.#options.clock.wallMs();
    for (let index = 0; index < this.#checks.length; index += 1)
      while ((this.#doneMs[index] ?? 0) <= nowMs) this.#make(index, nowMs);
  }

  #finishBegun(): void {
    const nowMs = this.#options.clock.wallMs();
    for (let index = 0; index < this.#checks.length; index += 1)
      while ((this.#nextMs[index] ?? 0) <= nowMs) this.#make(index, nowMs);
  }

  #make(index: number, nowMs: number): void {
    const check = this.#checks[index] as SimCheck;
    const slotMs = this.#nextMs[index] ?? 0;
    // One that ends late has begun late by as much.
    const latenessMs = Math.max(0, nowMs - (this.#doneMs[index] ?? 0));
    const missed = latenessMs > SIMULATE_LIMITS.startLateMs.value;
    this.#plan(index, slotMs + check.everyMs);
    this.#options.onResult({ check, slotMs, latenessMs, missed });
  }

  #arm(): void {
    this.#cancel?.();
    if (this.#stopped || this.#checks.length === 0) return;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const doneMs of this.#doneMs) nextMs = Math.min(nextMs, doneMs);
    this.#cancel = this.#options.timers.after(nextMs - this.#options.clock.wallMs(), () => {
      this.#look();
      this.#arm();
    });
  }
}
