/** Runs that the collector asks for beside the schedule: each once, however often it is delivered, and not too many. */
import type { Clock } from '../probes/probe.ts';
import type { RunNow } from '../protocol/frame.ts';
import { AGENT_LIMITS } from './limits.ts';

export type Verdict = 'run' | 'duplicate' | 'too_many';

const MS_PER_SECOND = 1000;

export class RunRequests {
  readonly #clock: Clock;
  /** In the order of arrival. */
  readonly #seen = new Set<string>();
  #tokens: number = AGENT_LIMITS.runNowBurst.value;
  #filledMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledMs = clock.monotonicMs();
  }

  /** What to do with a request. One request may name several checks, a frame each. */
  admit(run: RunNow): Verdict {
    const key = JSON.stringify([run.requestId, run.assignment.probe, run.assignment.target.name]);
    if (this.#seen.has(key)) return 'duplicate';
    this.#seen.add(key);
    const [oldest] = this.#seen;
    if (this.#seen.size > AGENT_LIMITS.runNowRemembered.value && oldest !== undefined)
      this.#seen.delete(oldest);
    this.#fill();
    if (this.#tokens < 1) return 'too_many';
    this.#tokens -= 1;
    return 'run';
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs();
    const gained = ((nowMs - this.#filledMs) / MS_PER_SECOND) * AGENT_LIMITS.runNowPerSecond.value;
    this.#tokens = Math.min(AGENT_LIMITS.runNowBurst.value, this.#tokens + gained);
    this.#filledMs = nowMs;
  }
}
