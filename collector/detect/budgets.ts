/** Error budgets of the checks for which something is promised: how many runs there were in each region, and how many were bad. */
import type { Blame, ErrorCode, Layer } from '../../probes/outcome.ts';
import { type BurnAlert, type BurnWindow, burnAlerts, burnRate, isCalmAgain, type Slo } from './burn-rate.ts';
import type { FailureCount } from './incident.ts';
import type { Observation } from './observation.ts';
import { type Counts, type LeftOut, RunCounts, sumCounts } from './run-counts.ts';
import { DETECT_LIMITS } from './settings.ts';

export interface Check {
  readonly probe: string;
  readonly target: string;
}

/** What is promised for a check. */
export interface CheckSlo extends Check {
  readonly slo: Slo;
}

/** Runs of before, counted by whoever kept them. */
export interface CountedRuns extends Check, Counts {
  readonly region: string;
  /** Of the bucket of time that they were in. */
  readonly atMs: number;
}

/** All runs of slots before an instant that were seen up to another. */
export interface BudgetHistory {
  readonly beforeMs: number;
  readonly seenMs: number;
  readonly counted: readonly CountedRuns[];
}

/** Runs of a region, and how many of them were bad. */
export interface RegionCounts extends Counts {
  readonly region: string;
}

/** Which failures of a region are explained, and need no alert of their own. */
export type ExplainedIn = (region: string) => LeftOut | undefined;

/** Kinds of failures that are told apart, for one budget; there are few, but names of people's own probes are many. */
const KINDS_MAX = 20;
const HOUR_MS = 3_600_000;

export const checkKey = ({ probe, target }: Check): string => JSON.stringify([probe, target]);

const sameSlo = (a: Slo, b: Slo): boolean => JSON.stringify(a) === JSON.stringify(b);

export class Budget implements CheckSlo {
  readonly probe: string;
  readonly target: string;
  readonly slo: Slo;
  readonly #regions = new Map<string, RunCounts>();
  /** Slots up to here are counted already, where they were seen by then. */
  #known = { beforeMs: Number.NEGATIVE_INFINITY, seenMs: Number.NEGATIVE_INFINITY };
  /** Failures by kind, of this hour and the one before. */
  #kinds = new Map<string, FailureCount>();
  #kindsBefore = new Map<string, FailureCount>();
  #kindsHour = 0;

  constructor({ probe, target, slo }: CheckSlo) {
    this.probe = probe;
    this.target = target;
    this.slo = slo;
  }

  get regions(): ReadonlyMap<string, RunCounts> {
    return this.#regions;
  }

  countsFor(region: string): RunCounts {
    const counts = this.#regions.get(region) ?? new RunCounts();
    this.#regions.set(region, counts);
    return counts;
  }

  recall({ beforeMs, seenMs }: BudgetHistory): void {
    this.#known = { beforeMs, seenMs };
  }

  isKnown({ scheduledMs, seenMs }: Observation): boolean {
    return scheduledMs < this.#known.beforeMs && seenMs <= this.#known.seenMs;
  }

  take(run: Observation, isBad: boolean): void {
    this.countsFor(run.region).add(run.scheduledMs, { runs: 1, failures: isBad ? 1 : 0 });
    if (run.failure) this.#noteKind(run.failure, run.scheduledMs);
  }

