/** HLS playlists (RFC 8216): what to fetch first. */
import type { Manifest } from 'm3u8-parser';
import { MediaError } from './media-error.ts';

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** A part of the presentation: a segment or its initialisation section. */
export interface Resource {
  readonly url: URL;
  readonly range?: ByteRange;
}

export interface Segment extends Resource {
  readonly durationS: number;
  /** Initialisation section (`EXT-X-MAP`); absent for transport streams. */
  readonly init?: Resource;
  readonly encrypted: boolean;
}

export interface Variant {
  readonly url: URL;
  readonly bandwidthBps: number;
  readonly codecs?: string;
  /** e.g. `360x640`. */
  readonly resolution?: string;
  /** Playlist of the sound, where it comes in segments of its own. */
  readonly audio?: URL;
}

export type Playlist =
  | { readonly kind: 'master'; readonly variants: readonly Variant[] }
  | { readonly kind: 'media'; readonly segments: readonly Segment[]; readonly ended: boolean };

/** `first` is what players open with (HLS Authoring Specification §9.14); the others by bandwidth. */
export type VariantChoice = 'first' | 'lowest' | 'highest';

/** A client joins a live stream no closer to its end than this (RFC 8216 §6.3.3, in segments of target duration). */
const LIVE_EDGE_SEGMENTS = 3;

/** Loads the parser, so that no run measures that. A light agent that probes no HLS never has it in memory. */
export async function loadPlaylistParser(): Promise<void> {
  await import('m3u8-parser');
}

/**
 * Parses a playlist that was fetched from `base`.
 * @throws MediaError bad_manifest when it is none, or names nothing to play.
 */
export async function parsePlaylist(text: string, base: URL): Promise<Playlist> {
  if (!text.startsWith('#EXTM3U')) throw new MediaError('bad_manifest', 'it does not begin with #EXTM3U');
  const { playlists = [], segments = [], endList, mediaGroups } = await manifestOf(text);

  if (playlists.length > 0) {
    const variants = playlists
      .filter((playlist) => playlist.uri)
      .map((playlist) => toVariant(playlist, base, mediaGroups?.AUDIO ?? {}));
    if (variants.length === 0) throw new MediaError('bad_manifest', 'it names no variant');
    return { kind: 'master', variants };
  }
  if (segments.length === 0) throw new MediaError('bad_manifest', 'it names no variant and no segment');
  return {
    kind: 'media',
    segments: segments.map((segment) => toSegment(segment, base)),
    ended: endList === true,
  };
}

async function manifestOf(text: string): Promise<Manifest> {
  const { Parser } = await import('m3u8-parser');
  const parser = new Parser();
  try {
    parser.push(text);
    parser.end();
  } catch (error) {
    // It trips over lines that are cut off, with errors of no type.
    throw new MediaError('bad_manifest', `it cannot be understood (${(error as Error).message})`);
  }
  return parser.manifest;
}

/** @throws MediaError bad_manifest when there is no variant. */
export function chooseVariant(variants: readonly Variant[], choice: VariantChoice): Variant {
  const sorted = choice === 'first' ? variants : variants.toSorted((a, b) => a.bandwidthBps - b.bandwidthBps);
  const chosen = choice === 'highest' ? sorted.at(-1) : sorted[0];
  if (!chosen) throw new MediaError('bad_manifest', 'it names no variant');
  return chosen;
}

/** The segments from which playback starts, first one first. */
export function startingSegments(segments: readonly Segment[], ended: boolean): readonly Segment[] {
  return ended ? segments : segments.slice(Math.max(0, segments.length - LIVE_EDGE_SEGMENTS));
}

type AudioGroups = NonNullable<NonNullable<Manifest['mediaGroups']>['AUDIO']>;

function toVariant(
  playlist: { uri?: string; attributes?: Record<string, unknown> },
  base: URL,
  groups: AudioGroups,
): Variant {
  const { AUDIO, BANDWIDTH, CODECS, RESOLUTION } = playlist.attributes ?? {};
  const sounds = typeof AUDIO === 'string' ? Object.values(groups[AUDIO] ?? {}) : [];
  const sound = sounds.find((candidate) => candidate.default) ?? sounds[0];
  const size = RESOLUTION as { width?: number; height?: number } | undefined;
  return {
    url: resolve(playlist.uri, base),
    bandwidthBps: typeof BANDWIDTH === 'number' && Number.isFinite(BANDWIDTH) ? BANDWIDTH : 0,
    ...(typeof CODECS === 'string' ? { codecs: CODECS } : {}),
    ...(sound?.uri ? { audio: resolve(sound.uri, base) } : {}),
    ...(size?.width && size.height ? { resolution: `${size.width}x${size.height}` } : {}),
  };
}

interface ParsedSegment {
  uri?: string;
  duration?: number;
  byterange?: ByteRange;
  map?: { uri?: string; byterange?: ByteRange };
  key?: { method?: string };
}

function toSegment(segment: ParsedSegment, base: URL): Segment {
  return {
    ...toResource(segment, base),
    durationS: segment.duration ?? 0,
    ...(segment.map ? { init: toResource(segment.map, base) } : {}),
    encrypted: segment.key !== undefined && segment.key.method !== 'NONE',
  };
}

function toResource(part: { uri?: string; byterange?: ByteRange }, base: URL): Resource {
  const url = resolve(part.uri, base);
  return part.byterange ? { url, range: part.byterange } : { url };
}

function resolve(uri: string | undefined, base: URL): URL {
  const url = uri && URL.canParse(uri, base) ? new URL(uri, base) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new MediaError('bad_manifest', `it names ${JSON.stringify(uri ?? '')}, which is not a URL to fetch`);
}
