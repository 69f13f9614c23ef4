import { describe, expect, it } from 'vitest';
import { isMetricName } from '../../../probes/metrics.ts';
import { Timeline } from '../../../probes/timeline.ts';
import { addPhases, attributesOf, metricsOf } from '../../../probes/video-start/measure.ts';
import { videoStartProbe } from '../../../probes/video-start/video-start.ts';
import { dashEvidence, evidence, hlsEvidence, report, request, unanswered, unseen } from './evidence.ts';

const resolved = { isAddressGiven: false };
const given = { isAddressGiven: true };

describe('the numbers of a file that played', () => {
  it('count from the order to play', () => {
    expect(metricsOf(evidence(), resolved)).toMatchObject({
      video_startup_ms: 250,
      video_moving_ms: 283,
      video_playing_event_ms: 260,
      player_ms: 4,
      ttfb_ms: 100,
      connect_ms: 20,
      dns_ms: 5,
      demux_ms: 100,
      startup_height_px: 640,
      frames_count: 60,
      dropped_frames_count: 1,
      watched_ms: 2000,
    });
  });

  it('count requests and bytes up to the first frame alone', () => {
    const requests = [request(), request({ startMs: 1300 })];
    expect(metricsOf(evidence({ requests }), resolved)).toMatchObject({
      request_count: 1,
      media_bytes: 2000,
    });
  });

  it('have no name resolution where the address was given', () => {
    expect(metricsOf(evidence(), given)).not.toHaveProperty('dns_ms');
  });

  it('have no phases of a connection that was not made', () => {
    const {
      connectMs: _connect,
      dnsMs: _dns,
      ...timing
    } = request().timing as NonNullable<ReturnType<typeof request>['timing']>;
    const metrics = metricsOf(evidence({ requests: [request({ timing })] }), resolved);
    expect(metrics).not.toHaveProperty('connect_ms');
    expect(metrics).not.toHaveProperty('dns_ms');
    expect(metrics).not.toHaveProperty('tls_ms');
    expect(metrics.ttfb_ms).toBe(100);
  });

  it('sum up stalls, and hold them against the time since the first frame', () => {
    const stalls = [
      { startMs: 1500, endMs: 1800, lateMs: 0 },
      { startMs: 2000, endMs: 2100, lateMs: 0 },
    ];
    expect(metricsOf(evidence({ report: report({ stalls }) }), resolved)).toMatchObject({
      stall_count: 2,
      stall_ms: 400,
      stall_ratio: 0.2,
    });
  });
});

describe('the numbers of a picture', () => {
  it('have the first paint and the gap to the second frame', () => {
    expect(metricsOf(evidence({ report: report({ paintMs: 1268 }) }), resolved)).toMatchObject({
      video_first_paint_ms: 268,
      video_start_gap_ms: 33,
    });
  });

  it('say how much larger it is shown than it is', () => {
    const shown = (widthPx: number, heightPx: number) =>
      metricsOf(evidence({ report: report({ box: { widthPx, heightPx } }) }), resolved).upscale_ratio;
    expect(shown(360, 639)).toBe(0);
    expect(shown(720, 1600)).toBe(1);
    expect(shown(180, 320)).toBe(0);
  });

  it('have the bit rate that the player announces, else that of the file, and switches where there can be any', () => {
    const media = { underflows: [], bitsPerSecond: 256_596 };
    const file = metricsOf(evidence({ media }), resolved);
    expect(file.startup_bitrate_bps).toBe(256_596);
    expect(file).not.toHaveProperty('rendition_switch_count');
    expect(metricsOf(dashEvidence({ media }), resolved)).toMatchObject({
      startup_bitrate_bps: 277_200,
      rendition_switch_count: 1,
    });
  });

  it('have the time of a seek only when its frame came', () => {
    const seek = { orderedMs: 3000, targetS: 9 };
    expect(metricsOf(evidence({ report: report({ seek }) }), resolved)).not.toHaveProperty('seek_ms');
    const found = { ...seek, frameMs: 3120 };
    expect(metricsOf(evidence({ report: report({ seek: found }) }), resolved).seek_ms).toBe(120);
  });

  it('begin to decode when the pipeline runs and the last byte has come, whichever is later', () => {
    const decode = (playingAtMs: number) =>
      metricsOf(evidence({ media: { underflows: [], playingAtMs } }), resolved).decode_present_ms;
    expect(decode(1240)).toBe(10);
    expect(decode(1100)).toBe(1250 - 1140);
    expect(decode(1260)).toBeUndefined();
  });
});

