/**
 * The detector: observations in, incidents out, under whatever clock the caller has. It does no I/O and holds no timer, so
 * that the live tick, a replay of history and a test run the very same code.
 */

import { BudgetIncidents } from './budget-incidents.ts';
import { type BudgetHistory, Budgets, type CheckSlo } from './budgets.ts';
import { type Change, concerns, RecentChanges } from './change.ts';
import { ChangeBank } from './change-bank.ts';
import { CHANGE_DEFAULTS } from './change-settings.ts';
import type { ConfirmRound, Suspicion } from './confirmation.ts';
import { judgeRound } from './confirmations.ts';
import { DriftBook } from './drift.ts';
import { GroupBook } from './group-book.ts';
import type { Season } from './hour-of-week.ts';
import { BUDGET_METRIC, type Incident, type IncidentEvent } from './incident.ts';
import { IncidentBook } from './incident-book.ts';
import { groupState, type Learned, seriesState } from './learned.ts';
import { dictionaryRules, type MetricRules } from './metric-rules.ts';
import type { FleetAgent, Observation } from './observation.ts';
import { RoundClass } from './rounds.ts';
import { Series, SeriesWindows } from './series.ts';
import { DETECT_DEFAULTS, DETECT_LIMITS, type DetectSettings } from './settings.ts';
import { SilenceWatch } from './silence.ts';
import { Suspects } from './suspects.ts';
import { tallyRound } from './tally.ts';

export interface DetectorOptions {
  readonly settings?: Partial<DetectSettings>;
  /** The metrics that a probe type is judged by; undefined judges every metric that has a minimum effect. */
  readonly judged?: (type: string) => readonly string[] | undefined;
  /** What is known of metrics; default: our own dictionary. */
  readonly metrics?: MetricRules;
  /** The season of a metric that is judged, one for all agents of the region; default: none. */
  readonly season?: (of: SeasonScope) => Season | undefined;
}

/** What shares its hours. */
export interface SeasonScope {
  readonly region: string;
  readonly probe: string;
  readonly target: string;
  readonly metric: string;
}

/** What was taken and what was left out, and why. */
export interface DetectorCounters {
  observed: number;
  duplicates: number;
  late: number;
  future: number;
  not_judged: number;
  series_over_limit: number;
  budget_over_limit: number;
  rounds: number;
}

const seriesKey = (of: { region: string; agent: string; probe: string; target: string }): string =>
  JSON.stringify([of.region, of.agent, of.probe, of.target]);

/** Of the pieces that are learned: another one is not read. */
const LEARNED_VERSION = 1;
/** How often incidents are looked at while no round closes. */
const SETTLE_EVERY_MS = 10_000;
/** How often state that nobody uses any more is looked for. */
const FORGET_EVERY_MS = 600_000;

export class Detector {
  readonly settings: DetectSettings;
  readonly counters: DetectorCounters = {
    observed: 0,
    duplicates: 0,
    late: 0,
    future: 0,
    not_judged: 0,
    series_over_limit: 0,
    budget_over_limit: 0,
    rounds: 0,
  };
  readonly #judged: DetectorOptions['judged'];
  readonly #rules: MetricRules;
  readonly #season: DetectorOptions['season'];
  readonly #series = new Map<string, Series>();
  /** Where all metrics of all series are watched for changes of their own level. */
  readonly #changes = new ChangeBank(CHANGE_DEFAULTS);
  readonly #windows: SeriesWindows;
  /** Limits learned before a restart, by series and metric, for incidents whose history is gone. */
  readonly #seeds = new Map<string, Map<string, number>>();
  readonly #classOf = new Map<Series, RoundClass>();
  readonly #classes: RoundClass[] = [];
  readonly #groups: GroupBook;
  readonly #drifts: DriftBook;
  readonly #book: IncidentBook;
  readonly #silence: SilenceWatch;
  readonly #suspects: Suspects;
  readonly #recent = new RecentChanges();
  readonly #budgets = new Budgets();
  readonly #burning: BudgetIncidents;
  /** Up to here a detector before this one has judged. */
  #judgedMs = Number.NEGATIVE_INFINITY;
  #forgotMs = 0;
  #settledMs = Number.NEGATIVE_INFINITY;

  constructor(options: DetectorOptions = {}) {
    this.settings = { ...DETECT_DEFAULTS, ...options.settings };
    this.#windows = new SeriesWindows(this.settings);
    this.#judged = options.judged;
    this.#rules = options.metrics ?? dictionaryRules;
    this.#season = options.season;
    this.#groups = new GroupBook(this.settings);
    this.#drifts = new DriftBook(this.settings);
    const all = this.#series;
    const series = { [Symbol.iterator]: () => all.values() };
    const { settings } = this;
    this.#book = new IncidentBook({ settings, groups: this.#groups, series, changes: this.#recent });
    this.#burning = new BudgetIncidents(this.#budgets, { series, weights: settings.trafficWeights });
    this.#silence = new SilenceWatch(this.settings);
    this.#suspects = new Suspects(this.settings);
  }

