/**
 * Judges the windows of one pair, one after the other. The error is compared with a reference: the first windows of the pair,
 * which then stand still. A window votes when its error is farther from the reference than the documented threshold, beyond the
 * usual spread; votes feed an e-detector for each direction. No clock, no I/O: the same windows give the same alarms.
 */
import { SeriesScore } from '../detect/e-sr.ts';
import { lowerMedian, quantileOf } from '../detect/sorted-window.ts';
import { type AlarmEvent, alarmId, type DriftAlarm, movedBy, resolvedAlarm, summaryOf } from './alarm.ts';
import type { CalibrationSettings } from './settings.ts';
import type { CalibrationWindow } from './window.ts';

export type PairState =
  /** Too few windows to compare with. */
  | 'learning'
  | 'calibrated'
  /** The reference itself is far from zero: this twin does not stand for this player. */
  | 'off'
  /** An alarm is open. */
  | 'drifted';

/** What is known of a pair after a window. */
export interface Verdict {
  readonly state: PairState;
  readonly referenceMs: number | null;
  readonly toleranceMs: number | null;
  readonly evidence: number;
  readonly threshold: number;
  /** Id of the open alarm. */
  readonly alarm: string | null;
}

/** Of a window in the reference: its error, and what the browser measured. */
type Learned = readonly [errorMs: number, browserMs: number];
type Remembered = readonly [startMs: number, ...Learned];

interface Direction {
  readonly scores: readonly number[];
  readonly sinceMs: number;
}

/** All that a judge remembers; plain JSON. */
export interface JudgeMemory {
  readonly reference: readonly Learned[];
  readonly recent: readonly Remembered[];
  readonly up: Direction;
  readonly down: Direction;
  /** Builds of the browser before there was any evidence. */
  readonly builds: readonly string[];
  readonly alarm: DriftAlarm | null;
  /** Windows since the alarm was raised, and of them the last in a row within the tolerance. */
  readonly sinceAlarm: number;
  readonly calm: number;
}

export const NOTHING_REMEMBERED: JudgeMemory = {
  reference: [],
  recent: [],
  up: { scores: [], sinceMs: 0 },
  down: { scores: [], sinceMs: 0 },
  builds: [],
  alarm: null,
  sinceAlarm: 0,
  calm: 0,
};

/** Hundredths of a millisecond are enough, and keep what is remembered short. */
const rounded = (ms: number): number => Math.round(ms * 100) / 100;

interface Reference {
  readonly errorMs: number;
  readonly browserMs: number;
  /** How far from it is too far. */
  readonly toleranceMs: number;
}

export class PairJudge {
  readonly #settings: CalibrationSettings;
  #memory: JudgeMemory;
  /** Of which windows the reference was computed last. */
  #computed: { readonly of: readonly Learned[]; readonly reference: Reference | undefined } | undefined;

  constructor(settings: CalibrationSettings, memory: JudgeMemory = NOTHING_REMEMBERED) {
    this.#settings = settings;
    this.#memory = memory;
  }

  get memory(): JudgeMemory {
    return this.#memory;
  }

  /** Judges the next window; windows come in the order of their time. `threshold`: the evidence that makes an alarm. */
  take(window: CalibrationWindow, threshold: number): { verdict: Verdict; event: AlarmEvent | undefined } {
    const { recentWindows } = this.#settings;
    const one: Remembered = [window.startMs, rounded(window.errorMs), rounded(window.browserMs)];
    this.#update({ recent: [...this.#memory.recent, one].slice(-recentWindows) });
    const reference = this.#reference();
    const event = this.#memory.alarm
      ? this.#follow(this.#memory.alarm, window, reference)
      : this.#watch(window, one, reference, threshold);
    return { verdict: this.#verdict(threshold), event };
  }

  /** The two probes are not run any more: ends the alarm, if there is one. */
  abandon(atMs: number): AlarmEvent | undefined {
    const { alarm, sinceAlarm } = this.#memory;
    if (!alarm) return undefined;
    this.#update({ alarm: null });
    const windows = alarm.windows + sinceAlarm;
    return { kind: 'resolved', alarm: resolvedAlarm(alarm, 'unpaired', { atMs, windows }) };
  }

  #update(more: Partial<JudgeMemory>): void {
    this.#memory = { ...this.#memory, ...more };
  }