describe('the numbers of a page of the user', () => {
  const page = evidence({
    player: 'page',
    requests: [
      request({ url: 'https://v.test/', type: 'Document', mimeType: 'text/html', startMs: 1 }),
      request({ startMs: 1104 }),
    ],
  });

  it('count what is for its video alone', () => {
    expect(metricsOf(page, resolved)).toMatchObject({ request_count: 1, media_bytes: 1000, player_ms: 104 });
  });

  it('tell page and player apart where it plays by itself', () => {
    const metrics = metricsOf(
      { ...page, isAutoplay: true, report: report({ orderedMs: 0, sourceMs: 1090 }) },
      resolved,
    );
    expect(metrics).toMatchObject({ video_startup_ms: 1250, page_ms: 1090, player_ms: 14 });
  });

  it('have no player time where the media was asked for before the order', () => {
    const early = { ...page, report: report({ orderedMs: 1200, pageMs: 1200 }) };
    const metrics = metricsOf(early, resolved);
    expect(metrics).toMatchObject({ page_ms: 1200, video_startup_ms: 50 });
    expect(metrics).not.toHaveProperty('player_ms');
  });

  it('have no init and no segment, which nothing tells apart there', () => {
    const requests = [
      request({ url: 'https://v.test/a.m3u8', type: 'XHR' }),
      request({ url: 'https://v.test/b.m4s', type: 'XHR' }),
    ];
    const metrics = metricsOf({ ...page, requests }, resolved);
    expect(metrics).not.toHaveProperty('init_ms');
    expect(metrics).not.toHaveProperty('segment_ms');
  });
});

describe('the numbers of HLS', () => {
  it('tell playlists, init and first segment apart', () => {
    expect(metricsOf(hlsEvidence(), resolved)).toMatchObject({
      manifest_ms: 96,
      init_ms: 18,
      segment_ms: 88,
      request_count: 4,
      demux_ms: 1240 - 1119,
    });
  });

  it('tell the same of DASH', () => {
    expect(metricsOf(dashEvidence(), resolved)).toMatchObject({
      player_ms: 10,
      manifest_ms: 40,
      init_ms: 20,
      segment_ms: 95,
      request_count: 6,
    });
  });

  it('lack what did not come', () => {
    const requests = [unanswered({ url: 'https://v.test/master.m3u8' })];
    const metrics = metricsOf(hlsEvidence({ report: unseen({ end: 'patience' }), requests }), resolved);
    expect(metrics).not.toHaveProperty('manifest_ms');
    expect(metrics).not.toHaveProperty('segment_ms');
  });
});

describe('the numbers of a start that failed', () => {
  it('have no start-up and no stalls, never 0 in their place', () => {
    const metrics = metricsOf(evidence({ report: unseen({ end: 'patience' }) }), resolved);
    for (const name of [
      'video_startup_ms',
      'video_moving_ms',
      'stall_count',
      'stall_ratio',
      'startup_height_px',
    ]) {
      expect(metrics).not.toHaveProperty(name);
    }
  });

  it('are few when nothing was even asked for', () => {
    const metrics = metricsOf(evidence({ report: unseen({ end: 'error' }), requests: [] }), resolved);
    expect(metrics).toEqual({ frames_count: 0, dropped_frames_count: 1 });
  });
});