  /** Incidents of before a restart, to be told before the history that contains them is played again. */
  know(incidents: readonly Incident[]): void {
    this.#burning.know(incidents);
    this.#book.know(incidents.filter(({ metric }) => metric !== BUDGET_METRIC));
    for (const { scope, evidence, status } of incidents) {
      if (status !== 'open') continue;
      if (scope.kind === 'region') this.#silence.remember(evidence.silentAgents, scope.region);
      for (const { region, agent, probe, target, metric, limit } of evidence.series) {
        if (limit === null) continue;
        const key = seriesKey({ region, agent, probe, target });
        this.#seeds.set(key, (this.#seeds.get(key) ?? new Map()).set(metric, limit));
      }
    }
  }

  /** What `learned` can be read by. */
  get learnedFormat(): string {
    const { explainSamples, lagSamples, windowSamples } = this.settings;
    return [LEARNED_VERSION, windowSamples, explainSamples, lagSamples, this.#changes.bytesEach].join('/');
  }

  /** What takes long to learn, of what was heard since an instant: a piece at a time, while the detector goes on. */
  *learned(sinceMs = Number.NEGATIVE_INFINITY): Generator<Learned> {
    for (const [id, series] of this.#series)
      if (series.lastSeenMs >= sinceMs) yield { kind: 'series', id, state: JSON.stringify(series.save()) };
    for (const [id, state] of this.#groups.learned(sinceMs))
      yield { kind: 'group', id, state: JSON.stringify(state) };
  }

  /**
   * Takes up what a detector of the same format had learned, before anything is observed. What it has judged, up to `judgedMs`, may
   * be observed again: it makes votes, and raises nothing. Throws when the pieces make no sense; then this detector is of no use.
   */
  restore(pieces: Iterable<Learned>, judgedMs: number): void {
    this.#judgedMs = judgedMs;
    for (const { id, kind, state } of pieces) {
      if (kind === 'group') this.#groups.restore(id, groupState(state));
      else {
        const saved = seriesState(state);
        this.#newSeries(id, saved)?.restore(saved, (metric) => this.#isJudged(saved.type, metric));
      }
    }
  }

  /** How rarely each check runs at most, Milliseconds, of those of which it is known. */
  intervals(): ReadonlyMap<string, number> {
    const intervals = new Map<string, number>();
    for (const { everyMs = 0, probe } of this.#series.values())
      intervals.set(probe, Math.max(everyMs, intervals.get(probe) ?? 0));
    return intervals;
  }

  /** Takes one scheduled run. In any order, more than once: a slot counts once, and a straggler in a later round. */
  observe(run: Observation): void {
    this.counters.observed += 1;
    if (run.scheduledMs > run.seenMs + DETECT_LIMITS.futureMs.value) {
      this.counters.future += 1;
      return;
    }
    const series = this.#seriesOf(run);
    if (!series) return;
    if (!series.slots.add(run.scheduledMs)) {
      this.counters.duplicates += 1;
      return;
    }
    // What was counted before a restart comes out of the rollups.
    if (!series.knows(run.scheduledMs)) this.#budgets.take(run);
    this.counters.budget_over_limit = this.#budgets.overLimit;
    series.lastSeenMs = Math.max(series.lastSeenMs, run.seenMs);
    const round = this.#roundClassOf(series);
    const covered = this.#book.covers(series, run.scheduledMs);
    const vote = series.take(run, (metric) => this.#isJudged(run.type, metric), covered);
    if (!vote) this.counters.not_judged += 1;
    if (round) this.#drifts.take(series, round.everyMs);
    if (round && !round.add(series, run.scheduledMs, vote)) this.counters.late += 1;
  }

  #seriesOf(run: Observation): Series | undefined {
    const key = seriesKey(run);
    return this.#series.get(key) ?? this.#newSeries(key, run);
  }

  #newSeries(key: string, run: ConstructorParameters<typeof Series>[1]): Series | undefined {
    if (this.#series.size >= DETECT_LIMITS.series.value) {
      this.counters.series_over_limit += 1;
      return undefined;
    }
    const season = (metric: string): Season | undefined => {
      const { probe, region, target } = run;
      return this.#season?.({ region, probe, target, metric });
    };
    const series = new Series(this.settings, run, this.#rules, this.#changes, season, this.#windows);
    series.seeds = this.#seeds.get(key);
    this.#seeds.delete(key);
    this.#series.set(key, series);
    return series;
  }

  /** The rounds that a series takes part in; none before its interval is known. */
  #roundClassOf(series: Series): RoundClass | undefined {
    const everyMs = series.slots.everyMs();
    const current = this.#classOf.get(series);
    if (everyMs === undefined || current?.matches(everyMs)) return current;
    current?.leave(series);
    let found = this.#classes.find((one) => one.matches(everyMs));
    if (!found) {
      found = new RoundClass(everyMs);
      this.#classes.push(found);
      this.#classes.sort((a, b) => a.everyMs - b.everyMs);
    }
    series.lastBucket = Number.NEGATIVE_INFINITY;
    series.setEvery(found.everyMs);
    this.#classOf.set(series, found);
    return found;
  }

  #isJudged(type: string, metric: string): boolean {
    const rule = this.#rules(metric);
    if (!rule?.minEffect || rule.better === 'neither') return false;
    return this.#judged?.(type)?.includes(metric) ?? true;
  }

  /** Tells of changes, in any order and more than once: each takes effect when its time has come. */
  announce(changes: readonly Change[]): void {
    this.#recent.add(changes);
  }

  /** Ends an incident because a person says so: told with the next events. What still is bad there alarms anew. */
  resolve(id: string, word: string, nowMs: number): void {
    this.#book.resolve(id, word, nowMs);
    this.#burning.resolve(id, word, nowMs);
  }

  /** Who is connected and who is silent, as of now. */
  observeFleet(nowMs: number, agents: readonly FleetAgent[]): void {
    const silent = this.#silence.update(nowMs, agents);
    this.#book.considerSilence(silent, this.#silence.regions, nowMs);
  }

  /** Lets time pass: closes rounds, judges, and gives what happened to incidents. */
  advance(nowMs: number): IncidentEvent[] {
    const known = nowMs < this.#judgedMs;
    for (const change of this.#recent.due(nowMs)) this.#relearn(change, nowMs);
    this.#drifts.advance(nowMs);
    for (const one of this.#classes) {
      for (const round of one.close(nowMs)) {
        this.counters.rounds += 1;
        const touched = this.#groups.add(tallyRound(round), round.startMs, one.everyMs);
        this.#suspects.consider(touched);
        if (!known) this.#book.consider(touched, nowMs);
        this.#settledMs = Number.NEGATIVE_INFINITY;
      }
    }
    // Between rounds an incident changes only by growing old, or by what its agents are.
    if (known) this.#book.pass(nowMs);
    else if (nowMs - this.#settledMs >= SETTLE_EVERY_MS) {
      this.#settledMs = nowMs;
      this.#book.settle(nowMs);
    }
    const events = this.#book.takeEvents();
    for (const { kind, incident } of events) if (kind === 'resolved') this.#burning.resolved(incident);
    if (!known) this.#burning.consider(this.#book.open(), nowMs);
    this.#forget(nowMs);
    return [...events, ...this.#burning.takeEvents()];
  }

  /** Of what is promised for checks, that which is not known yet: of it, runs of before are wanted. */
  newPromises(slos: readonly CheckSlo[]): readonly CheckSlo[] {
    return this.#budgets.changed(slos);
  }

  /** Takes what is promised for checks now, and runs of before of what is new, as they were counted elsewhere. */
  promise(slos: readonly CheckSlo[], history?: BudgetHistory): void {
    const changed = this.#budgets.promise(slos);
    if (history) this.#budgets.recall(changed, history);
  }

  /**
   * What begins to look bad since this was last asked, the most evidence first, without what an open incident has had a second
   * look at; then what would tell the place of one from another. Nothing depends on whether anybody asks.
   */
  takeSuspicions(): readonly Suspicion[] {
    const fresh = this.#suspects.take().filter((one) => !this.#book.hasLookedAt(one));
    return [...fresh, ...this.#book.takeTelling()];
  }

  /** Takes what a second look found. It is judged by what is normal, shown in evidence, and neither votes nor is learned. */
  confirm(round: ConfirmRound): void {
    this.#book.confirm(judgeRound(round, (check) => this.#series.get(seriesKey(check))));
  }

  /** The open incidents, as last told. */
  open(): Incident[] {
    return [...this.#book.open().flatMap((one) => one.last ?? []), ...this.#burning.open()];
  }

  get incidentCounters(): Readonly<IncidentBook['counters']> {
    const { opened, resolved } = this.#burning.counters;
    const { counters } = this.#book;
    return { ...counters, opened: counters.opened + opened, resolved: counters.resolved + resolved };
  }

  /** What is on already is not to be learned: there the change is a suspect, or a repair. */
  #relearn(change: Change, nowMs: number): void {
    for (const series of this.#series.values())
      if (!series.knows(change.atMs) && concerns(change, series) && !this.#book.covers(series, nowMs))
        series.relearn();
  }

  #forget(nowMs: number): void {
    if (nowMs - this.#forgotMs < FORGET_EVERY_MS) return;
    this.#forgotMs = nowMs;
    const before = nowMs - DETECT_LIMITS.idleMs.value;
    for (const [key, series] of this.#series) {
      if (series.lastSeenMs >= before) continue;
      this.#classOf.get(series)?.leave(series);
      this.#classOf.delete(series);
      this.#series.delete(key);
      series.forget();
    }
    this.#groups.forgetBefore(before);
    this.#drifts.forgetBefore(before);
  }
}