  #reference(): Reference | undefined {
    const of = this.#memory.reference;
    if (this.#computed?.of !== of) this.#computed = { of, reference: this.#computeReference(of) };
    return this.#computed.reference;
  }

  #computeReference(reference: readonly Learned[]): Reference | undefined {
    const { learnWindows, minEffectMs, minEffectRatio, spreadQuantile } = this.#settings;
    if (reference.length < learnWindows) return undefined;
    const errorMs = lowerMedian(reference.map(([error]) => error));
    const browserMs = lowerMedian(reference.map(([, browser]) => browser));
    const spread = quantileOf(
      reference.map(([error]) => Math.abs(error - errorMs)),
      spreadQuantile,
    );
    return { errorMs, browserMs, toleranceMs: spread + Math.max(minEffectMs, minEffectRatio * browserMs) };
  }

  #scores(): { up: SeriesScore; down: SeriesScore } {
    const { bets, p0 } = this.#settings;
    const { up, down } = this.#memory;
    return { up: new SeriesScore(bets, p0, up.scores), down: new SeriesScore(bets, p0, down.scores) };
  }

  get #evidence(): number {
    const { up, down } = this.#scores();
    return Math.max(up.evidence, down.evidence);
  }

  /** While all is well, as far as is known: votes, learns, and raises an alarm. */
  #watch(
    window: CalibrationWindow,
    one: Remembered,
    reference: Reference | undefined,
    threshold: number,
  ): AlarmEvent | undefined {
    // What is itself less certain than the difference that it would have to show has no say, and teaches nothing.
    const allowed = reference?.toleranceMs ?? 2 * this.#settings.minEffectMs;
    if (window.uncertaintyMs > Math.max(allowed, this.#settings.minEffectRatio * window.browserMs))
      return undefined;
    if (reference) this.#vote(window, reference);
    const { reference: learned } = this.#memory;
    const evidence = this.#evidence;
    if (evidence <= 1) this.#update({ builds: window.builds.slice(0, 5) });
    if (reference && evidence >= threshold) return this.#raise(window, reference, threshold);
    if (learned.length < this.#settings.referenceWindows && evidence < this.#settings.freezeEvidence)
      this.#update({ reference: [...learned, [one[1], one[2]]] });
    return undefined;
  }

  #vote({ errorMs, startMs }: CalibrationWindow, reference: Reference): void {
    const apart = errorMs - reference.errorMs;
    const { up, down } = this.#scores();
    const next = (score: SeriesScore, before: Direction, exceeds: boolean): Direction => {
      const sinceMs = score.evidence > 1 ? before.sinceMs : startMs;
      score.update(exceeds ? 1 : 0);
      return { scores: score.scores, sinceMs };
    };
    this.#update({
      up: next(up, this.#memory.up, apart > reference.toleranceMs),
      down: next(down, this.#memory.down, -apart > reference.toleranceMs),
    });
  }

  #raise(window: CalibrationWindow, reference: Reference, threshold: number): AlarmEvent {
    const { up, down } = this.#scores();
    const { recent, builds } = this.#memory;
    const isUp = up.evidence >= down.evidence;
    const startedMs = (isUp ? this.#memory.up : this.#memory.down).sinceMs;
    const since = recent.filter(([startMs]) => startMs >= startedMs);
    const errorAfter = lowerMedian(since.map(([, error]) => error));
    const browserAfter = lowerMedian(since.map(([, , browser]) => browser));
    const browserStart = { before: reference.browserMs, after: browserAfter };
    const twinStart = {
      before: rounded(reference.browserMs - reference.errorMs),
      after: rounded(browserAfter - errorAfter),
    };
    const { region, target, twin, browser, format, player, basis } = window;
    const raised: Omit<DriftAlarm, 'summary'> = {
      id: alarmId(window, startedMs),
      kind: 'model_drift',
      status: 'open',
      resolution: null,
      ...{ region, target, twin, browser, format, player, basis },
      ...{ startedMs, detectedMs: window.endMs, resolvedMs: null },
      direction: isUp ? 'optimistic' : 'pessimistic',
      moved: movedBy(browserStart, twinStart),
      error: { before: reference.errorMs, after: errorAfter },
      browserStart,
      twinStart,
      toleranceMs: rounded(reference.toleranceMs),
      evidence: Math.max(up.evidence, down.evidence),
      threshold,
      windows: since.length,
      buildsBefore: builds,
      buildsAfter: window.builds.slice(0, 5),
    };
    const alarm: DriftAlarm = { ...raised, summary: summaryOf(raised) };
    this.#update({ alarm, sinceAlarm: 0, calm: 0 });
    return { kind: 'drifted', alarm };
  }

  /** While an alarm is open: it ends when the error is back, or has settled elsewhere. */
  #follow(
    alarm: DriftAlarm,
    window: CalibrationWindow,
    reference: Reference | undefined,
  ): AlarmEvent | undefined {
    const { calmWindows, rebaseWindows, spreadQuantile, recentWindows } = this.#settings;
    const { recent } = this.#memory;
    const isNear = Math.abs(window.errorMs - (reference?.errorMs ?? 0)) <= alarm.toleranceMs;
    const calm = isNear ? this.#memory.calm + 1 : 0;
    const sinceAlarm = this.#memory.sinceAlarm + 1;
    this.#update({ calm, sinceAlarm });
    if (calm >= calmWindows) return this.#resolve(alarm, window, 'recovered', recent.slice(-calmWindows));
    if (sinceAlarm < rebaseWindows || recent.length < recentWindows) return undefined;
    const errors = recent.map(([, error]) => error);
    const width = quantileOf(errors, spreadQuantile) - quantileOf(errors, 1 - spreadQuantile);
    if (width > 2 * alarm.toleranceMs) return undefined;
    this.#update({ reference: recent.map(([, error, browser]) => [error, browser]) });
    return this.#resolve(alarm, window, 'rebased', recent);
  }

  #resolve(
    alarm: DriftAlarm,
    { endMs, builds }: CalibrationWindow,
    resolution: 'recovered' | 'rebased',
    of: readonly Remembered[],
  ): AlarmEvent {
    const errorMs = lowerMedian(of.map(([, error]) => error));
    const browserMs = lowerMedian(of.map(([, , browser]) => browser));
    const after = { errorMs, browserMs, twinMs: rounded(browserMs - errorMs) };
    const windows = alarm.windows + this.#memory.sinceAlarm;
    const { up, down } = NOTHING_REMEMBERED;
    this.#update({ alarm: null, sinceAlarm: 0, calm: 0, up, down, builds: builds.slice(0, 5) });
    return { kind: 'resolved', alarm: resolvedAlarm(alarm, resolution, { atMs: endMs, windows, after }) };
  }

  #verdict(threshold: number): Verdict {
    const reference = this.#reference();
    const { alarm } = this.#memory;
    const isOff =
      reference &&
      Math.abs(reference.errorMs) >
        Math.max(this.#settings.offMs, this.#settings.minEffectRatio * reference.browserMs);
    return {
      state: alarm ? 'drifted' : !reference ? 'learning' : isOff ? 'off' : 'calibrated',
      referenceMs: reference?.errorMs ?? null,
      toleranceMs: reference ? rounded(reference.toleranceMs) : null,
      evidence: this.#evidence,
      threshold,
      alarm: alarm?.id ?? null,
    };
  }
}
