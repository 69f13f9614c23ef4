/** An open incident of its own that an error budget goes too fast: what no other incident explains. */
import { type Budget, checkKey, type ExplainedIn } from './budgets.ts';
import { BurnList, burnOf } from './burn-list.ts';
import { BURN_WINDOWS, type BurnAlert, burnRate } from './burn-rate.ts';
import { type Impact, impactOf, type TrafficWeights } from './impact.ts';
import {
  BUDGET_METRIC,
  type Evidence,
  type Incident,
  type IncidentScope,
  scopeText,
  type TimelineEntry,
} from './incident.ts';
import type { Labelled } from './scope.ts';
import { FAILURE_METRIC } from './series.ts';
import { DETECT_LIMITS } from './settings.ts';
import { blameOf, budgetText, faultPlaceOf } from './verdict.ts';

/** A budget that burns, as it is now. */
export interface Burning {
  readonly budget: Budget;
  /** Without what is explained, the most urgent first. */
  readonly alerts: readonly BurnAlert[];
  readonly explained: ExplainedIn;
}

/** Names are of people's choosing: only what is safe in an address and a file name. */
const slug = (text: string): string => text.replace(/[^a-zA-Z0-9]+/g, '-');

const EMPTY: Pick<Evidence, 'agents' | 'agentsHeard' | 'silentAgents' | 'series' | 'phases'> = {
  agents: [],
  agentsHeard: 0,
  silentAgents: [],
  series: [],
  phases: [],
};

export class BudgetCase {
  readonly id: string;
  readonly detectedMs: number;
  scope: IncidentScope;
  #startedMs: number;
  #severity: Incident['severity'] = 'warning';
  #burns: BurnList;
  readonly #timeline: TimelineEntry[];
  #impact: Impact | undefined;
  #last: Incident | undefined;

