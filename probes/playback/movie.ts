/** The movie header (`moov`): which tracks there are, and where their samples lie. */
import { type Box, bodyOf, childBoxes, readBoxHeader, viewOf } from './boxes.ts';
import { MediaError } from './media-error.ts';
import { hasSamples, type Sample, samplesOf } from './sample-table.ts';

export type TrackKind = 'video' | 'audio' | 'other';

export interface Track {
  readonly id: number;
  readonly kind: TrackKind;
  /** Sample entry type, e.g. `avc1`, `hvc1`, `mp4a`. */
  readonly codec: string;
  /** Ticks per second, above 0. */
  readonly timescale: number;
  /** Its media is encrypted (ISO/IEC 23001-7); `codec` is what it is beneath. */
  readonly encrypted: boolean;
  /** The movie header tells of its samples, and so of its frame rate; all of those in fragments are told of there. */
  readonly inHeader: boolean;
  /** Samples described by the movie header itself; none in a fragmented file. */
  samples(): Iterable<Sample>;
}

/** Defaults of a track's fragments (`trex`), where `tfhd` gives none. */
export interface FragmentDefaults {
  readonly duration: number;
  readonly bytes: number;
}

export interface Movie {
  readonly tracks: readonly Track[];
  /** True when samples come in fragments (`mvex` is there). */
  readonly fragmented: boolean;
  /** It carries a picture of its cover (`covr`), which players take for a stream of its own. */
  readonly cover: boolean;
  /** By track id. */
  readonly fragmentDefaults: ReadonlyMap<number, FragmentDefaults>;
}

/**
 * Reads a whole `moov` box, header included.
 * @throws MediaError bad_media when it is broken or has no track of the `kind` that it is for.
 */
export function parseMovie(moov: Uint8Array, kind: TrackKind = 'video'): Movie {
  const tracks: Track[] = [];
  const fragmentDefaults = new Map<number, FragmentDefaults>();
  let fragmented = false;
  let cover = false;
  for (const box of childBoxes(moov, readBoxHeader(moov, 0)?.bodyStart ?? 8, moov.length)) {
    if (box.type === 'trak') tracks.push(parseTrack(bodyOf(moov, box)));
    if (box.type === 'udta') cover ||= hasCover(bodyOf(moov, box));
    if (box.type !== 'mvex') continue;
    fragmented = true;
    for (const child of childBoxes(moov, box.bodyStart, box.end)) {
      if (child.type === 'trex') addDefaults(fragmentDefaults, bodyOf(moov, child));
    }
  }
  if (!tracks.some((track) => track.kind === kind)) {
    throw new MediaError('bad_media', `the movie header names no ${kind} track`);
  }
  return { tracks, fragmented, cover, fragmentDefaults };
}

/** `udta` > `meta` > `ilst` > `covr`, as iTunes writes it. Odd metadata holds no player up. */
function hasCover(udta: Uint8Array): boolean {
  try {
    const meta = childBoxes(udta, 0, udta.length).find(({ type }) => type === 'meta');
    // A full box: four bytes of version and flags come first.
    const list = meta && childBoxes(udta, meta.bodyStart + 4, meta.end).find(({ type }) => type === 'ilst');
    return !!list && childBoxes(udta, list.bodyStart, list.end).some(({ type }) => type === 'covr');
  } catch (error) {
    if (error instanceof MediaError) return false;
    throw error;
  }
}

function addDefaults(defaults: Map<number, FragmentDefaults>, trex: Uint8Array): void {
  if (trex.length < 24) throw new MediaError('bad_media', 'trex is cut off');
  const view = viewOf(trex);
  defaults.set(view.getUint32(4), { duration: view.getUint32(12), bytes: view.getUint32(16) });
}

const OTHER = {
  kind: 'other',
  codec: '',
  timescale: 1,
  encrypted: false,
  inHeader: true,
  samples: () => [],
} as const;

function parseTrack(trak: Uint8Array): Track {
  const mdia = childOf(trak, 'mdia');
  const id = trackIdOf(childOf(trak, 'tkhd'));
  const kind = kindOf(childOf(mdia, 'hdlr'));
  // Time codes, subtitles and the like: no player stops for one that is odd.
  if (kind === 'other') return { ...OTHER, id };
  const minf = childOf(mdia, 'minf');
  const stbl = childOf(minf, 'stbl');
  const timescale = timescaleOf(childOf(mdia, 'mdhd'));
  return {
    id,
    kind,
    ...codecOf(childOf(stbl, 'stsd')),
    timescale,
    inHeader: hasSamples(stbl),
    samples: () => samplesOf(stbl, timescale),
  };
}

function childOf(parent: Uint8Array, type: string): Uint8Array {
  const box: Box | undefined = childBoxes(parent, 0, parent.length).find((child) => child.type === type);
  if (!box) throw new MediaError('bad_media', `a track has no ${type}`);
  return bodyOf(parent, box);
}

/** Version 1 headers have 64-bit times before the field. */
function fieldAfterTimes(box: Uint8Array, name: string): number {
  const at = box[0] === 1 ? 20 : 12;
  if (box.length < at + 4) throw new MediaError('bad_media', `${name} is cut off`);
  return viewOf(box).getUint32(at);
}

const trackIdOf = (tkhd: Uint8Array): number => fieldAfterTimes(tkhd, 'tkhd');

function timescaleOf(mdhd: Uint8Array): number {
  const timescale = fieldAfterTimes(mdhd, 'mdhd');
  if (timescale === 0) throw new MediaError('bad_media', 'a track has a timescale of 0');
  return timescale;
}

function kindOf(hdlr: Uint8Array): TrackKind {
  const handler = String.fromCharCode(...hdlr.subarray(8, 12));
  if (handler === 'vide') return 'video';
  return handler === 'soun' ? 'audio' : 'other';
}

/** Fields of a sample entry before its children: of a picture, of sound. */
const ENTRY_BYTES = { encv: 78, enca: 28 } as const;

function codecOf(stsd: Uint8Array): Pick<Track, 'codec' | 'encrypted'> {
  const [entry] = childBoxes(stsd, 8, stsd.length);
  if (!entry) throw new MediaError('bad_media', 'a track describes no codec');
  const { type } = entry;
  if (type !== 'encv' && type !== 'enca') return { codec: type, encrypted: false };
  const children = childBoxes(stsd, entry.bodyStart + ENTRY_BYTES[type], entry.end);
  const scheme = children.find((child) => child.type === 'sinf');
  const format =
    scheme && childBoxes(stsd, scheme.bodyStart, scheme.end).find((child) => child.type === 'frma');
  const codec = format && String.fromCharCode(...bodyOf(stsd, format).subarray(0, 4));
  return { codec: codec && /^[\x20-\x7e]{4}$/.test(codec) ? codec : type, encrypted: true };
}
