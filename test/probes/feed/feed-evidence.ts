/** Evidence of made-up feeds: an opening and swipes that went well, and changes to them. */
import type { ClipEvidence, FeedEvidence } from '../../../probes/feed/evidence.ts';
import type { Preloaded } from '../../../probes/feed/report.ts';
import type { Evidence } from '../../../probes/video-start/evidence.ts';
import type { PlayReport } from '../../../probes/video-start/report.ts';
import { evidence, report, request } from '../video-start/evidence.ts';

export const COLD: Preloaded = { readyState: 0, bufferedMs: 0 };
export const WARM: Preloaded = { readyState: 4, bufferedMs: 4000, stillS: 0 };

export interface ClipChanges extends Partial<Omit<ClipEvidence, 'shown'>> {
  readonly preloaded?: Preloaded;
  readonly play?: Partial<PlayReport>;
  readonly playback?: Partial<Evidence>;
}

/** Swiped to at 1000, first frame `startMs` later, the second one 33 ms behind it, watched for 2 of 4 s: 100 kB. */
export function clip(startMs: number, changes: ClipChanges = {}): ClipEvidence {
  const { preloaded = COLD, play, playback, ...rest } = changes;
  const firstFrame = { atMs: 1000 + startMs, mediaTimeS: 0, widthPx: 360, heightPx: 640 };
  const movingFrame = { ...firstFrame, atMs: firstFrame.atMs + 33, mediaTimeS: 0.033 };
  const seen = report({ firstFrame, movingFrame, endedMs: firstFrame.atMs + 2000, ...play });
  return {
    url: 'https://v.test/clip.mp4',
    player: 'progressive',
    bytes: 100_000,
    bufferedMs: 4000,
    shownMs: 2000,
    shown: { preloaded, playback: evidence({ report: seen, ...playback }) },
    ...rest,
  };
}

/** Preloaded by `bytes` and never swiped to. */
export function unseenClip(bytes: number): ClipEvidence {
  return { url: 'https://v.test/later.mp4', player: 'progressive', bytes, bufferedMs: 4000, shownMs: 0 };
}

/** Presented nothing within the patience; its server answered with a status, where one is given. */
export function brokenClip(status?: number): ClipEvidence {
  const { firstFrame: _first, movingFrame: _moving, playingMs: _playing, ...rest } = report();
  const unseen: PlayReport = { ...rest, end: status === undefined ? 'patience' : 'error', framesCount: 0 };
  const requests = status === undefined ? [] : [request({ status, arrivals: [] })];
  const shown = { preloaded: COLD, playback: evidence({ report: unseen, requests }) };
  return {
    url: 'https://v.test/broken.mp4?token=1',
    player: 'progressive',
    bytes: 0,
    bufferedMs: 0,
    shownMs: 0,
    shown,
  };
}

/** The clip with another playback. */
export function replayed(clip: ClipEvidence, change: (playback: Evidence) => Evidence): ClipEvidence {
  const { shown } = clip;
  return shown ? { ...clip, shown: { ...shown, playback: change(shown.playback) } } : clip;
}

export function feed(...clips: readonly ClipEvidence[]): FeedEvidence {
  return { clips, endedMs: 20_000 };
}
