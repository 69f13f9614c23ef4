/** The clips of the reference origin, held in memory: they are under a megabyte, and no disk shall be in the measurements. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

export interface Clip {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly etag: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.m4s': 'video/iso.segment',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.ts': 'video/mp2t',
  '.mpd': 'application/dash+xml',
};

/** Every clip by its URL path, e.g. `/v/clip.mp4`, `/hls/fmp4/master.m3u8`. A look-up by path cannot leave the folder. */
export async function loadClips(
  directory = join(import.meta.dirname, 'clips'),
): Promise<ReadonlyMap<string, Clip>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const clips = entries
    .filter((entry) => entry.isFile() && Object.hasOwn(CONTENT_TYPES, extname(entry.name)))
    .map(async (entry): Promise<[string, Clip]> => {
      const path = join(entry.parentPath, entry.name);
      const bytes = await readFile(path);
      const contentType = CONTENT_TYPES[extname(path)] ?? 'application/octet-stream';
      return [
        `/${relative(directory, path).split(sep).join('/')}`,
        { bytes, contentType, etag: etagOf(bytes) },
      ];
    });
  return new Map(await Promise.all(clips));
}

/** A strong validator (RFC 9110 §8.8.3) of these bytes. */
export function etagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
}
