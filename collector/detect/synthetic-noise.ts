/** The noise of a machine that a whole fleet shares: what hits everybody at once, and what each agent has for itself. */
import type { Random } from './synthetic-random.ts';

export interface NoiseLevels {
  /** Deviation of the logarithm of latency, and its correlation from run to run. */
  readonly sigma: number;
  readonly autocorrelation: number;
  /** Deviation of the logarithm of what is usual, from agent to agent. */
  readonly placeSigma: number;
  /** While a browser runs: seconds of extra latency on all agents, up to so many milliseconds. */
  readonly browserDelayMs: number;
  /** Mean time between stalls of 200 to 500 ms, and the share of the runs in flight that each hits. */
  readonly stallEveryMs: number;
  readonly stallShare: number;
  /** Mean time between stretches of 3 to 10 s in which everybody is slower, by up to so much. */
  readonly contentionEveryMs: number;
  readonly contentionDelayMs: number;
  readonly tailShare: number;
  readonly failShare: number;
  readonly lostShare: number;
  readonly duplicateShare: number;
}

export const BUSY_HOST: NoiseLevels = {
  sigma: 0.35,
  placeSigma: 0.3,
  autocorrelation: 0.6,
  browserDelayMs: 100,
  stallEveryMs: 12_000,
  stallShare: 0.6,
  contentionEveryMs: 40_000,
  contentionDelayMs: 150,
  tailShare: 0.01,
  failShare: 0.002,
  lostShare: 0.003,
  duplicateShare: 0.01,
};

interface Episode {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly delayMs: number;
}

export class HostNoise {
  readonly levels: NoiseLevels;
  readonly #random: Random;
  readonly #bursts: readonly Episode[];
  readonly #stalls: readonly Episode[];
  readonly #agents = new Map<string, { readonly place: number; state: number }>();

  constructor(
    random: Random,
    lengthMs: number,
    browserRunsMs: readonly number[],
    levels: Partial<NoiseLevels> = {},
  ) {
    this.levels = { ...BUSY_HOST, ...levels };
    this.#random = random;
    const { browserDelayMs, contentionDelayMs, contentionEveryMs, stallEveryMs } = this.levels;
    const browser = browserRunsMs.map((atMs) => this.#episode(atMs, 1000, 4000, 5, browserDelayMs));
    const contention = this.#times(lengthMs, contentionEveryMs).map((atMs) =>
      this.#episode(atMs, 3000, 10_000, 30, contentionDelayMs),
    );
    this.#bursts = [...browser, ...contention];
    this.#stalls = this.#times(lengthMs, stallEveryMs).map((atMs) => this.#episode(atMs, 200, 500, 0, 0));
  }

  #times(lengthMs: number, everyMs: number): number[] {
    const times: number[] = [];
    for (let at = this.#random.exponential(everyMs); at < lengthMs; at += this.#random.exponential(everyMs))
      times.push(at);
    return times;
  }

  #episode(fromMs: number, shortMs: number, longMs: number, low: number, high: number): Episode {
    const untilMs = fromMs + this.#random.uniform(shortMs, longMs);
    return { fromMs, untilMs, delayMs: this.#random.uniform(Math.min(low, high), high) };
  }

  /** What hits a run that starts at an instant, and whether the agent noticed that it was itself held up. */
  during(atMs: number): { readonly delayMs: number; readonly disturbed: boolean } {
    const random = this.#random;
    let delayMs = 0;
    let disturbed = false;
    for (const burst of this.#bursts)
      if (atMs >= burst.fromMs && atMs < burst.untilMs) delayMs += burst.delayMs * random.uniform(0.3, 1.3);
    for (const stall of this.#stalls) {
      if (atMs < stall.fromMs || atMs >= stall.untilMs || !random.chance(this.levels.stallShare)) continue;
      delayMs += stall.untilMs - atMs;
      disturbed ||= random.chance(0.4);
    }
    // Processes that have just come up compile and connect for the first time.
    if (atMs < 15_000) delayMs += random.uniform(0, 300) * Math.exp(-atMs / 4000);
    if (random.chance(this.levels.tailShare)) delayMs += 50 * (1 - random.next()) ** -0.7;
    return { delayMs, disturbed };
  }

  /** A factor on the usual latency of an agent: its place, and noise that remembers the last run. */
  agentFactor(agent: string): number {
    const { sigma, autocorrelation, placeSigma } = this.levels;
    let one = this.#agents.get(agent);
    if (!one) {
      one = { place: this.#random.lognormal(1, placeSigma), state: this.#random.normal() };
      this.#agents.set(agent, one);
    }
    const fresh = Math.sqrt(1 - autocorrelation ** 2) * this.#random.normal();
    one.state = autocorrelation * one.state + fresh;
    return one.place * Math.exp(sigma * one.state);
  }

  /** A few rows take the long way and arrive out of order. */
  transportMs(): number {
    return this.#random.chance(0.01) ? this.#random.uniform(500, 4000) : 0;
  }
}
