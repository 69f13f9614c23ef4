/** Error budgets of checks for those who have promised something: which are used up too fast, and when that began and ended. */
import { type BurnAlert, BurnRate, type Slo } from './burn-rate.ts';
import type { Observation } from './observation.ts';

/** What is promised for a check; undefined where nothing is. */
export type SloOf = (check: { readonly probe: string; readonly target: string }) => Slo | undefined;

export interface BudgetEvent {
  readonly kind: 'began' | 'ended';
  readonly probe: string;
  readonly target: string;
  readonly atMs: number;
  /** When it ended, the last one. */
  readonly alert: BurnAlert;
}

/** How often budgets are looked at: the buckets are of a minute. */
const LOOK_EVERY_MS = 60_000;

interface Budget {
  readonly probe: string;
  readonly target: string;
  readonly burn: BurnRate;
  /** What burns, by the severity of its window and its length. */
  readonly on: Map<string, BurnAlert>;
}

export class Budgets {
  readonly #sloOf: SloOf;
  /** By check; undefined for those without a promise. */
  readonly #budgets = new Map<string, Budget | undefined>();
  #lookedMs = Number.NEGATIVE_INFINITY;
  #events: BudgetEvent[] = [];

  constructor(sloOf: SloOf) {
    this.#sloOf = sloOf;
  }

  /** Counts a run that says something of its target: not what an agent did to itself, nor what did not run. */
  take(run: Observation): void {
    if (run.outcome === 'missed' || run.disturbed || run.failure?.blame === 'agent') return;
    this.#budgetOf(run)?.burn.take(run.scheduledMs, run.outcome === 'fail');
  }

  #budgetOf({ probe, target }: Observation): Budget | undefined {
    const key = JSON.stringify([probe, target]);
    if (this.#budgets.has(key)) return this.#budgets.get(key);
    const slo = this.#sloOf({ probe, target });
    const budget = slo && { probe, target, burn: new BurnRate(slo), on: new Map<string, BurnAlert>() };
    this.#budgets.set(key, budget);
    return budget;
  }

  /** Looks at all budgets, once a minute at most. */
  look(nowMs: number): void {
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return;
    this.#lookedMs = nowMs;
    for (const budget of this.#budgets.values()) if (budget) this.#lookAt(budget, nowMs);
  }

  #lookAt({ burn, on, probe, target }: Budget, nowMs: number): void {
    const now = new Map(burn.alerts(nowMs).map((alert) => [String(alert.window.longMs), alert]));
    for (const [key, alert] of now) {
      if (!on.has(key)) this.#events.push({ kind: 'began', probe, target, atMs: nowMs, alert });
      on.set(key, alert);
    }
    for (const [key, alert] of on) {
      if (now.has(key)) continue;
      on.delete(key);
      this.#events.push({ kind: 'ended', probe, target, atMs: nowMs, alert });
    }
  }

  /** What began and ended since this was last asked. */
  drain(): BudgetEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
