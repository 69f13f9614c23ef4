import { Buffer } from 'node:buffer';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { loadClips } from '../../sandbox/clips.ts';

const clips = await loadClips();
/** Its other build imports files without their extensions. */
const mpd = createRequire(import.meta.url)('mpd-parser') as {
  parse(text: string, options: { readonly manifestUri: string }): Manifest;
};

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

interface Playlist {
  readonly segments: readonly {
    readonly resolvedUri: string;
    readonly map: { readonly resolvedUri: string };
  }[];
  readonly sidx?: {
    readonly resolvedUri: string;
    readonly byterange: { readonly offset: number; readonly length: number };
  };
}

interface Manifest {
  readonly playlists: readonly Playlist[];
  readonly mediaGroups: {
    readonly AUDIO: { readonly audio?: Record<string, { readonly playlists: readonly Playlist[] }> };
  };
}

/** A DASH manifest as a real parser reads it. */
function manifest(path: string): Manifest {
  const text = clips.get(path)?.bytes.toString('utf8') ?? '';
  return mpd.parse(text, { manifestUri: `http://origin${path}` });
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

  it.each([
    ['/v/clip-fragmented.mp4', ['moov', 'moof']],
    ['/v/clip-sidx.mp4', ['moov', 'sidx', 'sidx', 'moof']],
    ['/dash/video.mp4', ['moov', 'sidx', 'moof']],
    ['/dash/audio.mp4', ['moov', 'sidx', 'moof']],
  ])('are in fragments at %s: %j and so on', (path, order) => {
    const relevant = boxes(path).filter((type) => ['moov', 'sidx', 'moof'].includes(type));
    expect(relevant.slice(0, order.length)).toEqual(order);
    expect(relevant.filter((type) => type === 'moof').length).toBeGreaterThanOrEqual(4);
  });

  it.each(['number', 'timeline', 'list'])('lead from the DASH manifest by %s to every segment', (name) => {
    const { playlists, mediaGroups } = manifest(`/dash/${name}.mpd`);
    expect(playlists).toHaveLength(2);
    const audio = Object.values(mediaGroups.AUDIO.audio ?? {}).flatMap((group) => group.playlists);
    for (const { segments } of [...playlists, ...audio]) {
      expect(segments.length).toBeGreaterThanOrEqual(4);
      for (const { resolvedUri, map } of segments)
        for (const uri of [resolvedUri, map.resolvedUri])
          expect(clips.has(new URL(uri).pathname), uri).toBe(true);
    }
  });

  it('have their indexes where the DASH manifest by whole files says', () => {
    const { playlists, mediaGroups } = manifest('/dash/base.mpd');
    const audio = Object.values(mediaGroups.AUDIO.audio ?? {}).flatMap((group) => group.playlists);
    expect([playlists.length, audio.length]).toEqual([1, 1]);
    for (const { sidx } of [...playlists, ...audio]) {
      const { offset = 0, length = 0 } = sidx?.byterange ?? {};
      const box = clips
        .get(new URL(sidx?.resolvedUri ?? '').pathname)
        ?.bytes.subarray(offset, offset + length);
      expect([box?.readUInt32BE(0), box?.toString('latin1', 4, 8)]).toEqual([length, 'sidx']);
    }
  });

  it('have an entity tag for each content', () => {
    const tags = new Set([...clips.values()].map(({ etag }) => etag));
    expect(tags.size).toBe(clips.size);
    for (const tag of tags) expect(tag).toMatch(/^"[0-9a-f]{32}"$/);
  });
});
