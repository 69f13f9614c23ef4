import { describe, expect, it } from 'vitest';
import { carryQuery } from '../../sandbox/playlist.ts';

const PLAYLIST = [
  '#EXTM3U',
  '#EXT-X-MAP:URI="init.mp4",BYTERANGE="10@0"',
  '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="URI",URI="audio.m3u8?x=1"',
  '#EXTINF:1.0,',
  'segment-0.m4s',
  '',
  'segment-1.m4s?token=a\r',
  '',
].join('\n');

describe('carryQuery', () => {
  it('appends the query to every child, in lines and in tags', () => {
    expect(carryQuery(PLAYLIST, '?delay_ms=5&norange=1').split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-MAP:URI="init.mp4?delay_ms=5&norange=1",BYTERANGE="10@0"',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="URI",URI="audio.m3u8?x=1&delay_ms=5&norange=1"',
      '#EXTINF:1.0,',
      'segment-0.m4s?delay_ms=5&norange=1',
      '',
      'segment-1.m4s?token=a&delay_ms=5&norange=1',
      '',
    ]);
  });

  it('leaves a playlist as it is when there is nothing to carry', () => {
    expect(carryQuery(PLAYLIST, '')).toBe(PLAYLIST);
  });
});
