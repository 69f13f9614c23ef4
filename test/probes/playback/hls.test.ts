import { afterEach, describe, expect, it } from 'vitest';
import { PLAYBACK_LIMITS } from '../../../probes/playback/limits.ts';
import { clip, makeBox } from './clips.ts';
import { type MediaServer, type Served, startMediaServer } from './media-server.ts';
import { failureOf, play } from './probe-run.ts';

const M3U8 = 'application/vnd.apple.mpegurl';
const PAUSE_MS = 1000;

let server: MediaServer;
let other: MediaServer | undefined;
afterEach(async () => {
  await server.close();
  await other?.close();
  other = undefined;
});

/** The committed presentation, with some of its files replaced. */
function presentation(
  kind: 'fmp4' | 'ts',
  replaced: Record<string, Partial<Served>> = {},
): Record<string, Served> {
  const names = ['master.m3u8', '640p/index.m3u8'];
  const segments = [0, 1, 2, 3].map((n) => `640p/segment-${n}.${kind === 'ts' ? 'ts' : 'm4s'}`);
  if (kind === 'fmp4')
    names.push(
      '640p/init_0.mp4',
      '320p/index.m3u8',
      '320p/init_1.mp4',
      '320p/segment-0.m4s',
      '320p/segment-1.m4s',
    );
  const files: Record<string, Served> = Object.fromEntries(
    [...names, ...segments].map((name) => [
      `/${name}`,
      { body: clip(`hls/${kind}/${name}`), ...(name.endsWith('m3u8') ? { contentType: M3U8 } : {}) },
    ]),
  );
  for (const [name, change] of Object.entries(replaced)) {
    files[name] = { ...(files[name] ?? { body: '' }), ...change };
  }
  return files;
}

async function playHls(files: Record<string, Served>, params: object = {}, timeoutMs?: number) {
  server = await startMediaServer(files);
  return play(`${server.url}/master.m3u8`, params, timeoutMs);
}

const paths = () => server.requests.map(({ path }) => path);

