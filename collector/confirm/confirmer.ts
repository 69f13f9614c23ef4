/**
 * Looks again at once: on a suspicion it asks the agent that saw it, siblings and a neighbouring region for one run each
 * (`trigger=confirm`), within a budget, and gives what they found. It asks while this collector judges, and never waits for
 * anybody beyond the deadline of a round. First tries are not touched: what is asked for here fills no slot, no rollup, no baseline.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { ConfirmAsked, ConfirmRound, ConfirmRun, Suspicion } from '../detect/confirmation.ts';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';
import { readAnswers } from './answer-rows.ts';
import { Budget } from './budget.ts';
import { chooseConfirmers } from './choose-confirmers.ts';
import { CONFIRM_LIMITS } from './limits.ts';

export interface ConfirmerOptions {
  readonly store: Pick<Store, 'query'>;
  readonly registry: Pick<Registry, 'agents' | 'probe' | 'confirm'>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface ConfirmCounters {
  /** Suspicions that were looked into. */
  readonly rounds: number;
  /** Those that were not: the budget was spent, or nobody could be asked. */
  readonly over_budget: number;
  readonly nobody: number;
  readonly runs_asked: number;
  readonly answered: number;
  /** Asked, and not heard of in time. */
  readonly silent: number;
  /** Rounds that detection never took. */
  readonly dropped: number;
  /** Looks at the store that failed; the next one is made all the same. */
  readonly looks_failed: number;
}

/** A round that waits for answers. */
interface Open {
  readonly suspicion: Suspicion;
  readonly requestId: string;
  readonly askedMs: number;
  readonly asked: readonly ConfirmAsked[];
  readonly runs: Map<string, ConfirmRun>;
  /** Monotonic milliseconds. */
  readonly untilMs: number;
}