  constructor(scope: IncidentScope, startedMs: number, detectedMs: number, id?: string) {
    this.id = id ?? `inc-${detectedMs.toString(36)}-budget-${slug(scopeText(scope))}`;
    this.scope = scope;
    this.#startedMs = startedMs;
    this.detectedMs = detectedMs;
    this.#burns = new BurnList();
    this.#timeline = [
      { atMs: startedMs, what: 'began', text: '' },
      { atMs: detectedMs, what: 'detected', text: scopeText(scope) },
    ];
  }

  /** As it was before a restart. */
  static restore(incident: Incident): BudgetCase {
    const { scope, startedMs, detectedMs, evidence, id, severity } = incident;
    const restored = new BudgetCase(scope, startedMs, detectedMs, id);
    restored.#burns = new BurnList(evidence.budgets);
    restored.#severity = severity;
    restored.#impact = evidence.impact;
    if (evidence.timeline) restored.#timeline.splice(0, Number.POSITIVE_INFINITY, ...evidence.timeline);
    restored.#last = incident;
    return restored;
  }

  get burns(): BurnList {
    return this.#burns;
  }

  get last(): Incident | undefined {
    return this.#last;
  }

  /** Whether a check is what it is about, or would be: of the same place. */
  isAbout(scope: IncidentScope): boolean {
    return scopeText(this.scope) === scopeText(scope);
  }

  /** Takes what burns now; true when that is news. */
  take({ budget, alerts, explained }: Burning, nowMs: number): boolean {
    let news = false;
    for (const alert of alerts) {
      const beganMs = budget.burningSince(alert.window, nowMs, explained);
      if (!this.#burns.add(burnOf(budget, alert, beganMs), nowMs)) continue;
      news = true;
      this.note(nowMs, 'budget', budgetText({ ...budget, ...alert.window, ...alert }));
      this.#raise(alert.window.severity, nowMs);
    }
    return news;
  }

  /** It does not fall while it goes on: a ticket may become a page, and none the other way. */
  #raise(severity: Incident['severity'], nowMs: number): void {
    if (severity === this.#severity || severity === 'warning') return;
    if (this.#last) this.note(nowMs, 'severity', `${this.#severity} to ${severity}`);
    this.#severity = severity;
  }

  /** What burns it is not of one region any more. */
  widen(scope: IncidentScope, nowMs: number): void {
    this.scope = scope;
    this.note(nowMs, 'grew', scopeText(scope));
  }

  note(atMs: number, what: TimelineEntry['what'], text: string): void {
    if (this.#timeline.length < DETECT_LIMITS.timeline.value) this.#timeline.push({ atMs, what, text });
  }

  /** As of now; `of`: the budgets that are known. */
  snapshot(
    of: { readonly budgets: readonly Budget[]; readonly explained: ReadonlyMap<Budget, ExplainedIn> },
    sources: { readonly series: Iterable<Labelled>; readonly weights: TrafficWeights },
    nowMs: number,
    resolved?: { readonly mergedInto: string | null; readonly word?: string },
  ): Incident {
    if (resolved)
      this.note(
        nowMs,
        'resolved',
        resolved.mergedInto ? `part of ${resolved.mergedInto}` : (resolved.word ?? ''),
      );
    const worst = this.#burns.all.toSorted(
      (a, b) =>
        Number(b.severity === 'critical') - Number(a.severity === 'critical') || b.longRate - a.longRate,
    )[0];
    // What was seen while it burnt is kept: afterwards there is less to see.
    const seen = (resolved && this.#last?.evidence) || this.#seen(of, nowMs);
    const allowed = worst ? 1 - worst.objective : null;
    const after = worst ? worst.failures / Math.max(1, worst.runs) : null;
    const size = { before: allowed, after, unit: 'ratio', ratio: worst?.longRate ?? null };
    const now = impactOf({ scope: this.scope, size, isFailure: true }, sources.series, sources.weights);
    if (!this.#impact || now.score > this.#impact.score) this.#impact = now;
    const evidence: Evidence = {
      ...seen,
      budgets: this.#burns.all,
      impact: this.#impact,
      timeline: [...this.#timeline],
    };
    this.#last = {
      id: this.id,
      scope: this.scope,
      status: resolved ? 'resolved' : 'open',
      metric: BUDGET_METRIC,
      probe: onlyOne(this.#burns.all.map(({ probe }) => probe)),
      target: onlyOne(this.#burns.all.map(({ target }) => target)),
      severity: this.#severity,
      blame: blameOf(this.scope, FAILURE_METRIC, evidence),
      startedMs: this.#startedMs,
      detectedMs: this.detectedMs,
      resolvedMs: resolved ? nowMs : null,
      mergedInto: resolved?.mergedInto ?? null,
      summary: worst
        ? budgetText({
            ...worst,
            scope: this.scope,
            startedMs: this.#startedMs,
            unaffected: evidence.unaffected,
          })
        : (this.#last?.summary ?? ''),
      size,
      evidence,
    };
    return this.#last;
  }

  /** Of all that was bad lately, what lies within. */
  #shareOf(budgets: readonly Budget[], nowMs: number, explained: ReadonlyMap<Budget, ExplainedIn>): number {
    const { scope } = this;
    if (scope.kind !== 'region') return 1;
    const counts = budgets.flatMap((one) =>
      one.byRegion(BURN_WINDOWS[0]?.shortMs ?? 0, nowMs, explained.get(one)),
    );
    const all = counts.reduce((sum, { failures }) => sum + failures, 0);
    const own = counts.reduce((sum, one) => sum + (one.region === scope.region ? one.failures : 0), 0);
    return all === 0 ? 1 : own / all;
  }

  /** Which regions burn it, which do not, and by what failures. */
  #seen(
    { budgets, explained }: Parameters<BudgetCase['snapshot']>[0],
    nowMs: number,
  ): Omit<Evidence, 'impact' | 'timeline' | 'budgets'> {
    const mine = budgets.filter((one) => this.#burns.all.some((burn) => checkKey(burn) === checkKey(one)));
    const longMs = Math.min(...this.#burns.on.map((burn) => burn.longMs));
    const cells = mine.flatMap((budget) =>
      budget
        .byRegion(
          Number.isFinite(longMs) ? longMs : (BURN_WINDOWS[0]?.longMs ?? 0),
          nowMs,
          explained.get(budget),
        )
        .filter(({ runs }) => runs > 0)
        .map(({ region, runs, failures }) => ({
          ...{ region, probe: budget.probe, target: budget.target },
          metric: budget.slo.latency?.metric ?? FAILURE_METRIC,
          evidence: burnRate({ runs, failures }, budget.slo),
          share: failures / runs,
          agents: 0,
        })),
    );
    const burning = cells.filter((cell) => cell.evidence >= 1);
    const well = cells.filter(({ region }) => !burning.some((one) => one.region === region));
    return {
      ...EMPTY,
      confirmed: true,
      evidence: 0,
      threshold: 0,
      cells: burning,
      place: {
        verdict: faultPlaceOf(this.scope, false),
        share: this.#shareOf(mine, nowMs, explained),
        alternatives: [],
      },
      unaffected: [...new Map(well.map(({ region, share }) => [region, share]))].map(([name, share]) => ({
        kind: 'region',
        name,
        share,
      })),
      failures: mine.flatMap((budget) => budget.failures()),
    };
  }
}

const onlyOne = (names: readonly string[]): string | null =>
  new Set(names).size === 1 ? (names[0] as string) : null;
