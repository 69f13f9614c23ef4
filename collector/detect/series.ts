/** One check at one agent: its baselines by metric, its failures, and what it says about each run. */
import type { Blame, ErrorCode, Layer } from '../../probes/outcome.ts';
import { Baseline, type Reading } from './baseline.ts';
import { ChangeBank } from './change-bank.ts';
import { CHANGE_DEFAULTS } from './change-settings.ts';
import { DriftWatch } from './drift.ts';
import { SeriesScore } from './e-sr.ts';
import type { Season } from './hour-of-week.ts';
import type { SeriesState, StreamState } from './learned.ts';
import { LevelWatch } from './level-watch.ts';
import { dictionaryRules, type MetricRule, type MetricRules } from './metric-rules.ts';
import type { Observation } from './observation.ts';
import { RecentValues } from './recent-values.ts';
import type { DetectSettings } from './settings.ts';
import { SlotMemory } from './slot-memory.ts';
import { WindowPool } from './sorted-window.ts';

/** The stream of failures stands beside the metrics under this name; its values are 0 and 1. */
export const FAILURE_METRIC = 'failure_ratio';

/** Values kept for before and after: at 2 s rounds two minutes, at one a minute an hour. */
const RECENT = 64;
/** The same for metrics that are not judged: enough for a median. */
const RECENT_EXPLAIN = 24;

export interface RecentFailure {
  readonly atMs: number;
  readonly layer: Layer;
  readonly blame: Blame;
  readonly code: ErrorCode;
}

/** What one run says: an exceedance or not for each metric that can be judged. */
export interface RunVote {
  readonly scheduledMs: number;
  readonly failed: boolean;
  readonly readings: ReadonlyMap<string, Reading>;
}

const FAILED: Reading = { excess: Number.POSITIVE_INFINITY, tolerance: 0 };
const FAILURE_STREAM = {
  failed: { excess: 1, tolerance: 0.5 },
  ok: { excess: 0, tolerance: 0.5 },
} as const;

/** The failures of a series as evidence against itself: beyond a little of it nothing is learned, for a while. */
class Suspicion {
  readonly #settings: DetectSettings;
  readonly #samplesMax: number;
  readonly #score: SeriesScore;
  #frozenSamples = 0;

  constructor(settings: DetectSettings, p0: number, samplesMax: number) {
    this.#settings = settings;
    this.#samplesMax = samplesMax;
    this.#score = new SeriesScore(settings.bets, p0);
  }

  note(exceeded: boolean): void {
    this.#score.update(exceeded ? 1 : 0);
  }

  /** Whether the sample at hand must not be learned. */
  freezes(): boolean {
    if (this.#score.evidence <= this.#settings.freezeEvidence) {
      this.#frozenSamples = 0;
      return false;
    }
    this.#frozenSamples += 1;
    return this.#frozenSamples <= this.#samplesMax;
  }

  reset(): void {
    this.#score.reset();
    this.#frozenSamples = 0;
  }
}

/** Where all series have what is normal for their metrics: those that are judged, and those that explain. */
export class SeriesWindows {
  readonly judged: WindowPool;
  readonly explaining: WindowPool;

  constructor({ explainSamples, windowSamples }: DetectSettings) {
    this.judged = new WindowPool(windowSamples);
    this.explaining = new WindowPool(explainSamples);
  }
}

/** A metric of the series: what is normal, and what came last. */
export class MetricStream {
  readonly baseline: Baseline;
  readonly recent: RecentValues;
  /** Of a metric that is judged: it votes. The others (connect, dns, …) explain. */
  readonly level: LevelWatch | undefined;
  /** The same, against the day before. */
  readonly drift: DriftWatch | undefined;
  readonly #sign: 1 | -1;
  readonly #season: Season | undefined;

