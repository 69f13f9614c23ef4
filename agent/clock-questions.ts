/** What the clock of the collector shows: asked with every frame that carries a time, and told with its answer. */
import type { Clock } from '../probes/probe.ts';
import type { ClockOffset } from './clock-offset.ts';

/** Questions whose answer may still come. */
export const QUESTIONS_MAX = 8;

export class ClockQuestions {
  readonly #clock: Clock;
  readonly #offset: ClockOffset;
  /** When it was asked, by the time that the question carries. */
  readonly #open = new Map<number, number>();

  constructor(clock: Clock, offset: ClockOffset) {
    this.#clock = clock;
    this.#offset = offset;
  }

  /** The time to send, Unix milliseconds, which the answer repeats. */
  ask(): number {
    const sentMs = this.#clock.wallMs();
    this.#open.set(sentMs, this.#clock.monotonicMs());
    const [oldest] = this.#open.keys();
    if (this.#open.size > QUESTIONS_MAX && oldest !== undefined) this.#open.delete(oldest);
    return sentMs;
  }

  /** An answer carries the time of the collector; one to a question that was never asked carries nothing. */
  answered(echoSentMs: number, serverMs: number): void {
    const askedMs = this.#open.get(echoSentMs);
    this.#open.delete(echoSentMs);
    if (askedMs !== undefined) this.#offset.sample(askedMs, serverMs);
  }
}
