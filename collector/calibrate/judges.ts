/** The judges of all pairs. Pure: windows in, verdicts and alarms out. */
import type { AlarmEvent } from './alarm.ts';
import { type JudgeMemory, NOTHING_REMEMBERED, PairJudge, type Verdict } from './pair-judge.ts';
import { CALIBRATION_LIMITS, type CalibrationSettings, thresholdOf } from './settings.ts';
import { type CalibrationWindow, kindKey } from './window.ts';

/** Pairs that had a window within so long share the false alarms. */
const HEARD_WITHIN_MS = 86_400_000;

/** A window with what is known of its pair after it. */
export interface JudgedWindow {
  readonly window: CalibrationWindow;
  readonly verdict: Verdict;
  readonly memory: JudgeMemory;
}

interface Entry {
  readonly judge: PairJudge;
  lastMs: number;
}

export class Judges {
  readonly #settings: CalibrationSettings;
  readonly #entries = new Map<string, Entry>();

  constructor(settings: CalibrationSettings) {
    this.#settings = settings;
  }

  /** What was remembered of a pair after its last window. */
  remember(window: CalibrationWindow, memory: JudgeMemory): void {
    this.#entries.set(kindKey(window), {
      judge: new PairJudge(this.#settings, memory),
      lastMs: window.endMs,
    });
  }

  take(window: CalibrationWindow): { readonly judged: JudgedWindow; readonly event: AlarmEvent | undefined } {
    const key = kindKey(window);
    const entry = this.#entries.get(key) ?? {
      judge: new PairJudge(this.#settings, NOTHING_REMEMBERED),
      lastMs: 0,
    };
    this.#entries.set(key, entry);
    entry.lastMs = window.endMs;
    const threshold = thresholdOf(this.#settings, this.#heard(window.endMs));
    const { verdict, event } = entry.judge.take(window, threshold);
    return { judged: { window, verdict, memory: entry.judge.memory }, event };
  }

  /** Lets time pass: ends alarms about pairs that are not run any more, and forgets what is too old. */
  advance(nowMs: number): AlarmEvent[] {
    const events: AlarmEvent[] = [];
    for (const [key, { judge, lastMs }] of this.#entries) {
      const idleMs = nowMs - lastMs;
      if (idleMs <= CALIBRATION_LIMITS.idleMs.value) continue;
      const event = judge.abandon(nowMs);
      if (event) events.push(event);
      if (idleMs > CALIBRATION_LIMITS.rememberedMs.value) this.#entries.delete(key);
    }
    return events;
  }

  /** Pairs that are watched. */
  get size(): number {
    return this.#entries.size;
  }

  #heard(nowMs: number): number {
    let heard = 0;
    for (const { lastMs } of this.#entries.values()) if (nowMs - lastMs < HEARD_WITHIN_MS) heard += 1;
    return heard;
  }
}
