import type { CDPSession } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { VIDEO_START_LIMITS } from '../../../probes/video-start/limits.ts';
import { initSegmentsOf, nativeFragments } from '../../../probes/video-start/native-playlists.ts';
import { request } from './evidence.ts';

const URL_OF_IT = 'https://v.test/a/index.m3u8';

describe('the init segments of a playlist', () => {
  it('are named by EXT-X-MAP, relative to it', () => {
    const text = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:1,\n0.m4s\n';
    expect(initSegmentsOf(text, URL_OF_IT)).toEqual([
      { url: 'https://v.test/a/init.mp4', kind: 'init', isAudio: false },
    ]);
  });

  it('may be parts of a file, and several', () => {
    const text = '#EXT-X-MAP:URI="a.mp4",BYTERANGE="720@0"\n#EXT-X-MAP:BYTERANGE="10@100",URI="/b.mp4"\n';
    expect(initSegmentsOf(text, URL_OF_IT)).toMatchObject([
      { url: 'https://v.test/a/a.mp4', range: '0-719' },
      { url: 'https://v.test/b.mp4', range: '100-109' },
    ]);
  });

  it('are none in transport streams, in other texts, and where no address is given', () => {
    for (const text of ['#EXTM3U\n#EXTINF:1,\n0.ts\n', '<html>', '', '#EXT-X-MAP:BYTERANGE="1@2"\n']) {
      expect(initSegmentsOf(text, 'no URL')).toEqual([]);
    }
  });
});

describe('the playlists of a run', () => {
  it('are read up to the limit, whatever has become of some', async () => {
    const { value } = VIDEO_START_LIMITS.playlists;
    const playlists = Array.from({ length: value + 2 }, (_, i) =>
      request({ id: `${i}`, url: `https://v.test/${i}.m3u8` }),
    );
    const asked: string[] = [];
    const devtools = {
      send: async (_method: string, { requestId }: { requestId: string }) => {
        asked.push(requestId);
        if (requestId === '0') throw new Error('No data found for resource with given identifier');
        return { body: `#EXT-X-MAP:URI="${requestId}.mp4"\n`, base64Encoded: false };
      },
    } as unknown as CDPSession;
    const fragments = await nativeFragments(devtools, playlists);
    expect(asked).toHaveLength(value);
    expect(fragments.map(({ url }) => url)).toEqual(
      Array.from({ length: value - 1 }, (_, i) => `https://v.test/${i + 1}.mp4`),
    );
  });
});
