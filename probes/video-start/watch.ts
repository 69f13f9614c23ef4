/** When to stop watching, decided inside the page; sent there as text, as `recorder.ts`. */
import type { Recorder } from './recorder.ts';
import type { PlayEnd, PlayReport } from './report.ts';

export interface WatchOrder {
  readonly watchMs: number;
  readonly patienceMs: number;
  /** Media time to seek to after watching. */
  readonly seekToMs?: number;
  readonly blackAfterMs: number;
  readonly frozenAfterMs: number;
}

/**
 * A player that goes tells all at once what Chromium else gives out in instalments of half a second, and costs nothing while nobody
 * watches. Where something went wrong it stays: what it still does is evidence.
 */
export function releaseVideo(video: HTMLVideoElement): void {
  video.pause();
  for (const source of video.querySelectorAll('source')) source.remove();
  video.removeAttribute('src');
  video.srcObject = null;
  video.load();
}

/**
 * Resolves when it has seen enough, or nothing for longer than the viewer's patience. `recorders`: the videos of the page, of which
 * the one counts that presents a frame first. `orderedMs`: what the patience runs from. `release` gets the video when all went well.
 */
export function watchRecorders(
  recorders: () => readonly Recorder[],
  orderedMs: number,
  order: WatchOrder,
  release?: (video: HTMLVideoElement) => void,
): Promise<PlayReport> {
  /** Before the first frame. */
  function startVerdict({ video, seen }: Recorder, waitedMs: number): PlayEnd | undefined {
    if (seen.error) return 'error';
    const hasRun = video.ended || video.currentTime * 1000 >= order.blackAfterMs;
    if (hasRun && video.getVideoPlaybackQuality().totalVideoFrames === 0) return 'black';
    return waitedMs >= order.patienceMs ? 'patience' : undefined;
  }

  function seekVerdict(recorder: Recorder, nowMs: number): PlayEnd | undefined {
    const seek = recorder.seek();
    if (!seek || seek.frameMs !== undefined) return 'watched';
    return nowMs - seek.orderedMs >= order.patienceMs ? 'seek' : undefined;
  }

  function startSeek(recorder: Recorder, seekToMs: number): undefined {
    const { duration } = recorder.video;
    // A target behind the end is that of the last half second.
    const lastS = Number.isFinite(duration) ? Math.max(0, duration - 0.5) : Number.POSITIVE_INFINITY;
    recorder.startSeek(Math.min(seekToMs / 1000, lastS));
  }

  /** Whether the page has seen enough of a video, and why; undefined while it has not. */
  function verdict(recorder: Recorder, nowMs: number): PlayEnd | undefined {
    const { video, seen } = recorder;
    if (!seen.firstFrame) return startVerdict(recorder, nowMs - orderedMs);
    if (seen.error) return 'error';
    if (recorder.seek()) return seekVerdict(recorder, nowMs);
    if (video.ended && !seen.movingFrame) return 'frozen';
    if (!seen.movingFrame && recorder.watchedMs() >= order.frozenAfterMs) return 'frozen';
    if (seen.movingFrame && (video.ended || recorder.watchedMs() >= order.watchMs)) {
      if (order.seekToMs !== undefined) return startSeek(recorder, order.seekToMs);
      return video.ended ? 'ended' : 'watched';
    }
    const stallSinceMs = recorder.stallSinceMs();
    const patientSinceMs = stallSinceMs ?? seen.firstFrame.atMs;
    return nowMs - patientSinceMs >= order.patienceMs + (stallSinceMs === undefined ? order.watchMs : 0)
      ? 'stalled'
      : undefined;
  }

  /** The first that showed a picture; before that one in which nothing broke. */
  function leading(all: readonly Recorder[]): Recorder | undefined {
    const started = all.filter(({ seen }) => seen.firstFrame);
    started.sort((a, b) => (a.seen.firstFrame?.atMs ?? 0) - (b.seen.firstFrame?.atMs ?? 0));
    return started[0] ?? all.find(({ seen }) => !seen.error && seen.sourceMs !== undefined) ?? all[0];
  }

  /** A page without any video. */
  function nothing(): PlayReport {
    const none = { stalls: [], fragments: [], watchedMs: 0, framesCount: 0, droppedFramesCount: 0 };
    return { ...none, orderedMs, endedMs: performance.now(), end: 'patience', videoWidthPx: 0 };
  }

  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const nowMs = performance.now();
      const all = recorders();
      for (const recorder of all) recorder.tick();
      const lead = leading(all);
      const end = lead
        ? verdict(lead, nowMs)
        : nowMs - orderedMs >= order.patienceMs
          ? 'patience'
          : undefined;
      if (end === undefined) return;
      clearInterval(timer);
      const report = lead ? lead.report(end) : nothing();
      if (lead && (end === 'watched' || end === 'ended')) release?.(lead.video);
      resolve(report);
    }, 20);
  });
}
