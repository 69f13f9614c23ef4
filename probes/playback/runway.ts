/** How long playback goes on before it stalls, if what comes goes on to come as it did. */

/** Media that must be there for the clock to go past a point. */
export interface Point {
  /** From the first frame on. */
  readonly mediaMs: number;
  /** When the last byte for it arrives, in `clock.monotonicMs()`: measured, or predicted by the throughput. */
  readonly arrivesMs: number;
}

export interface Runway {
  /** Media that plays before the first stall; without one, all that is known, `horizonMs` at most. */
  readonly runwayMs: number;
  /** Waiting that playing all of it takes, over all stalls. */
  readonly stallMs: number;
}

/** Further ahead than a short video is long, throughput says nothing. */
export const HORIZON_MS = 30_000;
/** Less than a frame late is not late. */
const TOLERANCE_MS = 10;

/** `points` in the order of media; `knownMs`: where the known media ends. The clock starts at `playingAtMs`. */
export function predictRunway(points: Iterable<Point>, playingAtMs: number, knownMs: number): Runway {
  let runwayMs: number | undefined;
  let stallMs = 0;
  for (const { mediaMs, arrivesMs } of points) {
    if (mediaMs > HORIZON_MS) break;
    const lateMs = arrivesMs - (playingAtMs + mediaMs);
    if (lateMs <= TOLERANCE_MS) continue;
    runwayMs ??= mediaMs;
    // One who waits for the latest piece has waited for all that were late before.
    stallMs = Math.max(stallMs, lateMs);
  }
  return { runwayMs: runwayMs ?? Math.min(knownMs, HORIZON_MS), stallMs };
}

/** Of picture and sound that come apart: the one that runs out first stops both. */
export function worseRunway(a: Runway, b: Runway): Runway {
  return { runwayMs: Math.min(a.runwayMs, b.runwayMs), stallMs: Math.max(a.stallMs, b.stallMs) };
}
