/** Finds the windows of all pairs and judges them, live or over history: the same runs give the same windows and alarms. */
import type { Store } from '../store/store.ts';
import type { AlarmEvent } from './alarm.ts';
import { type JudgedWindow, Judges } from './judges.ts';
import { PairReader, type PairRuns } from './pair-reader.ts';
import { CALIBRATION_LIMITS, type CalibrationSettings } from './settings.ts';
import { type CalibrationWindow, type Pair, pairKey } from './window.ts';
import { extended, MINUTE_MS, nextWindow, type OpenWindow } from './window-plan.ts';

/** What a look has found; windows in the order in which they were judged. */
export interface Findings {
  readonly windows: readonly JudgedWindow[];
  readonly events: readonly AlarmEvent[];
  /** There is more, which the next look finds. */
  readonly more: boolean;
}

export interface CalibratorCounters {
  windows: number;
  /** Windows that had too few runs that count, and were extended. */
  extended: number;
  /** As of the last look. */
  pairs: number;
  pairs_over_limit: number;
}

export class Calibrator {
  readonly judges: Judges;
  readonly counters: CalibratorCounters = { windows: 0, extended: 0, pairs: 0, pairs_over_limit: 0 };
  readonly #settings: CalibrationSettings;
  readonly #reader: PairReader;
  /** Where the plan of each pair stands. */
  readonly #open = new Map<string, OpenWindow>();

  constructor(store: Pick<Store, 'query'>, settings: CalibrationSettings) {
    this.#settings = settings;
    this.#reader = new PairReader(store, settings);
    this.judges = new Judges(settings);
  }

  /** The windows of a pair up to an instant are known: the next begins there or later. */
  knowUntil(pair: Pair, endMs: number): void {
    const key = pairKey(pair);
    const known = this.#open.get(key)?.afterMs ?? Number.NEGATIVE_INFINITY;
    if (endMs > known) this.#open.set(key, { afterMs: endMs });
  }

  /**
   * Windows that have ended by now, at most so many. Runs before `sinceMs`, by default the longest window and a pause ago, are
   * not looked at. Rejects with a `StoreError`, and has judged nothing then.
   */
  async look(
    nowMs: number,
    {
      maxWindows = CALIBRATION_LIMITS.windowsPerTick.value as number,
      sinceMs = Number.NEGATIVE_INFINITY,
    } = {},
  ): Promise<Findings> {
    const untilMs = minuteOf(nowMs - CALIBRATION_LIMITS.graceMs.value);
    const fromMs =
      sinceMs > 0 ? minuteOf(sinceMs) : minuteOf(untilMs - this.#settings.maxWindowMs - this.#settings.gapMs);
    const { pairs, overLimit } = await this.#reader.pairs(fromMs, untilMs);
    this.counters.pairs = pairs.length;
    this.counters.pairs_over_limit = overLimit;
    const found: CalibrationWindow[] = [];
    const open = new Map<string, OpenWindow>();
    for (const runs of pairs) {
      if (found.length >= maxWindows) break;
      const key = pairKey(runs.pair);
      const before = this.#open.get(key) ?? { afterMs: fromMs };
      open.set(key, await this.#ofPair(runs, before, found, maxWindows));
    }
    // Nothing of it counts before all of it was read.
    for (const [key, one] of open) this.#open.set(key, one);
    return { ...this.#judge(found, nowMs), more: found.length >= maxWindows };
  }

  /** The windows of one pair; gives where its plan stands then. */
  async #ofPair(
    runs: PairRuns,
    before: OpenWindow,
    found: CalibrationWindow[],
    maxWindows: number,
  ): Promise<OpenWindow> {
    let open = before;
    while (found.length < maxWindows) {
      const { due, startMs } = nextWindow(runs, open, this.#settings);
      if (!due) return { ...open, afterMs: startMs ?? open.afterMs };
      const read = await this.#reader.read(runs.pair, due);
      if ('window' in read) {
        found.push(read.window);
        open = { afterMs: due.endMs };
      } else {
        this.counters.extended += 1;
        open = extended(open, due, read.counted, this.#settings);
      }
    }
    return open;
  }

  /** In the order of time, whichever pair they are of: the judges count who is heard. */
  #judge(found: readonly CalibrationWindow[], nowMs: number): Pick<Findings, 'windows' | 'events'> {
    const events: AlarmEvent[] = [];
    const windows = found.toSorted(inOrder).map((window) => {
      const { judged, event } = this.judges.take(window);
      if (event) events.push(event);
      return judged;
    });
    this.counters.windows += windows.length;
    events.push(...this.judges.advance(nowMs));
    return { windows, events };
  }
}

function inOrder(a: CalibrationWindow, b: CalibrationWindow): number {
  return a.endMs - b.endMs || (pairKey(a) < pairKey(b) ? -1 : 1);
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}
