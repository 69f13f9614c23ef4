import { describe, expect, it } from 'vitest';
import { type FeedPlan, feedEvidence } from '../../../probes/feed/evidence.ts';
import type { ClipReport, FeedReport } from '../../../probes/feed/report.ts';
import { MediaLog } from '../../../probes/video-start/media-log.ts';
import type { RequestRecord } from '../../../probes/video-start/network-log.ts';
import { report, request } from '../video-start/evidence.ts';
import { COLD } from './feed-evidence.ts';

const URLS = ['https://v.test/1.mp4', 'https://v.test/2.mp4', 'https://v.test/3.mp4'];
const PLANS: FeedPlan[] = URLS.map((url) => ({ url, player: 'progressive' }));

function shown(url: string, urls: readonly string[] = [url]): ClipReport {
  return { urls, bufferedMs: 4000, shownMs: 2000, preloaded: COLD, play: report({ source: url }) };
}

function evidenceOf(
  requests: readonly RequestRecord[],
  clips?: readonly ClipReport[],
  media = new MediaLog(),
) {
  const feed: FeedReport = {
    clips: clips ?? [
      ...URLS.slice(0, 2).map((url) => shown(url)),
      { urls: URLS.slice(2), bufferedMs: 900, shownMs: 0 },
    ],
    endedMs: 9000,
  };
  return feedEvidence(feed, PLANS, { requests, media, originS: 0 }, 4000);
}

const bytes = (of: ReturnType<typeof evidenceOf>): number[] => of.clips.map((clip) => clip.bytes);
const arrived = (atMs: number, count: number) => ({ atMs, bytes: count });

describe('the bytes of a clip', () => {
  it('are those of its own requests, whenever they were made, up to the end of the feed', () => {
    const requests = [
      request({ url: URLS[0] as string, arrivals: [arrived(100, 10), arrived(9001, 10)] }),
      request({ url: URLS[1] as string, arrivals: [arrived(200, 20)] }),
      request({ url: URLS[1] as string, arrivals: [arrived(5000, 21)] }),
      request({ url: URLS[2] as string, arrivals: [arrived(8000, 30)] }),
      request({ url: 'https://v.test/other.js', arrivals: [arrived(100, 1000)] }),
    ];
    expect(bytes(evidenceOf(requests))).toEqual([10, 41, 30]);
  });

  it('are not those that the cache of the browser gave', () => {
    const requests = [
      request({ url: URLS[0] as string, arrivals: [arrived(100, 10)] }),
      request({ url: URLS[0] as string, isCached: true, arrivals: [arrived(200, 10)] }),
    ];
    expect(bytes(evidenceOf(requests))).toEqual([10, 0, 0]);
  });

  it('come over a redirect to who asked first', () => {
    const requests = [
      request({ id: 'r1', url: URLS[1] as string, redirected: true, arrivals: [] }),
      request({ id: 'r1', url: 'https://edge.test/x', arrivals: [arrived(100, 20)] }),
    ];
    expect(bytes(evidenceOf(requests))).toEqual([0, 20, 0]);
  });

  it('of an object that several clips share count once', () => {
    const key = 'https://v.test/key.bin';
    const clips = URLS.map((url) => shown(url, [url, key]));
    const requests = [request({ url: key, arrivals: [arrived(100, 16)] })];
    expect(bytes(evidenceOf(requests, clips))).toEqual([16, 0, 0]);
  });
});

describe('a clip', () => {
  it('that was never swiped to has no playback', () => {
    const [first, , last] = evidenceOf([]).clips;
    expect(first?.shown?.playback).toMatchObject({ player: 'progressive', patienceMs: 4000 });
    expect(last).toEqual({ url: URLS[2], player: 'progressive', bytes: 0, bufferedMs: 900, shownMs: 0 });
  });

  it('that turned out to be a playlist was played by another player', () => {
    const requests = [request({ url: URLS[1] as string, mimeType: 'application/vnd.apple.mpegurl' })];
    const players = evidenceOf(requests).clips.map(({ shown: of }) => of?.playback.player);
    expect(players).toEqual(['progressive', 'native-hls', undefined]);
  });

  it('has the pipeline that loaded it, and none where it was never loaded', () => {
    const media = new MediaLog();
    media.event('p1', 1, `{"event":"kLoad","url":"${URLS[0]}"}`);
    media.property('p1', 'kVideoTracks', '[{"codec":"h264"}]');
    media.event('p2', 2, `{"event":"kLoad","url":"${URLS[1]}"}`);
    media.message(
      'p2',
      'failed to create a valid/supported video decoder configuration: config: codec: hevc',
    );
    const clips = [shown(URLS[0] as string), shown(URLS[1] as string), shown('')];
    const codecs = evidenceOf([], clips, media).clips.map(({ shown: of }) => of?.playback.media);
    expect(codecs[0]).toMatchObject({ videoCodec: 'h264' });
    expect(codecs[1]).toMatchObject({ unsupportedCodec: 'hevc' });
    expect(codecs[2]).toEqual({ underflows: [] });
  });
});
