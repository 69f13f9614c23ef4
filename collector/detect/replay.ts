/** History through the detector, by the time at which it was seen: for restarts, for files, for benches. */
import type { Detector } from './detector.ts';
import type { IncidentEvent } from './incident.ts';
import type { Observation } from './observation.ts';

/** How often the detector looks up while history is played. */
export const TICK_MS = 2000;

/**
 * Plays observations, ordered by `seenMs`, and lets the time pass between them in ticks, up to `untilMs`. `onTick` sees
 * every tick, e.g. to tell the detector of the fleet at that time.
 */
export function replay(
  detector: Detector,
  observations: Iterable<Observation>,
  options: { readonly untilMs: number; readonly onTick?: (nowMs: number) => void },
): IncidentEvent[] {
  const events: IncidentEvent[] = [];
  let tickMs: number | undefined;
  const advanceTo = (nowMs: number): void => {
    tickMs ??= nowMs;
    // A gap of days is one step: with nothing heard there is nothing to judge in between.
    if (nowMs - tickMs > 1000 * TICK_MS) tickMs = nowMs - TICK_MS;
    for (; tickMs <= nowMs; tickMs += TICK_MS) {
      options.onTick?.(tickMs);
      events.push(...detector.advance(tickMs));
    }
  };
  for (const run of observations) {
    advanceTo(run.seenMs);
    detector.observe(run);
  }
  advanceTo(options.untilMs);
  return events;
}
