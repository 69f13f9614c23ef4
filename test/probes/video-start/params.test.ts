import { describe, expect, it } from 'vitest';
import { metricDefinition } from '../../../probes/metrics.ts';
import { probeOf } from '../../../probes/registry.ts';
import { isPlaylist, kindOf } from '../../../probes/video-start/request-kind.ts';
import { videoStartProbe } from '../../../probes/video-start/video-start.ts';
import { hlsEvidence, report, request, unanswered } from './evidence.ts';

describe('the video-start probe', () => {
  it('stands in the registry, in the lane of the browser', () => {
    expect(probeOf('video-start')).toBe(videoStartProbe);
    expect(videoStartProbe.lane).toBe('browser');
  });

  it('is judged by metrics that it measures and that know when a change matters', () => {
    for (const name of videoStartProbe.judged) {
      expect(videoStartProbe.metrics).toContain(name);
      expect(metricDefinition(name).minEffect).toBeDefined();
    }
  });

  it('needs no parameters', () => {
    expect(videoStartProbe.params.parse({})).toEqual({ format: 'auto', watchMs: 2000, patienceMs: 10_000 });
  });

  it('leaves time for patience and watching before its deadline', () => {
    const { patienceMs, watchMs } = videoStartProbe.params.parse({});
    expect(videoStartProbe.defaults.timeoutMs).toBeGreaterThan(2 * patienceMs + watchMs);
  });

  it.each([{ watchMs: -1 }, { watchMs: 0.5 }, { patienceMs: 0 }, { format: 'dash' }, { watch: 1 }])(
    'refuses %j',
    (params) => expect(videoStartProbe.params.safeParse(params).success).toBe(false),
  );
});

describe('the kind of a request', () => {
  it('is media for a file, whatever its name', () => {
    expect(kindOf(request({ url: 'https://v.test/x.m3u8' }), report(), false)).toBe('media');
  });

  it('is told by what hls.js said it asks for, else by its type', () => {
    const { requests, report: seen } = hlsEvidence();
    expect(requests.map((each) => kindOf(each, seen, true))).toEqual([
      'manifest',
      'manifest',
      'init',
      'segment',
      'segment',
    ]);
  });

  it('is manifest before the first fragment, though its name tells nothing', () => {
    expect(kindOf(unanswered({ url: 'https://v.test/play' }), { fragments: [] }, true)).toBe('manifest');
  });
});

describe('a playlist', () => {
  it.each(['application/vnd.apple.mpegurl', 'audio/x-mpegURL', 'application/x-mpegurl; charset=utf-8'])(
    'is known by the type %s',
    (mimeType) => expect(isPlaylist({ url: 'https://v.test/a', mimeType })).toBe(true),
  );

  it('is known by its extension, query aside', () => {
    expect(isPlaylist({ url: 'https://v.test/a.m3u8?x=y.mp4' })).toBe(true);
    expect(isPlaylist({ url: 'https://v.test/a.mp4?x=y.m3u8' })).toBe(false);
    expect(isPlaylist({ url: 'no URL' })).toBe(false);
  });
});