export class Confirmer {
  readonly #options: ConfirmerOptions;
  readonly #budget: Budget;
  readonly #open = new Map<string, Open>();
  #settled: ConfirmRound[] = [];
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  /** Rounds that are about to be asked. */
  #asking = new Set<Promise<void>>();
  #closed = false;
  readonly #counts = {
    ...{ rounds: 0, over_budget: 0, nobody: 0, runs_asked: 0 },
    ...{ answered: 0, silent: 0, dropped: 0, looks_failed: 0 },
  };

  constructor(options: ConfirmerOptions) {
    this.#options = options;
    this.#budget = new Budget(options.clock.monotonicMs());
  }

  get counters(): ConfirmCounters {
    return this.#counts;
  }

  /** Rounds that wait for answers. */
  get size(): number {
    return this.#open.size + this.#asking.size;
  }

  /** Looks into what the budget allows, the first of each region before the second of any; returns at once. */
  ask(suspicions: readonly Suspicion[]): void {
    if (this.#closed) return;
    const nowMs = this.#options.clock.monotonicMs();
    const fresh = suspicions.filter((one) => !this.#budget.isPaused(one, nowMs));
    for (const suspicion of byTurns(fresh)) this.#ask(suspicion, nowMs);
  }

  #ask(suspicion: Suspicion, nowMs: number): void {
    if (this.size >= CONFIRM_LIMITS.roundsOpen.value || !this.#budget.hasRound(nowMs)) {
      this.#counts.over_budget += 1;
      return;
    }
    const { registry } = this.#options;
    const probe = registry.probe(suspicion.probe);
    const running = new Set(probe?.agents);
    const able = registry
      .agents()
      .filter(
        ({ id, state, connectedSinceMs }) =>
          state === 'connected' && connectedSinceMs !== undefined && running.has(id),
      )
      .filter(({ id }) => this.#budget.mayAsk(id, nowMs));
    const asked = chooseConfirmers(suspicion, able);
    // A neighbour alone says nothing of the region.
    if (!probe || !asked.some(({ role }) => role !== 'neighbour')) {
      this.#counts.nobody += 1;
      return;
    }
    const agents = asked.map(({ agent }) => agent);
    this.#budget.spend(suspicion, agents, nowMs);
    const work = this.#start(suspicion, asked, nowMs + this.#roundMs(probe.timeoutMs)).finally(() => {
      this.#asking.delete(work);
    });
    this.#asking.add(work);
  }

  #roundMs(timeoutMs: number): number {
    return Math.min(timeoutMs + CONFIRM_LIMITS.answerMs.value, CONFIRM_LIMITS.roundMs.value);
  }

  /** Tells the agents. Never rejects. */
  async #start(suspicion: Suspicion, chosen: readonly ConfirmAsked[], untilMs: number): Promise<void> {
    const { registry, clock, log } = this.#options;
    const requestId = randomUUID();
    const { probe, target } = suspicion;
    const askedMs = clock.wallMs();
    const agents = chosen.map(({ agent }) => agent);
    const told = await registry
      .confirm({ run: requestId, probe, target, agents })
      .catch((error: unknown): readonly string[] => {
        log.warn({ err: error, probe, target }, 'nobody could be asked to look again');
        return [];
      });
    const asked = chosen.filter(({ agent }) => told.includes(agent));
    if (asked.length === 0 || this.#closed) {
      this.#counts.nobody += 1;
      return;
    }
    this.#counts.rounds += 1;
    this.#counts.runs_asked += asked.length;
    this.#open.set(requestId, { suspicion, requestId, askedMs, asked, untilMs, runs: new Map() });
    log.debug({ ...suspicion, request: requestId, agents: told }, 'a suspicion is looked into');
    this.#lookLater();
  }

  /** Rounds that are over, oldest first; each once. */
  take(): readonly ConfirmRound[] {
    const settled = this.#settled;
    this.#settled = [];
    return settled;
  }

  /** Stops asking and looking; results that are still to come are stored as any. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all([...this.#asking, this.#looking]);
    this.#open.clear();
  }

  #lookLater(): void {
    if (this.#timer || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => {
        this.#timer = undefined;
        if (this.#open.size > 0) this.#lookLater();
      });
    }, CONFIRM_LIMITS.pollMs.value);
  }

  async #look(): Promise<void> {
    const { store, clock, log } = this.#options;
    const rounds = [...this.#open.values()];
    // What is late when the look begins has had its time; what the look finds still counts.
    const nowMs = clock.monotonicMs();
    const since = Math.min(...rounds.map(({ askedMs }) => askedMs));
    try {
      const rows = await readAnswers(store, [...this.#open.keys()], since);
      for (const { requestId, agent, run } of rows) this.#open.get(requestId)?.runs.set(agent, run);
    } catch (error) {
      this.#counts.looks_failed += 1;
      if (!this.#closed) log.warn({ err: error }, 'confirmations could not be read; it is tried again');
    }
    for (const round of rounds) {
      const complete = round.asked.every(({ agent }) => round.runs.has(agent));
      if (complete || nowMs >= round.untilMs) this.#settle(round);
    }
  }

  #settle({ suspicion, requestId, askedMs, asked, runs }: Open): void {
    this.#open.delete(requestId);
    const answers = asked.map((one) => {
      const run = runs.get(one.agent);
      return run ? { ...one, run } : one;
    });
    const answered = answers.filter((one) => 'run' in one).length;
    this.#counts.answered += answered;
    this.#counts.silent += answers.length - answered;
    const settledMs = this.#options.clock.wallMs();
    this.#settled.push({ suspicion, requestId, askedMs, settledMs, asked: answers });
    if (this.#settled.length <= CONFIRM_LIMITS.settled.value) return;
    this.#settled.shift();
    this.#counts.dropped += 1;
  }
}

/** The first of each region, then the second of each, and so on; otherwise in their order. */
function byTurns(suspicions: readonly Suspicion[]): readonly Suspicion[] {
  const seen = new Map<string, number>();
  return suspicions
    .map((suspicion) => {
      const turn = seen.get(suspicion.region) ?? 0;
      seen.set(suspicion.region, turn + 1);
      return { suspicion, turn };
    })
    .sort((a, b) => a.turn - b.turn)
    .map(({ suspicion }) => suspicion);
}
