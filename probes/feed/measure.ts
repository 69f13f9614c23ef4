/** The numbers, facts and phases of a feed. */
import type { Metrics } from '../metrics.ts';
import type { Attributes } from '../probe.ts';
import type { Timeline } from '../timeline.ts';
import { judge } from '../video-start/judge.ts';
import { attributesOf } from '../video-start/measure.ts';
import type { Frame, PlayReport } from '../video-start/report.ts';
import type { ClipEvidence, FeedEvidence } from './evidence.ts';

/** HTMLMediaElement.HAVE_CURRENT_DATA (HTML): the picture at the place of play is there. */
const HAVE_CURRENT_DATA = 2;

type Shown = NonNullable<ClipEvidence['shown']>;

/** Whether the clip was ready to show a picture when the viewer swiped to it. */
export function isHit({ preloaded }: Pick<Shown, 'preloaded'>): boolean {
  return preloaded.readyState >= HAVE_CURRENT_DATA;
}

/** Absent numbers were not measured. Means are over the swipes whose clip showed a picture: CTA-2066 has no start time of those that did not. */
export function feedMetrics({ clips }: FeedEvidence): Metrics {
  const shown = shownOf(clips);
  const [first] = shown;
  const swipes = shown.slice(1);
  const played = swipes.filter(({ playback }) => judge(playback) === undefined);
  const starts = played.map(({ playback }) => sinceOrder(playback.report, playback.report.firstFrame));
  const movings = played.map((swipe) => sinceOrder(swipe.playback.report, movingFrame(swipe)));
  return withoutGaps({
    video_startup_ms: first && sinceOrder(first.playback.report, first.playback.report.firstFrame),
    swipe_first_frame_ms: mean(starts),
    swipe_worst_ms: starts.length > 0 ? Math.max(...starts.map((ms) => ms ?? 0)) : undefined,
    swipe_moving_ms: mean(movings),
    swipe_count: swipes.length,
    swipe_failed_count: swipes.length - played.length,
    preload_hit_ratio: mean(swipes.map((swipe) => (isHit(swipe) ? 1 : 0))),
    preloaded_ms: mean(swipes.map(({ preloaded }) => preloaded.bufferedMs)),
    ...wasteMetrics(clips),
    ...watchMetrics(shown),
  });
}

/** The first frame behind the first picture, which preloading may have put there before the swipe. */
function movingFrame({ preloaded, playback }: Shown): Frame | undefined {
  const { firstFrame, movingFrame } = playback.report;
  const { stillS } = preloaded;
  return firstFrame && stillS !== undefined && firstFrame.mediaTimeS > stillS ? firstFrame : movingFrame;
}

/** At the mean rate of each clip: its bytes, by the share of its media that was there and never on the screen. */
function wasteMetrics(clips: readonly ClipEvidence[]): Partial<Metrics> {
  const bytes = clips.reduce((sum, clip) => sum + clip.bytes, 0);
  const wasted = clips.reduce((sum, clip) => sum + clip.bytes * unseenShare(clip), 0);
  if (bytes === 0) return {};
  return { wasted_bytes: Math.round(wasted), wasted_ratio: wasted / bytes };
}

function unseenShare({ bufferedMs, shownMs }: ClipEvidence): number {
  if (shownMs === 0) return 1;
  return bufferedMs > 0 ? Math.min(1, Math.max(0, 1 - shownMs / bufferedMs)) : 0;
}

function watchMetrics(shown: readonly Shown[]): Partial<Metrics> {
  const started = shown.map(({ playback }) => playback.report).filter(({ firstFrame }) => firstFrame);
  if (started.length === 0) return {};
  const sum = (of: (report: PlayReport) => number): number =>
    started.reduce((total, report) => total + of(report), 0);
  const stallMs = sum(({ stalls }) => stalls.reduce((total, span) => total + span.endMs - span.startMs, 0));
  const elapsedMs = sum(({ endedMs, firstFrame }) => endedMs - (firstFrame?.atMs ?? endedMs));
  return withoutGaps({
    stall_count: sum(({ stalls }) => stalls.length),
    stall_ms: stallMs,
    stall_ratio: elapsedMs > 0 ? Math.min(1, stallMs / elapsedMs) : undefined,
    watched_ms: sum(({ watchedMs }) => watchedMs),
    frames_count: sum(({ framesCount }) => framesCount),
    dropped_frames_count: sum(({ droppedFramesCount }) => droppedFramesCount),
  });
}

/** Of one clip, the one that failed or the first: who answered, and with what. */
export function feedAttributes({ clips }: FeedEvidence, lead: ClipEvidence | undefined): Attributes {
  const shown = shownOf(clips);
  const told = lead?.shown ?? shown[0];
  const players = new Set(clips.flatMap(({ shown: of, player }) => (of ? [player] : [])));
  return {
    ...(told ? attributesOf(told.playback) : {}),
    player: [...players].sort().join('+'),
  };
}

/** From swipe to picture and from there to the next swipe. `offsetMs`: from a time of the page to one of the run's clock. */
export function addFeedPhases(timeline: Timeline, { clips }: FeedEvidence, offsetMs: number): void {
  for (const [at, { preloaded, playback }] of shownOf(clips).entries()) {
    const { orderedMs, endedMs, firstFrame } = playback.report;
    const note = `${Math.round(preloaded.bufferedMs)} ms preloaded, ${isHit({ preloaded }) ? 'hit' : 'miss'}`;
    const startedMs = firstFrame?.atMs ?? endedMs;
    const [name, said] = at === 0 ? ['start', undefined] : [`swipe ${at}`, note];
    timeline.add(name, orderedMs + offsetMs, startedMs + offsetMs, said);
    timeline.add('watch', startedMs + offsetMs, endedMs + offsetMs);
  }
}

function shownOf(clips: readonly ClipEvidence[]): readonly Shown[] {
  return clips.flatMap(({ shown }) => (shown ? [shown] : []));
}

function sinceOrder({ orderedMs }: PlayReport, frame: Frame | undefined): number | undefined {
  return frame && Math.max(0, frame.atMs - orderedMs);
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function withoutGaps(metrics: { readonly [Name in keyof Metrics]: number | undefined }): Metrics {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => value !== undefined)) as Metrics;
}
