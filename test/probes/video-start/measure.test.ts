import { describe, expect, it } from 'vitest';
import { isMetricName } from '../../../probes/metrics.ts';
import { Timeline } from '../../../probes/timeline.ts';
import { addPhases, attributesOf, metricsOf } from '../../../probes/video-start/measure.ts';
import { videoStartProbe } from '../../../probes/video-start/video-start.ts';
import { evidence, hlsEvidence, report, request, unanswered, unseen } from './evidence.ts';

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
      { startMs: 1500, endMs: 1800 },
      { startMs: 2000, endMs: 2100 },
    ];
    expect(metricsOf(evidence({ report: report({ stalls }) }), resolved)).toMatchObject({
      stall_count: 2,
      stall_ms: 400,
      stall_ratio: 0.2,
    });
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
    for (const each of [evidence(), hlsEvidence()]) {
      for (const name of Object.keys(metricsOf(each, resolved))) {
        expect(isMetricName(name)).toBe(true);
        expect(videoStartProbe.metrics).toContain(name);
      }
    }
  });
});

describe('the facts of a playback', () => {
  it('are those of the first response', () => {
    const headers = { 'x-pop': 'eu-west', 'x-cache': 'HIT' };
    const media = { videoCodec: 'h264', audioCodec: 'aac', videoDecoder: 'FFmpegVideoDecoder' };
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
      visible_outcome: 'played',
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
    const media = { stallCause: 'network' } as const;
    expect(attributesOf(evidence({ media }))).not.toHaveProperty('stall_cause');
    const stalls = [{ startMs: 1500, endMs: 1800 }];
    expect(attributesOf(evidence({ media, report: report({ stalls }) })).stall_cause).toBe('network');
  });

  it('cut what a stranger made long', () => {
    const requests = [request({ remoteAddress: 'x'.repeat(1000) })];
    expect(attributesOf(evidence({ requests })).server_ip).toHaveLength(128);
  });

  it('say what a viewer would say', () => {
    const { movingFrame: _, ...still } = report({ end: 'frozen' });
    const said = [
      unseen({ end: 'patience' }),
      unseen({ end: 'black' }),
      still,
      report({ end: 'error' }),
      report({ end: 'stalled' }),
      report(),
    ].map((each) => attributesOf(evidence({ report: each })).visible_outcome);
    expect(said).toEqual(['never_started', 'black_video', 'frozen', 'broke_off', 'stuck', 'played']);
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
    const startup = phasesOf(evidence()).find(({ name }) => name === 'startup');
    expect(startup).toMatchObject({ startMs: 500, durationMs: 250 });
  });

  it('shows the connection, each object and each stall', () => {
    const stalls = [{ startMs: 1500, endMs: 1800 }];
    expect(phasesOf(evidence({ report: report({ stalls }) })).map(({ name }) => name)).toEqual([
      'player',
      'dns',
      'connect',
      'media wait',
      'media read',
      'startup',
      'watch',
      'stall',
    ]);
    expect(phasesOf(evidence(), given).map(({ name }) => name)).not.toContain('dns');
    expect(phasesOf(hlsEvidence()).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['manifest wait', 'manifest 2 read', 'init wait', 'segment read']),
    );
  });

  it('shows a request that never ended up to the end of the run', () => {
    const phases = phasesOf(evidence({ report: unseen({ end: 'patience' }), requests: [unanswered()] }));
    expect(phases.at(-1)).toMatchObject({ name: 'media read', startMs: 504, durationMs: 3250 - 1004 });
  });
});
