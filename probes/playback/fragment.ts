/** A movie fragment (`moof`, ISO/IEC 14496-12 §8.8): where the samples of a CMAF or fMP4 segment lie. */
import { bodyOf, childBoxes, readBoxHeader, viewOf } from './boxes.ts';
import { PLAYBACK_LIMITS } from './limits.ts';
import { MediaError } from './media-error.ts';
import type { Movie, Track } from './movie.ts';
import type { Sample } from './sample-table.ts';

export interface TrackSamples {
  readonly track: Track;
  readonly samples: readonly Sample[];
}

interface RunDefaults {
  duration: number;
  bytes: number;
  /** Where data offsets count from. */
  base: number;
}

/**
 * The samples of a whole `moof`, header included, that begins at byte `moofOffset` of its file.
 * Decode times are the file's own (`tfdt`); offsets are from the start of the file.
 * @throws MediaError bad_media when it is broken or belongs to another movie.
 */
export function parseFragment(moof: Uint8Array, moofOffset: number, movie: Movie): TrackSamples[] {
  const found: TrackSamples[] = [];
  // Over all tracks: a run of samples without words of their own costs a broken file nothing to claim.
  let room: number = PLAYBACK_LIMITS.samples.value;
  for (const box of childBoxes(moof, readBoxHeader(moof, 0)?.bodyStart ?? 8, moof.length)) {
    if (box.type !== 'traf') continue;
    const track = parseTrackFragment(bodyOf(moof, box), { moofOffset, movie, room });
    room -= track.samples.length;
    found.push(track);
  }
  return found;
}

interface Surroundings {
  readonly moofOffset: number;
  readonly movie: Movie;
  readonly room: number;
}

function parseTrackFragment(traf: Uint8Array, { moofOffset, movie, room }: Surroundings): TrackSamples {
  const boxes = childBoxes(traf, 0, traf.length);
  const header = boxes.find((box) => box.type === 'tfhd');
  if (!header) throw new MediaError('bad_media', 'a track fragment has no tfhd');
  const tfhd = bodyOf(traf, header);
  const id = tfhd.length >= 8 ? viewOf(tfhd).getUint32(4) : -1;
  const track = movie.tracks.find((candidate) => candidate.id === id);
  if (!track)
    throw new MediaError('bad_media', `the fragment is of track ${id}, which the movie header lacks`);

  const defaults = runDefaults(tfhd, moofOffset, movie, id);
  const times = boxes.find((box) => box.type === 'tfdt');
  let decodeTime = times ? baseDecodeTime(bodyOf(traf, times)) : 0;
  let offset = defaults.base;
  const samples: Sample[] = [];
  for (const box of boxes) {
    if (box.type !== 'trun') continue;
    const run = readRun(bodyOf(traf, box), defaults, offset);
    for (const { bytes, duration, shift } of run.entries) {
      if (samples.length >= room) return { track, samples };
      const decodeTimeS = decodeTime / track.timescale;
      const sample = { offset: run.offset, bytes, decodeTimeS };
      samples.push(
        shift === undefined ? sample : { ...sample, shownTimeS: decodeTimeS + shift / track.timescale },
      );
      run.offset += bytes;
      decodeTime += duration;
    }
    offset = run.offset;
  }
  return { track, samples };
}

/** `tfhd` fields are there as its flags say, in this order. */
function runDefaults(tfhd: Uint8Array, moofOffset: number, movie: Movie, id: number): RunDefaults {
  const view = viewOf(tfhd);
  const flags = view.getUint32(0) & 0xffffff;
  const trex = movie.fragmentDefaults.get(id);
  const defaults = { duration: trex?.duration ?? 0, bytes: trex?.bytes ?? 0, base: moofOffset };
  let at = 8;
  const need = (bytes: number) => {
    if (at + bytes > tfhd.length) throw new MediaError('bad_media', 'tfhd is cut off');
    at += bytes;
    return at - bytes;
  };
  if (flags & 0x01) defaults.base = Number(view.getBigUint64(need(8)));
  if (flags & 0x02) need(4);
  if (flags & 0x08) defaults.duration = view.getUint32(need(4));
  if (flags & 0x10) defaults.bytes = view.getUint32(need(4));
  return defaults;
}

function baseDecodeTime(tfdt: Uint8Array): number {
  const wide = tfdt[0] === 1;
  if (tfdt.length < (wide ? 12 : 8)) throw new MediaError('bad_media', 'tfdt is cut off');
  return wide ? Number(viewOf(tfdt).getBigUint64(4)) : viewOf(tfdt).getUint32(4);
}

interface Run {
  offset: number;
  readonly entries: Iterable<RunEntry>;
}

interface RunEntry {
  readonly bytes: number;
  readonly duration: number;
  /** From decoding to showing; absent when the run has none. */
  readonly shift?: number;
}

function readRun(trun: Uint8Array, defaults: RunDefaults, following: number): Run {
  if (trun.length < 8) throw new MediaError('bad_media', 'trun is cut off');
  const view = viewOf(trun);
  const flags = view.getUint32(0) & 0xffffff;
  const count = view.getUint32(4);
  const hasOffset = (flags & 0x01) !== 0;
  const start = 8 + (hasOffset ? 4 : 0) + (flags & 0x04 ? 4 : 0);
  // One 32-bit word each for duration, size, flags and composition offset, as announced.
  const words = [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
  if (trun.length < start + (words > 0 ? count * words * 4 : 0)) {
    throw new MediaError('bad_media', `trun claims ${count} samples, more than it holds`);
  }
  const offset = hasOffset ? defaults.base + view.getInt32(8) : following;
  return { offset, entries: runEntries(view, { flags, count, start, words }, defaults) };
}

function* runEntries(
  view: DataView,
  run: { flags: number; count: number; start: number; words: number },
  defaults: RunDefaults,
): Generator<RunEntry> {
  const hasDuration = (run.flags & 0x100) !== 0;
  const hasShift = (run.flags & 0x800) !== 0;
  for (let i = 0; i < run.count; i++) {
    const at = run.start + i * run.words * 4;
    yield {
      duration: hasDuration ? view.getUint32(at) : defaults.duration,
      bytes: run.flags & 0x200 ? view.getUint32(at + (hasDuration ? 4 : 0)) : defaults.bytes,
      // The last word of an entry.
      ...(hasShift ? { shift: view.getInt32(at + (run.words - 1) * 4) } : {}),
    };
  }
}
