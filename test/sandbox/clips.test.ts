import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { loadClips } from '../../sandbox/clips.ts';

const clips = await loadClips();

/** The types of the top-level boxes of an MP4 (ISO/IEC 14496-12 §4.2), in order. */
function boxes(path: string): string[] {
  const bytes = clips.get(path)?.bytes ?? Buffer.alloc(0);
  const types: string[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at))
    types.push(bytes.toString('latin1', at + 4, at + 8));
  return types;
}

/** The children that a playlist names. */
function children(path: string): string[] {
  const lines = (clips.get(path)?.bytes.toString('utf8') ?? '').split('\n');
  return lines.flatMap((line) => {
    const child = line.startsWith('#') ? /URI="([^"]+)"/.exec(line)?.[1] : line.trim() || undefined;
    return child === undefined ? [] : [new URL(child, `http://origin${path}`).pathname];
  });
}

describe('the committed clips', () => {
  it('are under a megabyte in all', () => {
    const total = [...clips.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(total).toBeGreaterThan(100_000);
    expect(total).toBeLessThan(1_000_000);
  });

  it('have the index before the media in the faststart clips, and after it in the other', () => {
    const relevant = (path: string) => boxes(path).filter((type) => type === 'moov' || type === 'mdat');
    expect(relevant('/v/clip.mp4')).toEqual(['moov', 'mdat']);
    expect(relevant('/v/clip-hevc.mp4')).toEqual(['moov', 'mdat']);
    expect(relevant('/v/clip-moov-end.mp4')).toEqual(['mdat', 'moov']);
  });

  it('are H.264 and HEVC as their names say, each with AAC', () => {
    const codecs = (path: string) =>
      ['avc1', 'hvc1', 'mp4a'].filter((code) => clips.get(path)?.bytes.includes(Buffer.from(code, 'latin1')));
    expect(codecs('/v/clip.mp4')).toEqual(['avc1', 'mp4a']);
    expect(codecs('/v/clip-moov-end.mp4')).toEqual(['avc1', 'mp4a']);
    expect(codecs('/v/clip-hevc.mp4')).toEqual(['hvc1', 'mp4a']);
  });

  it.each([
    ['/hls/fmp4/master.m3u8', 2, '.m4s'],
    ['/hls/ts/master.m3u8', 1, '.ts'],
  ])('lead from %s to every segment of %i renditions', (master, renditions, extension) => {
    const playlists = children(master);
    expect(playlists).toHaveLength(renditions);
    for (const playlist of playlists) {
      const segments = children(playlist);
      expect(segments.filter((path) => path.endsWith(extension))).toHaveLength(4);
      for (const path of segments) expect(clips.has(path), path).toBe(true);
    }
  });

  it('have an entity tag for each content', () => {
    const tags = new Set([...clips.values()].map(({ etag }) => etag));
    expect(tags.size).toBe(clips.size);
    for (const tag of tags) expect(tag).toMatch(/^"[0-9a-f]{32}"$/);
  });
});
