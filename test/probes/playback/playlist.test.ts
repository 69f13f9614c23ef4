import { describe, expect, it } from 'vitest';
import { chooseVariant, parsePlaylist, startingSegments } from '../../../probes/playback/playlist.ts';
import { clip } from './clips.ts';

const BASE = new URL('https://cdn.example.net/a/master.m3u8?token=1');

const MASTER = `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=360x640,CODECS="avc1.4d401f,mp4a.40.2"
mid.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=200000,RESOLUTION=180x320
/low/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3000000
https://other.example.net/high.m3u8
`;

function media(lines: string): string {
  return `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n${lines}\n`;
}

describe('parsePlaylist', () => {
  it('reads a list of variants and resolves their URLs', async () => {
    const playlist = await parsePlaylist(MASTER, BASE);
    if (playlist.kind !== 'master') throw new Error('not a master');
    expect(playlist.variants.map(({ url }) => url.href)).toEqual([
      'https://cdn.example.net/a/mid.m3u8',
      'https://cdn.example.net/low/index.m3u8',
      'https://other.example.net/high.m3u8',
    ]);
    expect(playlist.variants[0]).toMatchObject({
      bandwidthBps: 800_000,
      resolution: '360x640',
      codecs: 'avc1.4d401f,mp4a.40.2',
    });
  });

  it('reads the committed presentations', async () => {
    const playlist = await parsePlaylist(clip('hls/fmp4/640p/index.m3u8').toString(), BASE);
    if (playlist.kind !== 'media') throw new Error('not a media playlist');
    expect(playlist.ended).toBe(true);
    expect(playlist.segments).toHaveLength(4);
    expect(playlist.segments[0]?.init?.url.pathname).toBe('/a/init_0.mp4');
    expect(playlist.segments[0]).toMatchObject({ durationS: 1, encrypted: false });
  });

  it('reads byte ranges of segments and their initialisation', async () => {
    const text = media(`#EXT-X-MAP:URI="all.mp4",BYTERANGE="100@0"
#EXTINF:4,
#EXT-X-BYTERANGE:1000@100
all.mp4
#EXTINF:4,
#EXT-X-BYTERANGE:500
all.mp4
#EXT-X-ENDLIST`);
    const playlist = await parsePlaylist(text, BASE);
    if (playlist.kind !== 'media') throw new Error('not a media playlist');
    expect(playlist.segments.map(({ range }) => range)).toEqual([
      { offset: 100, length: 1000 },
      { offset: 1100, length: 500 },
    ]);
    expect(playlist.segments[0]?.init?.range).toEqual({ offset: 0, length: 100 });
  });

  it('knows encrypted segments', async () => {
    const text = media(`#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:4,\na.ts`);
    const playlist = await parsePlaylist(text, BASE);
    expect(playlist.kind === 'media' && playlist.segments[0]?.encrypted).toBe(true);
    expect(playlist.kind === 'media' && playlist.ended).toBe(false);
  });

  it.each([
    ['an empty answer', ''],
    ['a web page', '<!doctype html><title>Not found</title>'],
    ['a playlist that names nothing', '#EXTM3U\n#EXT-X-VERSION:3\n'],
    ['a segment that is no URL', media('#EXTINF:4,\nhttp://:bad:/a.ts')],
    ['a segment of a scheme that nobody fetches', media('#EXTINF:4,\nfile:///etc/passwd')],
    ['a variant of such a scheme', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\ndata:text/plain,x\n'],
    ['a line that is cut off', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH'],
  ])('refuses %s', async (_what, text) => {
    await expect(parsePlaylist(text, BASE)).rejects.toMatchObject({ code: 'bad_manifest' });
  });
});

describe('chooseVariant', () => {
  it.each([
    ['first', 800_000],
    ['lowest', 200_000],
    ['highest', 3_000_000],
  ] as const)('takes the %s', async (choice, bandwidthBps) => {
    const playlist = await parsePlaylist(MASTER, BASE);
    if (playlist.kind !== 'master') throw new Error('not a master');
    expect(chooseVariant(playlist.variants, choice).bandwidthBps).toBe(bandwidthBps);
  });
});

describe('startingSegments', () => {
  const segments = Array.from({ length: 6 }, (_, i) => ({
    url: new URL(`${i}.ts`, BASE),
    durationS: 4,
    encrypted: false,
  }));

  it('starts a finished presentation at its beginning', () => {
    expect(startingSegments(segments, true)[0]).toBe(segments[0]);
  });

  it('joins a live one three segments from its end', () => {
    expect(startingSegments(segments, false)[0]).toBe(segments[3]);
    expect(startingSegments(segments.slice(0, 2), false)[0]).toBe(segments[0]);
  });
});
