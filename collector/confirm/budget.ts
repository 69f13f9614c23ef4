/** How much may be asked for beside the schedule: over all, of each agent, and of each check. Pure but for what it remembers. */
import type { Suspicion } from '../detect/confirmation.ts';
import { CONFIRM_LIMITS } from './limits.ts';

const MINUTE_MS = 60_000;

/** Tokens that come back evenly. */
class Bucket {
  readonly #size: number;
  readonly #perMinute: number;
  #tokens: number;
  #filledMs: number;

  constructor(size: number, perMinute: number, nowMs: number) {
    this.#size = size;
    this.#perMinute = perMinute;
    this.#tokens = size;
    this.#filledMs = nowMs;
  }

  has(nowMs: number): boolean {
    const gained = (Math.max(0, nowMs - this.#filledMs) / MINUTE_MS) * this.#perMinute;
    this.#tokens = Math.min(this.#size, this.#tokens + gained);
    this.#filledMs = nowMs;
    return this.#tokens >= 1;
  }

  spend(): void {
    this.#tokens -= 1;
  }
}

/** An agent may be asked for this share of its minute at once. */
const AGENT_BURST = CONFIRM_LIMITS.runsPerAgentMinute.value / 2;

export class Budget {
  readonly #rounds: Bucket;
  readonly #agents = new Map<string, Bucket>();
  /** When each check may be asked again, oldest first. */
  readonly #pauses = new Map<string, number>();

  /** `nowMs` here and below: of a clock that never goes back. */
  constructor(nowMs: number) {
    this.#rounds = new Bucket(CONFIRM_LIMITS.roundsBurst.value, CONFIRM_LIMITS.roundsPerMinute.value, nowMs);
  }

  /** Whether the check of this region was asked for a moment ago. */
  isPaused(check: Suspicion, nowMs: number): boolean {
    return nowMs < (this.#pauses.get(keyOf(check)) ?? Number.NEGATIVE_INFINITY);
  }

  hasRound(nowMs: number): boolean {
    return this.#rounds.has(nowMs);
  }

  mayAsk(agent: string, nowMs: number): boolean {
    return this.#agents.get(agent)?.has(nowMs) ?? true;
  }

  /** A round is asked of these agents now. */
  spend(check: Suspicion, agents: readonly string[], nowMs: number): void {
    this.#rounds.spend();
    remember(this.#pauses, keyOf(check), nowMs + CONFIRM_LIMITS.pauseMs.value);
    for (const agent of agents) {
      const bucket =
        this.#agents.get(agent) ?? new Bucket(AGENT_BURST, CONFIRM_LIMITS.runsPerAgentMinute.value, nowMs);
      bucket.spend();
      remember(this.#agents, agent, bucket);
    }
  }
}

/** Telling places apart is another question than whether it is there. */
function keyOf({ region, probe, target, telling }: Suspicion): string {
  return JSON.stringify([region, probe, target, telling?.incident ?? '']);
}

/** The newest last; forgets the oldest beyond the limit. */
function remember<T>(all: Map<string, T>, key: string, value: T): void {
  all.delete(key);
  all.set(key, value);
  const [oldest] = all.keys();
  if (all.size > CONFIRM_LIMITS.remembered.value && oldest !== undefined) all.delete(oldest);
}
