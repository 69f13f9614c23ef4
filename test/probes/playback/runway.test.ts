import { afterEach, describe, expect, it } from 'vitest';
import { HORIZON_MS, predictRunway, worseRunway } from '../../../probes/playback/runway.ts';
import { Throughput } from '../../../probes/playback/throughput.ts';
import { clip } from './clips.ts';
import { type MediaServer, startMediaServer } from './media-server.ts';
import { failureOf, play } from './probe-run.ts';

describe('predictRunway', () => {
  const every = (ms: number, arrives: (mediaMs: number) => number, count = 20) =>
    Array.from({ length: count }, (_, i) => ({ mediaMs: i * ms, arrivesMs: arrives(i * ms) }));

  it('is all the known media when everything comes in time', () => {
    expect(
      predictRunway(
        every(100, (at) => 1000 + at / 2),
        1000,
        5000,
      ),
    ).toEqual({ runwayMs: 5000, stallMs: 0 });
  });

  it('ends where the first piece is late, and the stall is as long as the latest one', () => {
    // Twice as slow as it plays, with 300 ms in hand.
    const runway = predictRunway(
      every(100, (at) => 700 + at * 2),
      1000,
      1900,
    );
    expect(runway.runwayMs).toBe(400);
    expect(runway.stallMs).toBe(1600);
  });

  it('does not count what is late by less than a frame', () => {
    expect(
      predictRunway(
        every(100, (at) => 1005 + at),
        1000,
        2000,
      ).stallMs,
    ).toBe(0);
  });

  it('looks no further ahead than its horizon', () => {
    const far = [{ mediaMs: HORIZON_MS + 1, arrivesMs: 1e9 }];
    expect(predictRunway(far, 0, 1e6)).toEqual({ runwayMs: HORIZON_MS, stallMs: 0 });
  });

  it('stops picture and sound where the first of them runs out', () => {
    expect(worseRunway({ runwayMs: 100, stallMs: 20 }, { runwayMs: 500, stallMs: 90 })).toEqual({
      runwayMs: 100,
      stallMs: 90,
    });
  });
});

describe('Throughput', () => {
  it('is bytes by the time between pieces', () => {
    const throughput = new Throughput();
    expect(throughput.timeFor(1000)).toBe(0);
    throughput.add(50_000, 100, 150);
    throughput.add(50_000, 900, 950);
    expect(throughput.bytesPerMs).toBe(1000);
    expect(throughput.timeFor(20_000)).toBe(20);
  });

  it('leaves out what came with the head of a body, and the time before it', () => {
    const throughput = new Throughput();
    const arrived = throughput.ofBody();
    arrived(70_000, 1000);
    expect(throughput.bytesPerMs).toBeUndefined();
    arrived(10_000, 1005);
    arrived(10_000, 1020);
    const other = throughput.ofBody();
    other(70_000, 5000);
    expect(throughput.bytesPerMs).toBe(1000);
  });

  it('says of pieces that came together no more than that they were quick', () => {
    const throughput = new Throughput();
    throughput.add(80_000, 5, 5);
    expect(throughput.timeFor(80_000)).toBeLessThanOrEqual(1);
  });
});

describe('the runway of a run', () => {
  let server: MediaServer;
  afterEach(() => server.close());

  it('is the whole clip where the network is fast', async () => {
    server = await startMediaServer({ '/v.mp4': { body: clip('v/clip.mp4') } });
    const { metrics } = await play(`${server.url}/v.mp4`);
    expect(metrics.runway_ms).toBeGreaterThan(3500);
    expect(metrics.runway_ms).toBeLessThanOrEqual(4000);
    expect(metrics.predicted_stall_ms).toBe(0);
  });

  it('ends early where media comes more slowly than it plays', async () => {
    // 128 kB for four seconds; a tenth of that a second.
    server = await startMediaServer({ '/v.mp4': { body: clip('v/clip.mp4'), bytesPerS: 16_000 } });
    const result = await play(`${server.url}/v.mp4`, {}, 19_000);
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.runway_ms).toBeLessThan(3500);
    expect(result.metrics.predicted_stall_ms).toBeGreaterThan(500);
    expect(result.attributes.findings).toContain('too_large_to_play');
  }, 25_000);

  it.each(['base.mpd', 'number.mpd'])('is known of segments too: %s', async (name) => {
    const names = [
      '0-init.mp4',
      '0-1.m4s',
      '0-2.m4s',
      '0-3.m4s',
      '2-init.mp4',
      '2-1.m4s',
      '2-2.m4s',
      '2-3.m4s',
    ];
    const files = [name, 'video.mp4', 'audio.mp4', ...names].map((path) => [
      `/${path}`,
      { body: clip(`dash/${path}`) },
    ]);
    server = await startMediaServer(Object.fromEntries(files));
    const { metrics } = await play(`${server.url}/${name}`);
    expect(metrics.runway_ms).toBeGreaterThan(3000);
    expect(metrics.predicted_stall_ms).toBeLessThan(1000);
  });

  it('counts the round trips on the longest way, and not those beside it', async () => {
    const names = ['number.mpd', '0-init.mp4', '0-1.m4s', '0-2.m4s', '2-init.mp4', '2-1.m4s', '2-2.m4s'];
    server = await startMediaServer(
      Object.fromEntries(names.map((path) => [`/${path}`, { body: clip(`dash/${path}`) }])),
    );
    const dash = await play(`${server.url}/number.mpd`);
    // Connection, manifest, init, segment; the sound needs a connection more, and no segment for a picture.
    expect(dash.metrics.round_trip_count).toBe(4);
    await server.close();
    server = await startMediaServer({
      '/a': { body: '', status: 302, headers: { location: '/v.mp4' } },
      '/v.mp4': { body: clip('v/clip.mp4') },
    });
    const file = await play(`${server.url}/a`);
    expect(file.metrics.round_trip_count).toBe(3);
  });

  it('is not that of a server which takes its time before a body', async () => {
    server = await startMediaServer({
      '/a.m3u8': {
        body: '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ns0.ts\n#EXTINF:1,\ns1.ts\n#EXT-X-ENDLIST\n',
      },
      '/s0.ts': { body: clip('hls/ts/640p/segment-0.ts'), headers: { 'cache-control': 'no-store' } },
      '/s1.ts': { body: clip('hls/ts/640p/segment-1.ts'), burst: { byteCount: 0, ms: 1500 } },
    });
    const { findings = [], metrics } = await play(`${server.url}/a.m3u8`);
    expect(metrics.two_seconds_ms).toBeGreaterThan(1500);
    // A wait, and a segment at the throughput of the run.
    expect(findings.find(({ id }) => id === 'not_cacheable')?.costMs).toBeLessThan(500);
  });
});