describe('an HLS start', () => {
  it('takes manifest and playlist over one connection, then init and segment side by side, as hls.js does', async () => {
    const result = await playHls(presentation('fmp4'));
    expect(failureOf(result)).toBe('ok');
    expect(paths()).toEqual([
      '/master.m3u8',
      '/640p/index.m3u8',
      '/640p/init_0.mp4',
      '/640p/segment-0.m4s',
      // A second segment: the first lasts a second.
      '/640p/segment-1.m4s',
    ]);
    expect(new Set(server.requests.slice(0, 3).map(({ port }) => port)).size).toBe(1);
    expect(server.requests[3]?.port).not.toBe(server.requests[0]?.port);
    expect(result.metrics).toMatchObject({ request_count: 4 });
    for (const name of ['manifest_ms', 'init_ms', 'segment_ms', 'playing_ms', 'two_seconds_ms']) {
      expect(result.metrics).toHaveProperty(name);
    }
    expect(result.metrics).not.toHaveProperty('moov_ms');
    expect(result.attributes).toMatchObject({ format: 'hls', codec: 'avc1', rendition: '360x640' });
    expect(result.phases.filter(({ name }) => name === 'connect')).toHaveLength(2);
  });

  it('takes them one after the other over one connection where a native player does', async () => {
    const result = await playHls(presentation('fmp4'), { append: 'progressive' });
    expect(failureOf(result)).toBe('ok');
    expect(paths().slice(2, 4)).toEqual(['/640p/init_0.mp4', '/640p/segment-0.m4s']);
    expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
  });

  it('takes sound that has a playlist of its own beside the picture', async () => {
    const master = [
      '#EXTM3U',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",DEFAULT=YES,URI="sound/index.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=300000,AUDIO="a",RESOLUTION=360x640',
      'picture/index.m3u8',
      '',
    ];
    const playlist = (prefix: string, count: number) =>
      [
        '#EXTM3U',
        '#EXT-X-TARGETDURATION:1',
        `#EXT-X-MAP:URI="/d/${prefix}-init.mp4"`,
        ...Array.from({ length: count }, (_, i) => `#EXTINF:1,\n/d/${prefix}-${i + 1}.m4s`),
        '#EXT-X-ENDLIST',
        '',
      ].join('\n');
    const names = ['0-init.mp4', '0-1.m4s', '0-2.m4s', '2-init.mp4', '2-1.m4s', '2-2.m4s'];
    const files: Record<string, Served> = {
      '/master.m3u8': { body: master.join('\n') },
      '/picture/index.m3u8': { body: playlist('0', 2) },
      '/sound/index.m3u8': { body: playlist('2', 2) },
      ...Object.fromEntries(names.map((name) => [`/d/${name}`, { body: clip(`dash/${name}`) }])),
    };
    const result = await playHls(files);
    expect(failureOf(result)).toBe('ok');
    expect(paths()).toEqual(expect.arrayContaining(['/sound/index.m3u8', '/d/2-init.mp4', '/d/2-1.m4s']));
    await server.close();
    const silent = await playHls({ ...files, '/d/2-1.m4s': { body: '', status: 404 } });
    expect(failureOf(silent)).toBe('segment/status target');
  });

  it('takes transport streams', async () => {
    const result = await playHls(presentation('ts'));
    expect(failureOf(result)).toBe('ok');
    expect(paths()).toHaveLength(4);
    expect(result.metrics).not.toHaveProperty('init_ms');
    expect(result.attributes.codec).toBe('avc1');
  });

  it('plays the variant that it is told to', async () => {
    const result = await playHls(presentation('fmp4'), { variant: 'lowest' });
    expect(failureOf(result)).toBe('ok');
    expect(paths()).toContain('/320p/segment-0.m4s');
    expect(result.attributes.rendition).toBe('180x320');
  });

  it('starts from a media playlist without a list of variants', async () => {
    server = await startMediaServer(presentation('ts'));
    const result = await play(`${server.url}/640p/index.m3u8`);
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.request_count).toBe(2);
  });

  it('is known by its content type where the URL tells nothing', async () => {
    const files = presentation('ts');
    const text = clip('hls/ts/640p/index.m3u8').toString().replaceAll('segment', '/640p/segment');
    server = await startMediaServer({ ...files, '/watch': { body: text, contentType: M3U8 } });
    const result = await play(`${server.url}/watch`);
    expect(failureOf(result)).toBe('ok');
    expect(result.attributes.format).toBe('hls');
  });

  it('is no playlist of any length where its content type alone told what it is', async () => {
    const body = Buffer.alloc(PLAYBACK_LIMITS.playlistBytes.value + 1, '#EXTM3U\n');
    server = await startMediaServer({ '/watch': { body, contentType: M3U8 } });
    expect(failureOf(await play(`${server.url}/watch`))).toBe('manifest/too_large target');
  });

  it('opens a second connection for segments on another host', async () => {
    other = await startMediaServer(presentation('ts'));
    const text = clip('hls/ts/640p/index.m3u8').toString().replaceAll('segment', `${other.url}/640p/segment`);
    const result = await playHls(presentation('ts', { '/640p/index.m3u8': { body: text } }));
    expect(failureOf(result)).toBe('ok');
    expect(other.requests[0]?.path).toBe('/640p/segment-0.ts');
    expect(result.phases.filter(({ name }) => name === 'connect')).toHaveLength(2);
  });

  it('counts a delay in the part that is delayed', async () => {
    const result = await playHls(presentation('fmp4', { '/640p/init_0.mp4': { delayMs: PAUSE_MS } }));
    const { manifest_ms, init_ms, segment_ms, first_frame_ms } = result.metrics;
    expect(init_ms).toBeGreaterThanOrEqual(PAUSE_MS);
    expect(first_frame_ms).toBeGreaterThanOrEqual(PAUSE_MS);
    expect(manifest_ms).toBeLessThan(PAUSE_MS);
    expect(segment_ms).toBeLessThan(PAUSE_MS);
  });

  it('waits for the whole segment when the player appends whole segments', async () => {
    const files = presentation('ts', {
      '/640p/segment-0.ts': {
        body: Buffer.concat([0, 1, 2, 3].map((n) => clip(`hls/ts/640p/segment-${n}.ts`))),
      },
      '/640p/index.m3u8': {
        body: '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nsegment-0.ts\n#EXT-X-ENDLIST\n',
      },
    });
    const first = files['/640p/segment-0.ts'];
    if (first) files['/640p/segment-0.ts'] = { ...first, pause: { atByte: 90_000, ms: PAUSE_MS } };
    const progressive = await playHls(files, { append: 'progressive' });
    expect(progressive.metrics.first_frame_ms).toBeLessThan(PAUSE_MS);
    await server.close();
    const whole = await playHls(files);
    expect(whole.metrics.first_frame_ms).toBeGreaterThanOrEqual(PAUSE_MS);
  });

  it('starts encrypted segments by their whole length', async () => {
    const text = clip('hls/ts/640p/index.m3u8')
      .toString()
      .replace('#EXTINF', '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF');
    const noise = Buffer.alloc(5000, 0xa7);
    const result = await playHls(
      presentation('ts', { '/640p/index.m3u8': { body: text }, '/640p/segment-0.ts': { body: noise } }),
    );
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics.media_bytes).toBe(5000);
  });

  it('starts all the same when what follows the first segment fails', async () => {
    const result = await playHls(presentation('ts', { '/640p/segment-1.ts': { status: 500 } }));
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics).toHaveProperty('first_frame_ms');
    expect(result.metrics).not.toHaveProperty('two_seconds_ms');
  });

  it('stops asking for segments that are too short to make two seconds', async () => {
    const { value } = PLAYBACK_LIMITS.segments;
    const playlist = (following: number) => ({
      '/640p/index.m3u8': {
        body: `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.2,\nsegment-0.ts\n${'#EXTINF:0.2,\nsegment-1.ts\n'.repeat(following)}#EXT-X-ENDLIST\n`,
      },
    });
    const within = await playHls(presentation('ts', playlist(value)));
    // That is all there is, and less than two seconds.
    expect(within.metrics).toHaveProperty('two_seconds_ms');
    await server.close();
    const past = await playHls(presentation('ts', playlist(value + 1)));
    expect(failureOf(past)).toBe('ok');
    expect(past.metrics).toHaveProperty('first_frame_ms');
    expect(past.metrics).not.toHaveProperty('two_seconds_ms');
    expect(paths().filter((path) => path === '/640p/segment-1.ts')).toHaveLength(value);
  });

  it('starts all the same when its first segment grows past the limit behind the first frame', async () => {
    const filler = makeBox('mdat', Buffer.alloc(PLAYBACK_LIMITS.mediaBytes.value));
    const body = Buffer.concat([clip('hls/fmp4/640p/segment-0.m4s'), filler]);
    const replaced = { '/640p/segment-0.m4s': { body } };
    const result = await playHls(presentation('fmp4', replaced), { append: 'progressive' });
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics).toHaveProperty('playing_ms');
    expect(result.metrics).not.toHaveProperty('two_seconds_ms');
    expect(result.attributes.codec).toBe('avc1');
    expect(paths()).not.toContain('/640p/segment-1.m4s');
  });

  it('does not ask for two seconds of more media than the limit', async () => {
    const body = Buffer.alloc(PLAYBACK_LIMITS.mediaBytes.value);
    const result = await playHls(presentation('ts', { '/640p/segment-1.ts': { body } }));
    expect(failureOf(result)).toBe('ok');
    expect(result.metrics).not.toHaveProperty('two_seconds_ms');
  });

  it('reads segments that are ranges of one file', async () => {
    const parts = [
      clip('hls/fmp4/640p/init_0.mp4'),
      clip('hls/fmp4/640p/segment-0.m4s'),
      clip('hls/fmp4/640p/segment-1.m4s'),
    ];
    const sizes = parts.map(({ length }) => length) as [number, number, number];
    const text = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:1
#EXT-X-MAP:URI="all.mp4",BYTERANGE="${sizes[0]}@0"
#EXTINF:1,
#EXT-X-BYTERANGE:${sizes[1]}@${sizes[0]}
all.mp4
#EXTINF:1,
#EXT-X-BYTERANGE:${sizes[2]}
all.mp4
#EXT-X-ENDLIST
`;
    const files = { '/master.m3u8': { body: text }, '/all.mp4': { body: Buffer.concat(parts) } };
    const result = await playHls(files);
    expect(failureOf(result)).toBe('ok');
    expect(server.requests.map(({ range }) => range)).toEqual([
      undefined,
      `bytes=0-${sizes[0] - 1}`,
      `bytes=${sizes[0]}-${sizes[0] + sizes[1] - 1}`,
      `bytes=${sizes[0] + sizes[1]}-${sizes[0] + sizes[1] + sizes[2] - 1}`,
    ]);
  });
});

describe('an HLS start that fails', () => {
  it.each<[string, Record<string, Partial<Served>>, string]>([
    ['the manifest is not there', { '/master.m3u8': { status: 404 } }, 'manifest/status target'],
    ['the manifest is refused', { '/master.m3u8': { status: 403 } }, 'manifest/denied target'],
    ['the manifest is a web page', { '/master.m3u8': { body: '<html>' } }, 'manifest/bad_manifest target'],
    [
      'the manifest is endless',
      { '/master.m3u8': { body: Buffer.alloc(PLAYBACK_LIMITS.playlistBytes.value + 1, 35) } },
      'manifest/too_large target',
    ],
    ['the playlist is not there', { '/640p/index.m3u8': { status: 503 } }, 'manifest/status target'],
    [
      'the playlist names nothing',
      { '/640p/index.m3u8': { body: '#EXTM3U\n' } },
      'manifest/bad_manifest target',
    ],
    [
      'the playlist leads to another list of variants',
      { '/640p/index.m3u8': { body: '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n' } },
      'manifest/bad_manifest target',
    ],
    ['the init section is not there', { '/640p/init_0.mp4': { status: 404 } }, 'segment/status target'],
    [
      'the init section is broken',
      { '/640p/init_0.mp4': { body: 'nothing of the kind' } },
      'decode/bad_media target',
    ],
    [
      'the init section is larger than the probe holds',
      { '/640p/init_0.mp4': { body: Buffer.alloc(PLAYBACK_LIMITS.boxBytes.value + 1) } },
      'segment/too_large target',
    ],
    ['the segment is not there', { '/640p/segment-0.m4s': { status: 404 } }, 'segment/status target'],
    ['the segment is empty', { '/640p/segment-0.m4s': { body: '' } }, 'decode/bad_media target'],
    [
      'the segment is something else',
      { '/640p/segment-0.m4s': { body: 'nothing of the kind' } },
      'decode/bad_media target',
    ],
    [
      'the segment ends in its first frames',
      { '/640p/segment-0.m4s': { body: clip('hls/fmp4/640p/segment-0.m4s').subarray(0, 2500) } },
      'decode/bad_media target',
    ],
  ])('says so when %s', async (_what, replaced, expected) => {
    const result = await playHls(presentation('fmp4', replaced));
    expect(failureOf(result)).toBe(expected);
    expect(result.metrics).not.toHaveProperty('first_frame_ms');
    expect(result.metrics).not.toHaveProperty('playing_ms');
  });

  it('says so when the segment is longer than any start', async () => {
    const body = makeBox('mdat', Buffer.alloc(PLAYBACK_LIMITS.mediaBytes.value));
    const replaced = { '/640p/segment-0.m4s': { body } };
    // Nothing of it is looked at before it is whole.
    const result = await playHls(presentation('fmp4', replaced), { append: 'segment' });
    expect(failureOf(result)).toBe('segment/too_large target');
    expect(result.metrics).not.toHaveProperty('first_frame_ms');
  });

  it('says so when the segment breaks off', async () => {
    const result = await playHls(presentation('fmp4', { '/640p/segment-0.m4s': { cutAt: 1000 } }));
    expect(failureOf(result)).toMatch(/^segment\/(truncated|reset) /);
  });

  it('keeps what was measured when the deadline passes at the segment', async () => {
    const result = await playHls(presentation('ts', { '/640p/segment-0.ts': { silent: true } }), {}, 1500);
    expect(failureOf(result)).toBe('segment/timeout unknown');
    expect(result.metrics).toHaveProperty('manifest_ms');
    expect(result.metrics).not.toHaveProperty('segment_ms');
  });
});