  constructor(
    settings: DetectSettings,
    rule: MetricRule,
    windows: SeriesWindows,
    changes: ChangeBank | undefined,
    season?: Season,
  ) {
    this.#season = season;
    this.recent = new RecentValues(changes ? RECENT : RECENT_EXPLAIN);
    const samples = changes ? settings.windowSamples : settings.explainSamples;
    const pool = changes ? windows.judged : windows.explaining;
    this.baseline = new Baseline(settings, rule, samples, pool);
    this.level = changes && new LevelWatch(settings, rule, changes, this.baseline, this.recent);
    this.drift = changes && new DriftWatch(settings, rule.minEffect ?? { abs: 0, rel: 0 });
    this.#sign = rule.better === 'higher' ? -1 : 1;
  }

  get judged(): boolean {
    return this.level !== undefined;
  }

  /** All that it has learned. */
  save(): StreamState {
    const drift = this.drift?.save();
    return {
      ...this.baseline.save(),
      ...(this.level && { level: this.level.save() }),
      ...(drift && { drift }),
    };
  }

  /** Takes up what was saved of a metric that was judged as this one is. Throws when that makes no sense. */
  restore(state: StreamState): void {
    this.baseline.restore(state);
    if (state.level) this.level?.restore(state.level);
    if (state.drift) this.drift?.restore(state.drift);
  }

