/** The phases of a run in progress: what a waterfall is drawn from. */
import type { Clock, Phase } from './probe.ts';

export const TIMELINE_LIMITS = {
  phases: {
    value: 64,
    reason: 'A waterfall is read by people; the longest start-up has about 30.',
    past: 'Later phases are not kept.',
  },
} as const;

/** Starts at its construction; every time it is given is a `clock.monotonicMs()`. */
export class Timeline {
  readonly startMs: number;
  readonly #clock: Clock;
  readonly #phases: Phase[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.startMs = clock.monotonicMs();
  }

  get phases(): readonly Phase[] {
    return this.#phases;
  }

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** Milliseconds from the start of the run to `atMs`, or to now. */
  elapsed(atMs: number = this.nowMs()): number {
    return atMs - this.startMs;
  }

  add(name: string, fromMs: number, toMs: number, note?: string): void {
    const phase = { name, startMs: this.elapsed(fromMs), durationMs: Math.max(0, toMs - fromMs) };
    this.addAll([note === undefined ? phase : { ...phase, note }]);
  }

  /** Phases whose times are of the run already. */
  addAll(phases: readonly Phase[]): void {
    const room = TIMELINE_LIMITS.phases.value - this.#phases.length;
    this.#phases.push(...phases.slice(0, Math.max(0, room)));
  }
}