describe('metrics', () => {
  it('are all in the dictionary and all announced by the probe', () => {
    for (const each of [evidence(), hlsEvidence(), dashEvidence()]) {
      const names = Object.keys(metricsOf(each, resolved));
      expect(names.length).toBeGreaterThan(5);
      for (const name of names) {
        expect(isMetricName(name)).toBe(true);
        expect(videoStartProbe.metrics).toContain(name);
      }
    }
  });
});

describe('the facts of a playback', () => {
  it('are those of the first response', () => {
    const headers = { 'x-pop': 'eu-west', 'x-cache': 'HIT' };
    const media = {
      underflows: [],
      videoCodec: 'h264',
      audioCodec: 'aac',
      videoDecoder: 'FFmpegVideoDecoder',
    };
    expect(attributesOf(evidence({ requests: [request({ headers })], media }))).toEqual({
      server_ip: '192.0.2.1',
      http_status: '206',
      http_version: '1.1',
      pop: 'eu-west',
      cache_status: 'hit',
      rendition: '360x640',
      codec: 'h264',
      audio_codec: 'aac',
      decoder: 'FFmpegVideoDecoder',
    });
  });

  it('are those of the response that failed, where one did', () => {
    const requests = [request(), request({ status: 503, remoteAddress: '192.0.2.9' })];
    expect(attributesOf(evidence({ requests }))).toMatchObject({
      http_status: '503',
      server_ip: '192.0.2.9',
    });
  });

  it('are of the last hop of a redirect', () => {
    const requests = [
      request({ status: 302, redirected: true }),
      request({ protocol: 'h3', tlsVersion: 'TLS 1.3' }),
    ];
    expect(attributesOf(evidence({ requests }))).toMatchObject({
      http_status: '206',
      http_version: '3',
      tls_version: 'TLSv1.3',
    });
  });

  it('name the level that hls.js showed first', () => {
    expect(attributesOf(hlsEvidence()).rendition).toBe('640p 391 kbit/s');
  });

  it('name the cause of stalls only where there were any', () => {
    const media = { underflows: [{ atMs: 1495, cause: 'network' as const }] };
    expect(attributesOf(evidence({ media }))).not.toHaveProperty('stall_cause');
    const stalls = [{ startMs: 1500, endMs: 1800, lateMs: 0 }];
    expect(attributesOf(evidence({ media, report: report({ stalls }) })).stall_cause).toBe('network');
  });

  it('of a page without a video are those of its document', () => {
    const document = request({
      type: 'Document',
      url: 'https://v.test/',
      mimeType: 'text/html',
      status: 503,
    });
    const page = evidence({ player: 'page', report: unseen({ end: 'patience' }), requests: [document] });
    expect(attributesOf(page)).toMatchObject({ http_status: '503', server_ip: '192.0.2.1' });
  });

  it('cut what a stranger made long', () => {
    const requests = [request({ remoteAddress: 'x'.repeat(1000) })];
    expect(attributesOf(evidence({ requests })).server_ip).toHaveLength(128);
  });
});

describe('the waterfall', () => {
  /** The page's clock stands 400 behind the run's, which began at 900 of its own. */
  function phasesOf(each: ReturnType<typeof evidence>, options = resolved) {
    const timeline = new Timeline({ monotonicMs: () => 900, wallMs: () => 0 });
    addPhases(timeline, each, 400, options);
    return timeline.phases;
  }

  it('is on the clock of the run', () => {
    const watch = phasesOf(evidence()).find(({ name }) => name === 'watch');
    expect(watch).toMatchObject({ startMs: 750, durationMs: 2000 });
  });

  it('shows the start, then what was watched, each stall and the seek', () => {
    const stalls = [{ startMs: 1500, endMs: 1800, lateMs: 0 }];
    const seek = { orderedMs: 3000, targetS: 9, frameMs: 3100 };
    expect(phasesOf(evidence({ report: report({ stalls, seek }) })).map(({ name }) => name)).toEqual([
      'player',
      'media send',
      'dns',
      'connect',
      'media wait',
      'media read',
      'decode',
      'watch',
      'stall',
      'seek',
    ]);
    expect(phasesOf(evidence(), given).map(({ name }) => name)).not.toContain('dns');
  });
});