  /** Judges a value that was learned before a restart. */
  takeKnown(value: number, atMs: number): Reading | undefined {
    this.recent.push(atMs, value);
    this.baseline.season(this.#season?.factor(atMs) ?? 1);
    return this.baseline.judge(value);
  }

  /** Judges a value, then learns it, unless `frozen`, or its own evidence speaks against it. */
  take(value: number, atMs: number, frozen: boolean): Reading | undefined {
    this.recent.push(atMs, value);
    const factor = this.#season?.factor(atMs) ?? 1;
    this.baseline.season(factor);
    const reading = this.baseline.judge(value);
    this.level?.take(value / factor, frozen);
    if (!frozen) this.drift?.take((value / factor) * this.#sign, atMs);
    if (!frozen && !this.level?.frozen) {
      this.baseline.learn(value, atMs);
      this.#season?.learn(atMs, value);
    }
    return reading;
  }

  /** How often samples come. */
  setEvery(everyMs: number): void {
    this.baseline.setEvery(everyMs);
    this.level?.setEvery(everyMs);
    this.drift?.setEvery(everyMs);
  }

  /** What is normal is what it was the day before. */
  setBack(): void {
    if (!this.drift) return;
    this.baseline.season(1);
    this.baseline.restart(this.drift.setBack().map((bad) => bad * this.#sign));
  }
}

export class Series {
  readonly agent: string;
  readonly region: string;
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  /** Further labels, as its last run had them: an edge that serves it may change. */
  dims: Readonly<Record<string, string>>;
  readonly slots = new SlotMemory();
  readonly streams = new Map<string, MetricStream>();
  readonly failures: RecentFailure[] = [];
  /** Whether each of the last runs failed, as 0 and 1. */
  readonly outcomes = new RecentValues(RECENT);
  lastSeenMs = 0;
  /** Limits by metric that were learned before a restart. */
  seeds: ReadonlyMap<string, number> | undefined;
  /** The last round that it was heard in; set by the rounds. */
  lastBucket = Number.NEGATIVE_INFINITY;
  readonly #settings: DetectSettings;
  readonly #rules: MetricRules;
  readonly #changes: ChangeBank;
  readonly #windows: SeriesWindows;
  readonly #season: (metric: string) => Season | undefined;
  readonly #failing: Suspicion;
  #everyMs: number | undefined;
  /** The last slot that was taken in, and the last of those before a restart: up to there all is learned. */
  #learnedMs = Number.NEGATIVE_INFINITY;
  #restoredMs = Number.NEGATIVE_INFINITY;
  #runs = 0;
  #cleanRuns = 0;
  #cleanFailures = 0;

  /** `changes`: where its metrics are watched for changes of level, best one for all series; `season`: of a metric that is judged. */
  constructor(
    settings: DetectSettings,
    first: Pick<Observation, 'agent' | 'region' | 'probe' | 'type' | 'target' | 'dims'>,
    rules: MetricRules = dictionaryRules,
    changes: ChangeBank = new ChangeBank(CHANGE_DEFAULTS, 1),
    season: (metric: string) => Season | undefined = () => undefined,
    windows: SeriesWindows = new SeriesWindows(settings),
  ) {
    this.#windows = windows;
    this.#season = season;
    this.#changes = changes;
    this.#settings = settings;
    this.#rules = rules;
    this.agent = first.agent;
    this.region = first.region;
    this.probe = first.probe;
    this.type = first.type;
    this.target = first.target;
    this.dims = first.dims ?? {};
    this.#failing = new Suspicion(settings, settings.failureP0Min, settings.failureFreezeSamplesMax);
  }

  /**
   * Takes one run in. Undefined when it has no vote: missed, disturbed, the agent's own fault, or warming up.
   * `covered`: an open incident covers the series, so that nothing is learned.
   */
  take(run: Observation, judged: (metric: string) => boolean, covered: boolean): RunVote | undefined {
    if (run.outcome === 'missed' || run.disturbed || run.failure?.blame === 'agent') return undefined;
    if (!this.knows(run.scheduledMs)) this.#runs += 1;
    this.#learnedMs = Math.max(this.#learnedMs, run.scheduledMs);
    // A run that was never answered does not name its edge: it went where the last one did.
    if (run.dims) this.dims = run.outcome === 'ok' ? run.dims : { ...this.dims, ...run.dims };
    const failed = run.outcome === 'fail';
    if (this.#runs <= this.#settings.warmupSamples && !failed) return undefined;
    this.#countOutcome(run, failed, covered);
    const readings = new Map<string, Reading>();
    if (this.#runs > this.#settings.minSamples)
      readings.set(FAILURE_METRIC, failed ? FAILURE_STREAM.failed : FAILURE_STREAM.ok);
    if (failed) this.#takeFailure(run, covered, readings);
    else this.#takeMetrics(run, judged, covered, readings);
    return { scheduledMs: run.scheduledMs, failed, readings };
  }

  #countOutcome(run: Observation, failed: boolean, covered: boolean): void {
    this.outcomes.push(run.scheduledMs, failed ? 1 : 0);
    if (run.failure) this.failures.push({ atMs: run.scheduledMs, ...run.failure });
    if (this.failures.length > RECENT) this.failures.shift();
    this.#failing.note(failed);
    if (covered || this.knows(run.scheduledMs) || this.#failing.freezes()) return;
    this.#cleanRuns += 1;
    if (failed) this.#cleanFailures += 1;
  }

  /** Failing fast must not look fast: a failure is an exceedance in every stream that is judged. */
  #takeFailure(run: Observation, covered: boolean, readings: Map<string, Reading>): void {
    if (this.#runs <= this.#settings.minSamples) return;
    for (const [metric, { level }] of this.streams) {
      if (!level) continue;
      if (!this.knows(run.scheduledMs)) level.take(undefined, covered);
      readings.set(metric, FAILED);
    }
  }

  #takeMetrics(
    run: Observation,
    judged: (metric: string) => boolean,
    covered: boolean,
    readings: Map<string, Reading>,
  ): void {
    for (const [metric, value] of Object.entries(run.metrics)) {
      if (!Number.isFinite(value)) continue;
      let stream = this.streams.get(metric);
      if (!stream) {
        stream = this.#begin(metric, judged(metric));
        if (!stream) continue;
      }
      // What explains is not learned while what it explains is not.
      const frozen = covered || (!stream.judged && this.#frozen);
      const atMs = run.scheduledMs;
      const reading = this.knows(atMs) ? stream.takeKnown(value, atMs) : stream.take(value, atMs, frozen);
      if (reading && stream.judged) readings.set(metric, reading);
    }
  }

  /** A stream for a metric that is heard of for the first time; none for one that has no bad direction. */
  #begin(metric: string, judged: boolean): MetricStream | undefined {
    const rule = this.#rules(metric);
    if (!rule || rule.better === 'neither') return undefined;
    const stream = judged
      ? new MetricStream(this.#settings, rule, this.#windows, this.#changes, this.#season(metric))
      : new MetricStream(this.#settings, rule, this.#windows, undefined);
    if (this.#everyMs !== undefined) stream.setEvery(this.#everyMs);
    const seed = this.seeds?.get(metric);
    if (seed !== undefined) stream.baseline.seed(seed);
    this.streams.set(metric, stream);
    return stream;
  }

  /** What takes long to learn. */
  save(): SeriesState {
    const { agent, dims, lastSeenMs, probe, region, target, type } = this;
    const streams = Object.fromEntries([...this.streams].map(([metric, stream]) => [metric, stream.save()]));
    return {
      ...{ region, agent, probe, type, target, dims, lastSeenMs, streams },
      everyMs: this.#everyMs ?? null,
      learnedMs: Math.max(this.#learnedMs, this.#restoredMs),
      runs: this.#runs,
      cleanRuns: this.#cleanRuns,
      cleanFailures: this.#cleanFailures,
    };
  }

  /**
   * Takes up what was saved, before its first run. Runs of up to then may come again, and are judged by it without being learned
   * twice. Throws when it makes no sense.
   */
  restore(state: SeriesState, judged: (metric: string) => boolean): void {
    this.lastSeenMs = state.lastSeenMs;
    this.#restoredMs = state.learnedMs;
    this.#runs = state.runs;
    this.#cleanRuns = state.cleanRuns;
    this.#cleanFailures = state.cleanFailures;
    if (state.everyMs !== null) {
      this.slots.expect(state.everyMs);
      this.setEvery(state.everyMs);
    }
    // What is judged now and was not then, or the other way, begins anew.
    for (const [metric, saved] of Object.entries(state.streams))
      if (judged(metric) === (saved.level !== undefined)) this.#begin(metric, judged(metric))?.restore(saved);
  }

  /** Whether a slot was taken in before a restart. */
  knows(slotMs: number): boolean {
    return slotMs <= this.#restoredMs;
  }

  /** How often it runs, undefined while that is unknown. */
  get everyMs(): number | undefined {
    return this.#everyMs;
  }

  /** How often it runs, as soon as that is known, and when it changes. */
  setEvery(everyMs: number): void {
    this.#everyMs = everyMs;
    for (const stream of this.streams.values()) stream.setEvery(everyMs);
  }

  /** Share of failures while no incident covered the series, drawn towards none while there are few runs. */
  get failureBase(): number {
    return this.#cleanFailures / (this.#cleanRuns + 50);
  }

  /** A fault was found to begin here: what waits to be learned since then is not normal. */
  discardSince(atMs: number): void {
    for (const stream of this.streams.values()) stream.baseline.discardSince(atMs);
  }

  /** Whether a metric that is judged speaks against learning. */
  get #frozen(): boolean {
    for (const { level } of this.streams.values()) if (level?.frozen) return true;
    return false;
  }

  /** Gives back what it holds elsewhere: it is gone. */
  forget(): void {
    for (const { baseline, level } of this.streams.values()) {
      baseline.forget();
      level?.forget();
    }
  }

  /** What is normal is unknown from here on. */
  relearn(): void {
    this.forget();
    this.streams.clear();
    this.seeds = undefined;
  }

  /** Begins anew after an incident, which was over at that time. */
  reset(atMs: number): void {
    if (!this.knows(atMs)) for (const { level } of this.streams.values()) level?.reset();
    this.#failing.reset();
  }
}
