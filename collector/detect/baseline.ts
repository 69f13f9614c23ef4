/**
 * What is normal for one metric at one agent: the upper quantile of its last clean samples, lagged. A quantile is the same
 * on a log scale, so that durations need no transformation here.
 */
import type { MetricDefinition } from '../../probes/metrics.ts';
import { packNumbers, type StreamState, unpackNumbers } from './learned.ts';
import type { DetectSettings } from './settings.ts';
import { SortedWindow, WindowPool } from './sorted-window.ts';

/** How a sample compares: it exceeds when `excess > tolerance`. Both in the unit of the metric, in the bad direction. */
export interface Reading {
  readonly excess: number;
  readonly tolerance: number;
}

export class Baseline {
  readonly #settings: DetectSettings;
  readonly #sign: 1 | -1;
  readonly #minEffect: { readonly abs: number; readonly rel: number };
  readonly #samplesMax: number;
  readonly #window: SortedWindow;
  /** What was normal before a restart, until the window holds enough. */
  #seedUpper: number | undefined;
  /** Samples that were judged and are not yet learned, oldest first: how bad, and when, in turn. */
  #waiting: number[] = [];
  /** What is usual at this hour by what is usual at all: values are kept without it. */
  #factor = 1;

  constructor(
    settings: DetectSettings,
    metric: Pick<MetricDefinition, 'better' | 'minEffect'>,
    windowSamples: number = settings.windowSamples,
    pool: WindowPool = new WindowPool(windowSamples),
  ) {
    this.#settings = settings;
    this.#sign = metric.better === 'higher' ? -1 : 1;
    this.#minEffect = metric.minEffect ?? { abs: 0, rel: 0 };
    this.#samplesMax = windowSamples;
    this.#window = new SortedWindow(windowSamples, pool);
  }

  /** Whether it holds enough to judge by. */
  get ready(): boolean {
    return this.#known || this.#seedUpper !== undefined;
  }

  get #known(): boolean {
    return this.#window.size >= this.#settings.minSamples;
  }

  get #upper(): number {
    const learned = this.#window.quantile(this.#settings.quantile);
    return this.#known ? learned : (this.#seedUpper ?? learned);
  }

  /** Takes over a limit that was learned before a restart, as `limit` gave it. */
  seed(limit: number): void {
    const { abs, rel } = this.#minEffect;
    const bad = limit * this.#sign;
    // The larger tolerance decided: invert both, take the lower upper quantile.
    this.#seedUpper = Math.min(bad - abs, bad > 0 ? bad / (1 + rel) : bad / (1 - rel));
  }

  /** All that it has learned. */
  save(): Pick<StreamState, 'window' | 'waiting' | 'seed'> {
    return {
      window: packNumbers(this.#window.values()),
      waiting: [...this.#waiting],
      ...(this.#seedUpper !== undefined && !this.#known && { seed: this.#seedUpper }),
    };
  }

  /** Takes up what was saved, while it knows nothing yet. Throws when that makes no sense. */
  restore({ seed, waiting, window }: Pick<StreamState, 'window' | 'waiting' | 'seed'>): void {
    for (const value of unpackNumbers(window)) this.#window.push(value);
    this.#waiting = [...waiting];
    if (seed !== undefined) this.#seedUpper = seed;
  }

  /** The season from here on, as a factor on what is usual. */
  season(factor: number): void {
    this.#factor = factor;
  }

  /** Compares a value with what was normal before it; undefined while the baseline is not ready. */
  judge(value: number): Reading | undefined {
    if (!this.ready) return undefined;
    const upper = this.#upper * this.#factor;
    const tolerance = Math.max(this.#minEffect.abs, this.#minEffect.rel * Math.abs(upper));
    return { excess: value * this.#sign - upper, tolerance };
  }

  /** How often samples come: the window reaches back over a stretch of time, and not over half a day. */
  setEvery(everyMs: number): void {
    const { windowMs, windowSamplesMin } = this.#settings;
    const samples = Math.max(windowSamplesMin, Math.round(windowMs / everyMs));
    this.#window.resize(Math.min(this.#samplesMax, samples));
  }

  /** Queues a clean sample. The lag grows from nothing while the baseline is young: neither deaf nor jumpy. */
  learn(value: number, atMs: number): void {
    const waiting = this.#waiting;
    waiting.push((value * this.#sign) / this.#factor, atMs);
    const { lagSamples, minSamples } = this.#settings;
    const known = this.#window.size + waiting.length / 2;
    const lag = Math.min(lagSamples, Math.max(0, known - minSamples));
    while (waiting.length / 2 > lag) {
      this.#window.push(waiting[0] as number);
      // A dozen: a loop is quicker than the call that moves them.
      for (let i = 2; i < waiting.length; i += 1) waiting[i - 2] = waiting[i] as number;
      waiting.length -= 2;
    }
  }

  /** Forgets all that it knew, and takes these values for what is normal: the level has changed. */
  restart(values: readonly number[]): void {
    this.#window.clear();
    this.#waiting = [];
    for (const value of values) this.#window.push((value * this.#sign) / this.#factor);
    // Until there are enough of them, the few are better than nothing.
    this.#seedUpper = values.length > 0 ? this.#window.quantile(this.#settings.quantile) : undefined;
  }

  /** Whether a level, without its season, is better than the usual one by the minimum effect; false while nothing is known. */
  isBetter(level: number): boolean {
    const median = this.#window.quantile(0.5);
    const { abs, rel } = this.#minEffect;
    return median - level * this.#sign > Math.max(abs, rel * Math.abs(median));
  }

  /** Forgets what waits from an instant on: it turned out to belong to a fault. */
  discardSince(atMs: number): void {
    this.#waiting = this.#waiting.filter((_, i, all) => (all[i | 1] as number) < atMs);
  }

  /** The median of what is normal, in the unit of the metric; NaN before the first sample. */
  median(): number {
    return told(this.#window.quantile(0.5) * this.#factor * this.#sign);
  }

  /** The value from which a sample exceeds; NaN before the first sample. */
  limit(): number {
    const upper = this.#upper * this.#factor;
    const tolerance = Math.max(this.#minEffect.abs, this.#minEffect.rel * Math.abs(upper));
    return told((upper + tolerance) * this.#sign);
  }

  /** Gives back the room that it takes. */
  forget(): void {
    this.#window.forget();
  }
}

/** Without the digits that single precision adds. */
const told = (value: number): number => Number(value.toPrecision(7));
