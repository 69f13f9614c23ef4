/**
 * Error budgets as incidents, one a cause. The failures of checks that an incident is about are explained by it: where a budget burns for
 * them, that is told there. What still burns too fast without them is an incident of its own; one that turns out to be explained later
 * becomes part of what explains it.
 */
import { BudgetCase, type Burning } from './budget-case.ts';
import { type Budget, type Budgets, checkKey, type ExplainedIn } from './budgets.ts';
import { burnOf } from './burn-list.ts';
import type { TrafficWeights } from './impact.ts';
import { BUDGET_METRIC, type Incident, type IncidentEvent, type IncidentScope } from './incident.ts';
import type { IncidentCase } from './incident-case.ts';
import type { Labelled } from './scope.ts';
import { FAILURE_METRIC } from './series.ts';
import { DETECT_LIMITS } from './settings.ts';

/** How often budgets are looked at: their buckets are of a minute. */
const LOOK_EVERY_MS = 60_000;
/** Looks in a row for which a budget must burn by itself: an incident that explains it is found sooner. */
const HOLD_LOOKS = 2;
/** The longest time that is looked back on. */
const LOOK_BACK_MS = 3 * 86_400_000;

/** An incident that explains failures of a check in a region, and for how long it did. */
interface Explanation {
  readonly id: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** By check, metric and region. */
type Explanations = ReadonlyMap<string, readonly Explanation[]>;

type Sources = { readonly series: Iterable<Labelled>; readonly weights: TrafficWeights };

export class BudgetIncidents {
  readonly counters = { opened: 0, resolved: 0 };
  readonly #budgets: Budgets;
  readonly #sources: Sources;
  readonly #open = new Map<string, BudgetCase>();
  /** Of checks that burn by themselves, for how many looks. */
  readonly #looks = new Map<string, number>();
  /** Of which something new is to be told at this look. */
  readonly #news = new Set<BudgetCase>();
  /** From before a restart. */
  #known: Incident[] = [];
  /** What is over and may still explain something. */
  #past: Incident[] = [];
  #look = Number.NEGATIVE_INFINITY;
  #events: IncidentEvent[] = [];

  constructor(budgets: Budgets, sources: Sources) {
    this.#budgets = budgets;
    this.#sources = sources;
  }

  /** Incidents of the past, open or resolved, of budgets or not. */
  know(incidents: readonly Incident[]): void {
    this.#known.push(...incidents.filter(({ metric }) => metric === BUDGET_METRIC));
    for (const one of incidents) if (one.status === 'resolved') this.resolved(one);
  }

