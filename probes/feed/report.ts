/** What the page of the feed hands back: all times are of its `performance.now()`. */
import type { PlayReport } from '../video-start/report.ts';

/** What was there of a clip when the viewer swiped to it. */
export interface Preloaded {
  /** HTMLMediaElement.readyState; from 2 on its first picture is there. */
  readonly readyState: number;
  /** Media from its begin on. */
  readonly bufferedMs: number;
  /** Media time of the picture that preloading had put there: what the viewer sees stand still at first. */
  readonly stillS?: number;
}

export interface ClipReport {
  /** What was asked for on behalf of the clip, as far as the page knows. */
  readonly urls: readonly string[];
  /** Media that was there when the clip was left, or at the end of the feed. */
  readonly bufferedMs: number;
  /** How much of it had been on the screen; media that was shown twice counts once. */
  readonly shownMs: number;
  readonly preloaded?: Preloaded;
  /** Ordered by the swipe. Absent for a clip that was preloaded and never swiped to. */
  readonly play?: PlayReport;
}

export interface FeedReport {
  /** In the order of the feed; the first is the one it opens with, all others were swiped to. */
  readonly clips: readonly ClipReport[];
  readonly endedMs: number;
}
