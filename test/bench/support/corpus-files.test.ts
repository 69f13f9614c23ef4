import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { childrenOf, readCorpus } from './corpus-files.ts';

function folder(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'outrider-corpus-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

describe('a corpus', () => {
  it('is played file by file, and through manifests alone what they name', () => {
    const directory = folder({
      'b.MP4': 'x',
      'a.webm': '',
      'readme.txt': 'x',
      'hls/master.m3u8': '#EXTM3U\n#EXT-X-MEDIA:URI="sound/a.m3u8"\nlow/v.m3u8\n',
      'hls/low/v.m3u8': '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n1.ts\nhttps://cdn.test/2.ts\n',
      'hls/low/init.mp4': 'x',
      'hls/low/1.ts': 'x',
      'hls/sound/a.m3u8': '#EXTM3U\n',
      'dash/m.mpd': '<MPD><BaseURL>v.mp4</BaseURL><Initialization sourceURL="i.mp4"/></MPD>',
      'dash/v.mp4': 'x',
      'dash/i.mp4': 'x',
      'dash/1.m4s': 'x',
    });
    const { entries, sizes } = readCorpus(directory);
    expect(entries).toEqual(['a.webm', 'b.MP4', 'dash/m.mpd', 'hls/master.m3u8']);
    expect(sizes.get('a.webm')).toBe(0);
    expect(sizes.get('dash/1.m4s')).toBe(1);
  });

  it('without anything to play is an error', () => {
    expect(() => readCorpus(folder({ 'readme.txt': 'x' }))).toThrow('no file that a player could be given');
  });
});

describe('what a manifest names', () => {
  it('is next to it', () => {
    expect(childrenOf('a/b.m3u8', 'x.ts?token=1\r\n#EXT-X-KEY:URI="../k"\n#EXTINF:1,\n')).toEqual([
      'a/x.ts',
      'k',
    ]);
    expect(childrenOf('b.mpd', '<S media="$Number$.m4s" initialization="i.mp4"/>')).toEqual(['i.mp4']);
  });
});
