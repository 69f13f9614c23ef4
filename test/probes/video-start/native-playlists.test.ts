import { describe, expect, it } from 'vitest';
import { initSegmentsOf } from '../../../probes/video-start/native-playlists.ts';

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