  /** An incident is over: what it explained it still does, and what was told of a budget is not told again. */
  resolved(incident: Incident): void {
    if (incident.mergedInto !== null) return;
    this.#past.push(incident);
    if (this.#past.length > DETECT_LIMITS.pastIncidents.value) this.#past.shift();
  }

  open(): Incident[] {
    return [...this.#open.values()].flatMap(({ last }) => last ?? []);
  }

  /** Looks at all budgets, at every full minute; `cases` are the other incidents that are open. */
  consider(cases: readonly IncidentCase[], nowMs: number): void {
    const look = Math.floor(nowMs / LOOK_EVERY_MS);
    if (look <= this.#look) return;
    this.#look = look;
    if (this.#budgets.size === 0 && this.#open.size === 0 && this.#known.length === 0) return;
    const explanations = this.#explanations(cases, nowMs);
    const explainedFor = new Map<Budget, ExplainedIn>();
    for (const budget of this.#budgets.all()) {
      const explained = explainedBy(explanations, budget);
      explainedFor.set(budget, explained);
      const burning = { budget, explained, alerts: budget.alerts(nowMs, explained) };
      this.#attach(burning, cases, explanations, nowMs);
      this.#raise(burning, nowMs);
    }
    this.#enactKnown(nowMs);
    for (const one of [...this.#open.values()])
      this.#settle(one, { cases, explanations, explainedFor }, nowMs);
  }

  #explanations(cases: readonly IncidentCase[], nowMs: number): Explanations {
    this.#past = this.#past.filter(({ resolvedMs }) => (resolvedMs ?? nowMs) > nowMs - LOOK_BACK_MS);
    const found = new Map<string, Explanation[]>();
    for (const { id, startedMs, resolvedMs, evidence } of [
      ...this.#past,
      ...cases.flatMap(({ last }) => last ?? []),
    ]) {
      const untilMs = resolvedMs ?? Number.POSITIVE_INFINITY;
      if (startedMs > nowMs) continue;
      for (const cell of evidence.cells) {
        const key = cellKeyOf(cell.probe, cell.target, cell.metric, cell.region);
        const list = found.get(key) ?? [];
        list.push({ id, fromMs: startedMs, untilMs });
        found.set(key, list);
      }
    }
    return found;
  }

  /** Tells open incidents what they burn. */
  #attach(
    { budget, alerts: own }: Burning,
    cases: readonly IncidentCase[],
    explanations: Explanations,
    nowMs: number,
  ): void {
    const explained = budget
      .alerts(nowMs)
      .filter(({ window }) => !own.some((alert) => alert.window === window));
    for (const one of cases) {
      one.endBurns(budget, nowMs);
      if (explained.length === 0 || !explains(explanations, budget, one.id)) continue;
      for (const alert of explained)
        one.addBurn(burnOf(budget, alert, budget.burningSince(alert.window, nowMs)), nowMs);
    }
  }

  /** Opens an incident for what burns by itself, or adds it to one of the same place. */
  #raise(burning: Burning, nowMs: number): void {
    const { budget, alerts, explained } = burning;
    const key = checkKey(budget);
    const [worst] = alerts;
    if (!worst) {
      this.#looks.delete(key);
      return;
    }
    const looks = (this.#looks.get(key) ?? 0) + 1;
    this.#looks.set(key, looks);
    const mine = [...this.#open.values()].find((one) => one.burns.on.some((burn) => checkKey(burn) === key));
    const region = budget.loneRegion(worst.window, nowMs, explained);
    const scope: IncidentScope =
      region === undefined ? { kind: 'target', target: budget.target } : { kind: 'region', region };
    const beside = mine ?? [...this.#open.values()].find((one) => one.isAbout(scope));
    if (mine && mine.scope.kind === 'region' && scope.kind === 'target') mine.widen(scope, nowMs);
    if (beside) {
      if (beside.take(burning, nowMs)) this.#news.add(beside);
      return;
    }
    const known = this.#knownOf(budget, nowMs);
    if (looks < HOLD_LOOKS && !known) return;
    if (this.#open.size >= DETECT_LIMITS.openIncidents.value) return;
    this.#known = this.#known.filter((one) => one !== known);
    const one = known
      ? BudgetCase.restore(known)
      : new BudgetCase(scope, budget.burningSince(worst.window, nowMs, explained), nowMs);
    one.take(burning, nowMs);
    this.#open.set(one.id, one);
    if (known) return;
    this.counters.opened += 1;
    this.#news.add(one);
  }

  /** One of before a restart that is not over yet: it may have been found later than now, as when the promise came later. */
  #knownOf(budget: Budget, nowMs: number): Incident | undefined {
    return this.#known.find(
      ({ resolvedMs, evidence }) =>
        nowMs < (resolvedMs ?? Number.POSITIVE_INFINITY) &&
        evidence.budgets?.some((burn) => checkKey(burn) === checkKey(budget)),
    );
  }

  /** Known incidents open when their time comes, also where the counts do not find them again. */
  #enactKnown(nowMs: number): void {
    const due = this.#known.filter((one) => nowMs >= (one.resolvedMs ?? one.detectedMs));
    this.#known = this.#known.filter((one) => !due.includes(one));
    for (const one of due)
      if (one.status === 'open' && !this.#open.has(one.id)) this.#open.set(one.id, BudgetCase.restore(one));
  }

  /** Lets an incident grow, become part of another, or end. */
  #settle(
    one: BudgetCase,
    of: {
      readonly cases: readonly IncidentCase[];
      readonly explanations: Explanations;
      readonly explainedFor: ReadonlyMap<Budget, ExplainedIn>;
    },
    nowMs: number,
  ): void {
    // History that is played again is not over before what it led to was found.
    if (nowMs < one.detectedMs) return;
    const region = one.scope.kind === 'region' ? one.scope.region : undefined;
    let host: IncidentCase | undefined;
    for (const burn of one.burns.on) {
      const budget = this.#budgets.of(burn);
      // What is not promised any more does not burn.
      if (!budget) one.burns.drop(burn, nowMs);
      else if (this.#looks.has(checkKey(burn))) one.burns.end(budget, nowMs, region);
      else {
        host ??= of.cases.find(
          ({ id }) => budget.alerts(nowMs).length > 0 && explains(of.explanations, budget, id),
        );
        if (host) one.burns.drop(burn, nowMs);
        else one.burns.end(budget, nowMs, region);
      }
    }
    if (one.burns.on.length === 0) {
      host?.takeOver(one, nowMs);
      this.#close(one, nowMs, { mergedInto: host?.id ?? null });
    } else if (this.#news.delete(one)) {
      const kind = one.last ? 'updated' : 'opened';
      const budgets = [...this.#budgets.all()];
      const incident = one.snapshot({ budgets, explained: of.explainedFor }, this.#sources, nowMs);
      this.#events.push({ kind, incident });
    }
  }

  /** Somebody says that it is over, and why; what burns from now on is another one. */
  resolve(id: string, word: string, nowMs: number): void {
    const one = this.#open.get(id);
    if (one) this.#close(one, nowMs, { mergedInto: null, word });
  }

  #close(
    one: BudgetCase,
    nowMs: number,
    resolved: { readonly mergedInto: string | null; readonly word?: string },
  ): void {
    for (const burn of one.burns.on) one.burns.drop(burn, nowMs);
    this.#open.delete(one.id);
    this.#news.delete(one);
    this.counters.resolved += 1;
    const of = { budgets: [...this.#budgets.all()], explained: new Map() };
    const incident = one.snapshot(of, this.#sources, nowMs, resolved);
    this.resolved(incident);
    this.#events.push({ kind: 'resolved', incident });
  }

  takeEvents(): IncidentEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

const cellKeyOf = (probe: string, target: string, metric: string, region: string): string =>
  JSON.stringify([probe, target, metric, region]);

/** An incident about failures explains those; a promise of latency is also broken by what is slow. */
function metricsOf({ slo }: Budget): string[] {
  return slo.latency ? [FAILURE_METRIC, slo.latency.metric] : [FAILURE_METRIC];
}

function explanationsOf(all: Explanations, budget: Budget, region: string): Explanation[] {
  const { probe, target } = budget;
  return metricsOf(budget).flatMap((metric) => all.get(cellKeyOf(probe, target, metric, region)) ?? []);
}

function explainedBy(all: Explanations, budget: Budget): ExplainedIn {
  const byRegion = new Map<string, readonly Explanation[]>();
  for (const region of budget.regions.keys()) byRegion.set(region, explanationsOf(all, budget, region));
  return (region) => {
    const list = byRegion.get(region);
    if (!list || list.length === 0) return undefined;
    return (fromMs, untilMs) => list.some((one) => one.fromMs < untilMs && one.untilMs >= fromMs);
  };
}

const explains = (all: Explanations, budget: Budget, id: string): boolean =>
  [...budget.regions.keys()].some((region) =>
    explanationsOf(all, budget, region).some((one) => one.id === id),
  );
