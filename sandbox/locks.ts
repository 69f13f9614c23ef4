/** Uploads that a cut request has left locked for a while, as on services that do not see at once that it is gone. */
import type { Clock } from './clock.ts';

export class UploadLocks {
  readonly #clock: Clock;
  readonly #untilMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hold(id: string, forMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [held, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(held);
    if (forMs > 0) this.#untilMs.set(id, nowMs + forMs);
  }

  /** How many are remembered: those that are held, and what has run out since the last was. */
  get size(): number {
    return this.#untilMs.size;
  }

  isHeld(id: string): boolean {
    return (this.#untilMs.get(id) ?? 0) > this.#clock.monotonicMs();
  }
}