  #noteKind(
    { layer, blame, code }: { readonly layer: Layer; readonly blame: Blame; readonly code: ErrorCode },
    atMs: number,
  ): void {
    const hour = Math.floor(atMs / HOUR_MS);
    if (hour > this.#kindsHour) {
      this.#kindsBefore = hour === this.#kindsHour + 1 ? this.#kinds : new Map();
      this.#kinds = new Map();
      this.#kindsHour = hour;
    }
    const key = `${layer} ${blame} ${code}`;
    const known = this.#kinds.get(key);
    if (known) this.#kinds.set(key, { ...known, count: known.count + 1 });
    else if (this.#kinds.size < KINDS_MAX) this.#kinds.set(key, { layer, blame, code, count: 1 });
  }

  /** Failures of the last hour or two by kind, the most frequent first. */
  failures(): FailureCount[] {
    const sums = new Map(this.#kindsBefore);
    for (const [key, one] of this.#kinds)
      sums.set(key, { ...one, count: one.count + (sums.get(key)?.count ?? 0) });
    return [...sums.values()].sort((a, b) => b.count - a.count);
  }

  /** What burns too fast, without the failures that are explained. */
  alerts(nowMs: number, explained?: ExplainedIn): BurnAlert[] {
    return burnAlerts((lengthMs) => this.#sum(lengthMs, nowMs, explained), this.slo);
  }

  #sum(lengthMs: number, nowMs: number, explained?: ExplainedIn): Counts {
    return sumCounts(this.byRegion(lengthMs, nowMs, explained));
  }

  byRegion(lengthMs: number, nowMs: number, explained?: ExplainedIn): RegionCounts[] {
    return [...this.#regions].map(([region, counts]) => ({
      region,
      ...counts.sum(lengthMs, nowMs, explained?.(region)),
    }));
  }

  /** The only region without which the others would not use up half as much as it takes; undefined where it is not one alone. */
  loneRegion({ longMs, rate }: BurnWindow, nowMs: number, explained?: ExplainedIn): string | undefined {
    const all = this.byRegion(longMs, nowMs, explained).filter(({ runs }) => runs > 0);
    const alone = all.filter(({ region }) => {
      const rest = sumCounts(all.filter((other) => other.region !== region));
      return rest.runs > 0 && 2 * burnRate(rest, this.slo) < rate;
    });
    return alone.length === 1 ? alone[0]?.region : undefined;
  }

  /** When the failures of the short window began that are not explained. */
  burningSince({ shortMs }: BurnWindow, nowMs: number, explained?: ExplainedIn): number {
    const firsts = [...this.#regions].map(
      ([region, counts]) => counts.firstFailureMs(shortMs, nowMs, explained?.(region)) ?? nowMs,
    );
    return Math.min(nowMs, ...firsts);
  }

  /** Whether a window is calm again, with data: of that region where one is named. */
  isCalm(window: BurnWindow, nowMs: number, region?: string): boolean {
    if (region !== undefined && this.#regions.get(region)?.sum(window.shortMs, nowMs).runs === 0)
      return false;
    return isCalmAgain((lengthMs) => this.#sum(lengthMs, nowMs), window, this.slo);
  }
}

export class Budgets {
  readonly #budgets = new Map<string, Budget>();
  /** Regions of budgets that are counted. */
  #size = 0;
  /** Runs that were not counted, because there are too many of those. */
  overLimit = 0;

  get size(): number {
    return this.#budgets.size;
  }

  all(): Iterable<Budget> {
    return this.#budgets.values();
  }

  of(check: Check): Budget | undefined {
    return this.#budgets.get(checkKey(check));
  }

  /** Of these promises, those that are new or others than before. */
  changed(slos: readonly CheckSlo[]): CheckSlo[] {
    return slos.filter((one) => {
      const known = this.of(one);
      return !known || !sameSlo(known.slo, one.slo);
    });
  }

  /** Takes what is promised now; gives those that changed, which begin to count from nothing. */
  promise(slos: readonly CheckSlo[]): CheckSlo[] {
    const keys = new Set(slos.map(checkKey));
    for (const key of this.#budgets.keys()) if (!keys.has(key)) this.#budgets.delete(key);
    const changed = this.changed(slos);
    for (const one of changed) this.#budgets.set(checkKey(one), new Budget(one));
    this.#size = [...this.#budgets.values()].reduce((sum, { regions }) => sum + regions.size, 0);
    return changed;
  }

  /** Takes what was counted before, of checks that have begun to count from nothing. */
  recall(checks: readonly Check[], history: BudgetHistory): void {
    for (const check of checks) this.of(check)?.recall(history);
    for (const one of history.counted) {
      const budget = this.of(one);
      if (budget && this.#admits(budget, one)) budget.countsFor(one.region).add(one.atMs, one);
    }
  }

  /** Counts a run that says something of its target: not what an agent did to itself, nor what did not run. */
  take(run: Observation): void {
    if (run.outcome === 'missed' || run.disturbed || run.failure?.blame === 'agent') return;
    const budget = this.of(run);
    if (!budget || budget.isKnown(run)) return;
    const bad = isBad(run, budget.slo);
    if (bad !== undefined && this.#admits(budget, run)) budget.take(run, bad);
  }

  #admits(budget: Budget, { region }: { readonly region: string }): boolean {
    if (budget.regions.has(region)) return true;
    if (this.#size >= DETECT_LIMITS.budgetRegions.value) {
      this.overLimit += 1;
      return false;
    }
    this.#size += 1;
    return true;
  }
}

/** Failing fast must not look fast: a failure is bad whatever is promised. Undefined where a run says nothing of it. */
function isBad({ outcome, metrics }: Observation, { latency }: Slo): boolean | undefined {
  if (outcome === 'fail') return true;
  if (!latency) return false;
  const value = metrics[latency.metric];
  return value === undefined ? undefined : value >= latency.underMs;
}
