/** Time for a detector: observations by the time at which they were seen, and a look at regular ticks between them. */
import type { Detector } from './detector.ts';
import type { IncidentEvent } from './incident.ts';
import type { Observation } from './observation.ts';

/** How often the detector looks up. */
export const TICK_MS = 2000;
/** After a gap longer than this nothing is to be judged in between: it is one step. */
const GAP_TICKS_MAX = 1000;

/** Feeds a detector, live or from history: both are the same ticks over the same rows. */
export class Playback {
  readonly #detector: Detector;
  readonly #onTick: ((nowMs: number) => void) | undefined;
  #tickMs: number | undefined;
  #events: IncidentEvent[] = [];

  /** `onTick` runs before each look, e.g. to tell the detector of the fleet at that time. */
  constructor(detector: Detector, onTick?: (nowMs: number) => void) {
    this.#detector = detector;
    this.#onTick = onTick;
  }

  /** Takes an observation; they come ordered by `seenMs`. */
  take(run: Observation): void {
    this.#passTo(run.seenMs);
    this.#detector.observe(run);
  }

  /** Lets the time pass up to an instant; gives what happened since the last call. */
  until(nowMs: number): IncidentEvent[] {
    this.#passTo(nowMs);
    this.#events.push(...this.#detector.advance(nowMs));
    return this.drain();
  }

  /** What happened since the last call, without letting time pass. */
  drain(): IncidentEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #passTo(nowMs: number): void {
    // Ticks are multiples of their length, so that a history gives the same whenever its replay begins.
    const aligned = Math.ceil(nowMs / TICK_MS) * TICK_MS;
    let tickMs = this.#tickMs ?? aligned;
    if (nowMs - tickMs > GAP_TICKS_MAX * TICK_MS) tickMs = aligned - TICK_MS;
    for (; tickMs <= nowMs; tickMs += TICK_MS) {
      this.#onTick?.(tickMs);
      this.#events.push(...this.#detector.advance(tickMs));
    }
    this.#tickMs = tickMs;
  }
}

/** Plays a whole history, ordered by `seenMs`, up to `untilMs`. */
export function replay(
  detector: Detector,
  observations: Iterable<Observation>,
  options: { readonly untilMs: number; readonly onTick?: (nowMs: number) => void },
): IncidentEvent[] {
  const playback = new Playback(detector, options.onTick);
  for (const run of observations) playback.take(run);
  return playback.until(options.untilMs);
}
