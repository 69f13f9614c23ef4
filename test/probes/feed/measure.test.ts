import { describe, expect, it } from 'vitest';
import { feedProbe } from '../../../probes/feed/feed.ts';
import { addFeedPhases, feedAttributes, feedMetrics } from '../../../probes/feed/measure.ts';
import { Timeline } from '../../../probes/timeline.ts';
import { hlsEvidence } from '../video-start/evidence.ts';
import { brokenClip, COLD, clip, feed, replayed, unseenClip, WARM } from './feed-evidence.ts';

describe('the numbers of a feed', () => {
  it('are means over its swipes, and the clip that it opens with is none of them', () => {
    const metrics = feedMetrics(feed(clip(900), clip(100), clip(200), clip(600)));
    expect(metrics).toMatchObject({
      video_startup_ms: 900,
      swipe_first_frame_ms: 300,
      swipe_worst_ms: 600,
      swipe_moving_ms: 333,
      swipe_count: 3,
      swipe_failed_count: 0,
    });
    expect(feedProbe.metrics).toEqual(expect.arrayContaining(Object.keys(metrics)));
    expect(Object.keys(metrics).sort()).toEqual([...feedProbe.metrics].sort());
  });

  it('know no time of a swipe that showed nothing: it is failed, neither 0 nor in a mean', () => {
    const metrics = feedMetrics(feed(clip(900), clip(100), brokenClip(404), clip(300)));
    expect(metrics).toMatchObject({
      swipe_first_frame_ms: 200,
      swipe_worst_ms: 300,
      swipe_count: 3,
      swipe_failed_count: 1,
    });
  });

  it('have no times at all where no swipe showed anything', () => {
    const metrics = feedMetrics(feed(clip(900), brokenClip(404)));
    for (const name of ['swipe_first_frame_ms', 'swipe_worst_ms', 'swipe_moving_ms'])
      expect(metrics).not.toHaveProperty(name);
    expect(feedMetrics(feed(brokenClip(404)))).not.toHaveProperty('video_startup_ms');
  });

  it('count a clip that froze behind its first picture as failed', () => {
    const frozen = replayed(clip(50), ({ report: { movingFrame: _moving, ...still }, ...playback }) => ({
      ...playback,
      report: { ...still, end: 'frozen' },
    }));
    const metrics = feedMetrics(feed(clip(900), frozen, clip(300)));
    expect(metrics).toMatchObject({ swipe_first_frame_ms: 300, swipe_failed_count: 1 });
  });

  it('take a frame for moving when it is another than the picture that preloading had put there', () => {
    const next = { mediaTimeS: 0.033, widthPx: 360, heightPx: 640, atMs: 1080 };
    const warm = clip(80, { preloaded: WARM, play: { firstFrame: next } });
    expect(feedMetrics(feed(clip(900), warm))).toMatchObject({
      swipe_first_frame_ms: 80,
      swipe_moving_ms: 80,
    });
    const again = clip(80, { preloaded: WARM });
    expect(feedMetrics(feed(clip(900), again))).toMatchObject({
      swipe_first_frame_ms: 80,
      swipe_moving_ms: 113,
    });
    const unknown = clip(80, { preloaded: { readyState: 4, bufferedMs: 4000 }, play: { firstFrame: next } });
    expect(feedMetrics(feed(clip(900), unknown))).toMatchObject({ swipe_moving_ms: 113 });
  });
});

describe('a preload', () => {
  it('is hit when the first picture was there, and buffered media is a mean over all swipes', () => {
    const swipes = [
      clip(80, { preloaded: WARM }),
      clip(80, { preloaded: { readyState: 2, bufferedMs: 1000 } }),
      clip(300, { preloaded: { readyState: 1, bufferedMs: 0 } }),
      clip(500, { preloaded: COLD }),
    ];
    expect(feedMetrics(feed(clip(900), ...swipes))).toMatchObject({
      preload_hit_ratio: 0.5,
      preloaded_ms: 1250,
    });
  });

  it('counts for clips that failed too: they were swiped to', () => {
    expect(feedMetrics(feed(clip(900), clip(80, { preloaded: WARM }), brokenClip()))).toMatchObject({
      preload_hit_ratio: 0.5,
      preloaded_ms: 2000,
    });
  });
});

