import { describe, expect, it } from 'vitest';
import { metricDefinition } from '../../../probes/metrics.ts';
import { probeOf } from '../../../probes/registry.ts';
import type { Evidence } from '../../../probes/video-start/evidence.ts';
import type { VideoStartParams } from '../../../probes/video-start/params.ts';
import { playerOf, scriptOf } from '../../../probes/video-start/plan.ts';
import {
  isDashManifest,
  isPlaylist,
  kindOf,
  videoRequests,
} from '../../../probes/video-start/request-kind.ts';
import { videoStartProbe } from '../../../probes/video-start/video-start.ts';
import { dashEvidence, evidence, hlsEvidence, report, request, unanswered } from './evidence.ts';

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
    expect(videoStartProbe.params.parse({})).toEqual({
      format: 'auto',
      player: 'auto',
      watchMs: 2000,
      patienceMs: 10_000,
      cmcd: 'header',
    });
  });

  it('leaves time for patience and watching before its deadline', () => {
    const { patienceMs, watchMs } = videoStartProbe.params.parse({});
    expect(videoStartProbe.defaults.timeoutMs).toBeGreaterThan(2 * patienceMs + watchMs);
  });

  it.each([
    { watchMs: -1 },
    { watchMs: 0.5 },
    { patienceMs: 0 },
    { watch: 1 },
    { format: 'mss' },
    { seekToMs: -1 },
    { network: { latencyMs: -1 } },
    { network: { downloadKbps: 0 } },
    { page: { selector: '' } },
    { page: { url: 'https://v.test/' } },
  ])('refuses %j', (params) => expect(videoStartProbe.params.safeParse(params).success).toBe(false));

  it.each([
    [{ format: 'dash', player: 'native' }, 'No browser plays DASH by itself'],
    [{ format: 'mp4', player: 'hls.js' }, 'hls.js plays hls, not mp4'],
    [{ format: 'hls', player: 'dash.js' }, 'dash.js plays dash, not hls'],
    [{ format: 'hls', page: {} }, 'brings its own player'],
    [{ player: 'native', page: {} }, 'brings its own player'],
  ])('refuses the contradiction %j, and says why', (params, words) => {
    expect(videoStartProbe.params.safeParse(params).error?.issues[0]?.message).toContain(words);
  });
});

describe('the player', () => {
  const player = (url: string, params: Record<string, unknown> = {}) =>
    playerOf(new URL(url), videoStartProbe.params.parse(params) as VideoStartParams);

  it('is told by the extension, query aside', () => {
    expect(player('https://v.test/a.mp4')).toBe('progressive');
    expect(player('https://v.test/a.m3u8?x=y.mpd')).toBe('hls.js');
    expect(player('https://v.test/a.mpd?t=1')).toBe('dash.js');
    expect(player('https://v.test/a')).toBe('progressive');
  });

  it('is told by the parameters before that', () => {
    expect(player('https://v.test/a', { format: 'hls' })).toBe('hls.js');
    expect(player('https://v.test/a', { format: 'dash' })).toBe('dash.js');
    expect(player('https://v.test/a', { player: 'dash.js' })).toBe('dash.js');
    expect(player('https://v.test/a.m3u8', { format: 'mp4' })).toBe('progressive');
    expect(player('https://v.test/a.m3u8', { player: 'native' })).toBe('native-hls');
    expect(player('https://v.test/a.mp4', { player: 'native' })).toBe('progressive');
    expect(player('https://v.test/a.mp4', { page: {} })).toBe('page');
  });

  it('brings a script of its own, unless it is the browser', () => {
    expect((['hls.js', 'dash.js', 'progressive', 'native-hls', 'page'] as const).map(scriptOf)).toEqual([
      'hls.js',
      'dash.js',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the kind of a request', () => {
  const kinds = (given: Evidence) => given.requests.map((each) => kindOf(each, given));

  it('is media for a file, whatever its name', () => {
    expect(kinds(evidence({ requests: [request({ url: 'https://v.test/x.m3u8' })] }))).toEqual(['media']);
  });

  it('is told by what hls.js said it asks for, else by its type', () => {
    expect(kinds(hlsEvidence())).toEqual(['manifest', 'manifest', 'init', 'segment', 'segment']);
  });

  it('is told by what dash.js said it asks for', () => {
    expect(kinds(dashEvidence())).toEqual(['manifest', 'init', 'init', 'segment', 'segment', 'segment']);
  });

  it('is init for the header and the index of a file of which dash.js plays parts', () => {
    const url = 'https://v.test/whole.mp4';
    const parts = dashEvidence({
      report: report({ fragments: [{ url, range: '900-5000', kind: 'segment', isAudio: false }] }),
      requests: [
        request({ url, range: '0-700' }),
        request({ url, range: '701-899' }),
        request({ url, range: '900-5000' }),
      ],
    });
    expect(kinds(parts)).toEqual(['init', 'init', 'segment']);
  });

  it('is manifest before the first fragment, though its name tells nothing', () => {
    const requests = [unanswered({ url: 'https://v.test/play' })];
    expect(kinds(hlsEvidence({ report: report(), requests }))).toEqual(['manifest']);
  });

  it('stays what it was after a redirect', () => {
    const requests = [
      request({ id: '7', url: 'https://v.test/init.mp4', redirected: true }),
      request({ id: '7', url: 'https://cdn.test/x' }),
    ];
    expect(kinds(hlsEvidence({ requests }))).toEqual(['init', 'init']);
  });

  it('on a page of the user sorts out what is no video', () => {
    const page = evidence({
      player: 'page',
      requests: [
        request({ url: 'https://v.test/', type: 'Document', mimeType: 'text/html' }),
        request({ url: 'https://v.test/api', type: 'Fetch', mimeType: 'application/json' }),
        request({ url: 'https://v.test/a.m3u8', type: 'XHR', mimeType: 'text/plain' }),
        request({ url: 'https://v.test/1', type: 'XHR', mimeType: 'video/mp2t' }),
      ],
    });
    expect(kinds(page)).toEqual(['document', 'other', 'manifest', 'segment']);
    expect(videoRequests(page).map(({ url }) => url)).toEqual(['https://v.test/a.m3u8', 'https://v.test/1']);
  });
});

describe('a manifest', () => {
  it.each(['application/vnd.apple.mpegurl', 'audio/x-mpegURL', 'application/x-mpegurl; charset=utf-8'])(
    'of HLS is known by the type %s',
    (mimeType) => expect(isPlaylist({ url: 'https://v.test/a', mimeType })).toBe(true),
  );

  it('of DASH is known by its type and by its extension', () => {
    expect(isDashManifest({ url: 'https://v.test/a', mimeType: 'application/dash+xml' })).toBe(true);
    expect(isDashManifest({ url: 'https://v.test/a.mpd?x=1' })).toBe(true);
    expect(isDashManifest({ url: 'https://v.test/a.mp4' })).toBe(false);
  });

  it('of HLS is known by its extension, query aside', () => {
    expect(isPlaylist({ url: 'https://v.test/a.m3u8?x=y.mp4' })).toBe(true);
    expect(isPlaylist({ url: 'https://v.test/a.mp4?x=y.m3u8' })).toBe(false);
    expect(isPlaylist({ url: 'no URL' })).toBe(false);
  });
});
