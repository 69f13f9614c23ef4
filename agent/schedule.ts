/**
 * Starts each check on its slots. Nothing is skipped silently: a slot that could not be started in time is reported, be it
 * that the process was down, stood still, or the clock was set.
 */
import type { Clock } from '../probes/probe.ts';
import { SPEC_LIMITS } from '../probes/spec.ts';
import type { Assignment, Schedule } from '../protocol/frame.ts';
import { slotAtOrAfter } from '../protocol/slots.ts';
import { AGENT_LIMITS } from './limits.ts';
import type { Check, SlotBook, Unrun } from './slot-book.ts';
import { checkOf } from './slot-book.ts';
import type { Cancel, Timers } from './time.ts';

/** Longest sleep between two looks at the clock: a clock that is set is noticed within it. */
const LOOK_MS = 1000;

export type UnrunReason = 'agent_down' | 'overrun' | 'clock';

export interface SchedulerOptions {
  readonly agent: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly book: SlotBook;
  /** When this process started, Unix milliseconds: nobody was there to run earlier slots. */
  readonly bootMs: number;
  /** Another process ran every slot before `bootMs`: those that came due since are started, not reported. */
  readonly continues?: boolean;
  /** A slot, open in the book, whose run is to be started now; the caller settles it. */
  onDue(check: Check, slotMs: number): void;
  /** Slots that were not run, settled in the book; the caller reports them. */
  onUnrun(check: Check, unrun: Unrun, reason: UnrunReason): void;
}

interface Planned {
  readonly check: Check;
  nextMs: number;
}

/** Why a schedule cannot be followed, or undefined. */
export function scheduleFault(schedule: Schedule): string | undefined {
  const keys = new Set<string>();
  for (const { probe, target, everyMs, timeoutMs } of schedule.assignments) {
    const named = `probe ${probe} on target ${target.name}`;
    if (everyMs < SPEC_LIMITS.everyMinMs.value || everyMs > SPEC_LIMITS.everyMaxMs.value)
      return `${named} is to run every ${everyMs} ms; from ${SPEC_LIMITS.everyMinMs.value} to ${SPEC_LIMITS.everyMaxMs.value} is possible`;
    if (timeoutMs < 1 || timeoutMs > SPEC_LIMITS.timeoutMaxMs.value)
      return `${named} has a timeout of ${timeoutMs} ms; from 1 to ${SPEC_LIMITS.timeoutMaxMs.value} is possible`;
    const key = JSON.stringify([probe, target.name]);
    if (keys.has(key)) return `${named} is scheduled twice`;
    keys.add(key);
  }
  return undefined;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  #planned: Planned[] = [];
  #cancel: Cancel | undefined;
  #stopped = false;
  #continues: boolean;
  #lastWallMs: number;
  #lastMonotonicMs: number;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#continues = options.continues ?? false;
    this.#lastWallMs = options.clock.wallMs();
    this.#lastMonotonicMs = options.clock.monotonicMs();
  }

  get checks(): readonly Check[] {
    return this.#planned.map((planned) => planned.check);
  }

  /**
   * Follows these assignments from now on. Free slots of [`effectiveFromMs`, now) are reported, though none before
   * `knownFromMs` (the book knows nothing of earlier ones) and none from `quietFromMs` on, for it is not known yet
   * whether anybody expects them.
   */
  follow(
    assignments: readonly Assignment[],
    known: { readonly knownFromMs: number; readonly quietFromMs?: number },
  ): void {
    if (this.#stopped) return;
    // Slots that are due by the old assignments still belong to them.
    this.#look();
    const nowMs = this.#continues ? Math.min(this.#options.bootMs, this.#lastWallMs) : this.#lastWallMs;
    this.#continues = false;
    const share = Math.max(1, Math.floor(AGENT_LIMITS.backfillSlots.value / Math.max(1, assignments.length)));
    this.#planned = assignments.map((assignment) => {
      const check = checkOf(assignment, this.#options.agent);
      const fromMs = Math.max(assignment.effectiveFromMs, known.knownFromMs);
      this.#reportUnrun(check, fromMs, Math.min(nowMs, known.quietFromMs ?? nowMs), share);
      return { check, nextMs: slotAtOrAfter(check.series, Math.max(nowMs, assignment.effectiveFromMs)) };
    });
    this.#arm();
  }

  /** Starts no further slot; returns the first instant from which none was started. */
  stop(): number {
    if (!this.#stopped) this.#look();
    this.#stopped = true;
    this.#cancel?.();
    this.#planned = [];
    return Math.floor(this.#lastWallMs) + 1;
  }

  /** What lies before the boot was missed because no process was there, the rest because it came to know too late. */
  #reportUnrun(check: Check, fromMs: number, untilMs: number, share: number): void {
    const { book, bootMs, onUnrun } = this.#options;
    const down = book.claimUnrun(check, fromMs, Math.min(bootMs, untilMs), share);
    const late = book.claimUnrun(check, Math.max(fromMs, bootMs), untilMs, share - down.slots.length);
    if (down.slots.length + down.beyond > 0) onUnrun(check, down, 'agent_down');
    if (late.slots.length + late.beyond > 0) onUnrun(check, late, 'overrun');
  }

  /** Starts what is due, reports what is overdue. */
  #look(): void {
    const { clock } = this.#options;
    const [wallMs, monotonicMs] = [clock.wallMs(), clock.monotonicMs()];
    const jumpMs = wallMs - this.#lastWallMs - (monotonicMs - this.#lastMonotonicMs);
    this.#lastWallMs = wallMs;
    this.#lastMonotonicMs = monotonicMs;
    const reason = Math.abs(jumpMs) > AGENT_LIMITS.clockJumpMs.value ? 'clock' : 'overrun';
    // A scan is cheaper than a heap is long: 2000 checks, 33 times a second, are 0.1 ms a second.
    for (const planned of this.#planned) if (planned.nextMs <= wallMs) this.#due(planned, wallMs, reason);
  }

  #due(planned: Planned, nowMs: number, reason: UnrunReason): void {
    const { book, onDue, onUnrun } = this.#options;
    const { check } = planned;
    const lateMs = Math.min(check.series.everyMs, AGENT_LIMITS.startLateMs.value);
    const startable = slotAtOrAfter(check.series, Math.max(planned.nextMs, nowMs - lateMs));
    const unrun = book.claimUnrun(check, planned.nextMs, startable, AGENT_LIMITS.backfillSlots.value);
    if (unrun.slots.length + unrun.beyond > 0) onUnrun(check, unrun, reason);
    let slotMs = startable;
    for (; slotMs <= nowMs; slotMs += check.series.everyMs)
      if (book.open(check, slotMs)) onDue(check, slotMs);
    planned.nextMs = slotMs;
  }

  #arm(): void {
    this.#cancel?.();
    if (this.#stopped) return;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const planned of this.#planned) nextMs = Math.min(nextMs, planned.nextMs);
    const delayMs = Math.min(LOOK_MS, Math.max(0, nextMs - this.#options.clock.wallMs()));
    this.#cancel = this.#options.timers.after(Math.ceil(delayMs), () => {
      this.#look();
      this.#arm();
    });
  }
}