describe('waste', () => {
  it('is all of what was fetched of clips that were not swiped to', () => {
    const metrics = feedMetrics(
      feed(clip(900, { shownMs: 4000 }), clip(80, { shownMs: 4000 }), unseenClip(50_000)),
    );
    expect(metrics).toMatchObject({ wasted_bytes: 50_000, wasted_ratio: 0.2 });
  });

  it('is the rest of a clip that was left, by its media time', () => {
    const metrics = feedMetrics(feed(clip(900, { shownMs: 1000 }), clip(80, { shownMs: 3000 })));
    expect(metrics).toMatchObject({ wasted_bytes: 100_000, wasted_ratio: 0.5 });
  });

  it('is nothing of a clip that was watched to its end, again and again', () => {
    const metrics = feedMetrics(feed(clip(900, { shownMs: 4000 }), clip(80, { shownMs: 4010 })));
    expect(metrics).toMatchObject({ wasted_bytes: 0, wasted_ratio: 0 });
  });

  it('is all of a clip that never showed', () => {
    const broken = { ...brokenClip(), bytes: 7000 };
    expect(feedMetrics(feed(clip(900, { shownMs: 4000 }), broken))).toMatchObject({ wasted_bytes: 7000 });
  });

  it('is not known where nothing was received', () => {
    const metrics = feedMetrics(feed(brokenClip(), brokenClip()));
    expect(metrics).not.toHaveProperty('wasted_bytes');
    expect(metrics).not.toHaveProperty('wasted_ratio');
  });
});

describe('watching', () => {
  it('adds up over all clips that showed, stalls by the time since their first frames', () => {
    const stalls = [{ startMs: 1500, endMs: 2000, lateMs: 0 }];
    const metrics = feedMetrics(feed(clip(900), clip(80, { play: { stalls } }), brokenClip()));
    expect(metrics).toMatchObject({
      stall_count: 1,
      stall_ms: 500,
      stall_ratio: 0.125,
      watched_ms: 4000,
      frames_count: 120,
      dropped_frames_count: 2,
    });
    expect(feedMetrics(feed(brokenClip()))).not.toHaveProperty('stall_count');
  });
});

describe('the attributes of a feed', () => {
  it('tell of the clip that it opened with, or of the one that failed', () => {
    const broken = brokenClip(404);
    expect(feedAttributes(feed(clip(900), broken), undefined)).toMatchObject({ http_status: '206' });
    expect(feedAttributes(feed(clip(900), broken), broken)).toMatchObject({ http_status: '404' });
  });

  it('name every player that there was', () => {
    const hls = clip(300, { player: 'hls.js', playback: hlsEvidence() });
    expect(feedAttributes(feed(clip(900), clip(80)), undefined)).toMatchObject({ player: 'progressive' });
    expect(feedAttributes(feed(clip(900), hls), undefined)).toMatchObject({ player: 'hls.js+progressive' });
  });
});

describe('the waterfall of a feed', () => {
  it('goes from swipe to picture and from there to the next swipe, with what was preloaded', () => {
    const timeline = new Timeline({ monotonicMs: () => 0, wallMs: () => 0 });
    addFeedPhases(timeline, feed(clip(900), clip(80, { preloaded: WARM }), brokenClip()), 100);
    expect(timeline.phases).toEqual([
      { name: 'start', startMs: 1100, durationMs: 900 },
      { name: 'watch', startMs: 2000, durationMs: 2000 },
      { name: 'swipe 1', startMs: 1100, durationMs: 80, note: '4000 ms preloaded, hit' },
      { name: 'watch', startMs: 1180, durationMs: 2000 },
      { name: 'swipe 2', startMs: 1100, durationMs: 2250, note: '0 ms preloaded, miss' },
      { name: 'watch', startMs: 3350, durationMs: 0 },
    ]);
  });
});
