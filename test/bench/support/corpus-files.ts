/** Which files of a folder a player can be pointed at, and what another program says of them. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, posix, relative, sep } from 'node:path';

/** Those that are opened by their own name; segments are reached through their manifest. */
const ENTRIES = new Set(['.mp4', '.m4v', '.mov', '.webm', '.mkv', '.m3u8', '.mpd', '.ts', '.m4a']);
const MANIFESTS = new Set(['.m3u8', '.mpd']);
const FILES_MAX = 20_000;

export interface Corpus {
  /** Every file by its path below the folder, with slashes, and its size. */
  readonly sizes: ReadonlyMap<string, number>;
  /** What is played, in the order of their names. */
  readonly entries: readonly string[];
}

/** Throws when there is nothing to play, or too much. */
export function readCorpus(directory: string): Corpus {
  const found = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length > FILES_MAX) throw new Error(`${directory} has more than ${FILES_MAX} files`);
  const sizes = new Map(
    files.map((file) => [relative(directory, file).split(sep).join('/'), statSync(file).size]),
  );
  const isEntry = (path: string): boolean => ENTRIES.has(extname(path).toLowerCase());
  const children = new Set(
    [...sizes.keys()]
      .filter((path) => MANIFESTS.has(extname(path).toLowerCase()))
      .flatMap((path) => childrenOf(path, readFileSync(join(directory, path), 'utf8'))),
  );
  const entries = [...sizes.keys()].filter((path) => isEntry(path) && !children.has(path)).sort();
  if (entries.length === 0) throw new Error(`${directory} has no file that a player could be given`);
  return { sizes, entries };
}

/** What a playlist or manifest names in so many words; templates name none. */
export function childrenOf(path: string, text: string): string[] {
  const named = path.toLowerCase().endsWith('.m3u8')
    ? text.split('\n').map((line) => (line.startsWith('#') ? /URI="([^"]+)"/.exec(line)?.[1] : line.trim()))
    : [
        ...[...text.matchAll(/\b(?:media|initialization|sourceURL)="([^"$]+)"/g)].map(([, name]) => name),
        ...[...text.matchAll(/<BaseURL[^>]*>\s*([^<\s]+)\s*</g)].map(([, name]) => name),
      ];
  return named
    .filter((name): name is string => name !== undefined && name !== '' && !/^[a-z]+:/i.test(name))
    .map((name) => posix.join(dirname(path), name.split('?')[0] ?? ''));
}

interface Stream {
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly profile?: string;
  readonly pix_fmt?: string;
  readonly width?: number;
  readonly height?: number;
}

/** e.g. `h264 High yuv420p 360x640, aac`, as ffprobe has it; undefined where there is no ffprobe or it cannot read the file. */
export function describeMedia(path: string): string | undefined {
  const args = ['-v', 'error', '-show_streams', '-of', 'json', path];
  const { status, stdout } = spawnSync('ffprobe', args, { encoding: 'utf8', timeout: 20_000 });
  if (status !== 0) return undefined;
  const { streams = [] } = JSON.parse(stdout) as { readonly streams?: readonly Stream[] };
  return streams.map(describeStream).filter(Boolean).join(', ') || undefined;
}

function describeStream({ codec_name, codec_type, height, pix_fmt, profile, width }: Stream): string {
  if (codec_type === 'audio') return codec_name ?? 'sound';
  if (codec_type !== 'video') return '';
  return [codec_name, profile, pix_fmt, width && `${width}x${height}`].filter(Boolean).join(' ');
}
