/**
 * The sample table of one track (ISO/IEC 14496-12 §8.6.1, §8.7): read lazily, sample by sample, so that a start-up
 * costs the first hundred samples and a table that claims four billion costs nothing.
 */
import { type Box, bodyOf, childBoxes, viewOf } from './boxes.ts';
import { PLAYBACK_LIMITS } from './limits.ts';
import { MediaError } from './media-error.ts';

/** One coded frame, or a run of audio, by its place in the file. */
export interface Sample {
  readonly offset: number;
  readonly bytes: number;
  /** Seconds from the start of the track. */
  readonly decodeTimeS: number;
  /** When it is shown, on the same clock; absent: when it is decoded. */
  readonly shownTimeS?: number;
}

/** Every sample of a track in decoding order, up to the limit. */
export function* samplesOf(stbl: Uint8Array, timescale: number): Generator<Sample> {
  const boxes = new Map(childBoxes(stbl, 0, stbl.length).map((box) => [box.type, box]));
  const sizes = sizeTable(stbl, boxes);
  const durations = runsOf(table(stbl, boxes.get('stts'), 'stts', 8));
  const shifts = boxes.has('ctts') ? runsOf(table(stbl, boxes.get('ctts'), 'ctts', 8)) : undefined;
  const chunkSizes = samplesPerChunk(table(stbl, boxes.get('stsc'), 'stsc', 12));
  const chunks = chunkOffsets(stbl, boxes);

  let index = 0;
  let decodeTime = 0;
  for (const chunkOffset of chunks) {
    let offset = chunkOffset;
    const inChunk = chunkSizes.next().value ?? 0;
    for (let n = 0; n < inChunk; n++) {
      if (index >= sizes.count || index >= PLAYBACK_LIMITS.samples.value) return;
      const bytes = sizes.at(index);
      const decodeTimeS = decodeTime / timescale;
      const sample = { offset, bytes, decodeTimeS };
      // Version 0 has no negative offsets by the letter, and many files have them all the same.
      yield shifts
        ? { ...sample, shownTimeS: decodeTimeS + ((shifts.next().value ?? 0) | 0) / timescale }
        : sample;
      offset += bytes;
      decodeTime += durations.next().value ?? 0;
      index++;
    }
  }
}

/** Whether the movie header tells of any sample; in a file of fragments it does not. */
export function hasSamples(stbl: Uint8Array): boolean {
  const box = childBoxes(stbl, 0, stbl.length).find(({ type }) => type === 'stts');
  return box !== undefined && box.end - box.bodyStart >= 8 && viewOf(bodyOf(stbl, box)).getUint32(4) > 0;
}

interface Table {
  readonly view: DataView;
  /** Byte of entry `i`. */
  entry(i: number): number;
  readonly count: number;
}

/** A full box of `count` entries of `stride` bytes; a count that the box cannot hold is a lie of the file. */
function table(stbl: Uint8Array, box: Box | undefined, name: string, stride: number): Table {
  if (!box) throw new MediaError('bad_media', `the track has no ${name}`);
  const body = bodyOf(stbl, box);
  if (body.length < 8) throw new MediaError('bad_media', `${name} is cut off`);
  const view = viewOf(body);
  const count = view.getUint32(4);
  if (8 + count * stride > body.length) {
    throw new MediaError('bad_media', `${name} claims ${count} entries, more than it holds`);
  }
  return { view, count, entry: (i) => 8 + i * stride };
}

interface Sizes {
  readonly count: number;
  at(index: number): number;
}

function sizeTable(stbl: Uint8Array, boxes: Map<string, Box>): Sizes {
  const compact = boxes.get('stz2');
  const box = boxes.get('stsz') ?? compact;
  if (!box) throw new MediaError('bad_media', 'the track has no stsz');
  if (box === compact) return compactSizes(bodyOf(stbl, box));
  const body = bodyOf(stbl, box);
  if (body.length < 12) throw new MediaError('bad_media', 'stsz is cut off');
  const view = viewOf(body);
  const fixed = view.getUint32(4);
  const count = view.getUint32(8);
  // With a fixed size there are no entries, so the count is bounded by whoever reads on.
  if (fixed !== 0) return { count, at: () => fixed };
  if (12 + count * 4 > body.length) {
    throw new MediaError('bad_media', `stsz claims ${count} samples, more than it holds`);
  }
  return { count, at: (index) => view.getUint32(12 + index * 4) };
}

/** `stz2`: sizes of 4, 8 or 16 bits. */
function compactSizes(body: Uint8Array): Sizes {
  if (body.length < 12) throw new MediaError('bad_media', 'stz2 is cut off');
  const view = viewOf(body);
  const bits = view.getUint8(7);
  const count = view.getUint32(8);
  if (![4, 8, 16].includes(bits) || 12 + (count * bits) / 8 > body.length) {
    throw new MediaError('bad_media', `stz2 claims ${count} samples of ${bits} bits, which it does not hold`);
  }
  if (bits === 16) return { count, at: (index) => view.getUint16(12 + index * 2) };
  if (bits === 8) return { count, at: (index) => view.getUint8(12 + index) };
  return { count, at: (index) => (view.getUint8(12 + (index >> 1)) >> (index % 2 === 0 ? 4 : 0)) & 0x0f };
}

/** Runs of (how many samples, what each has): `stts`, `ctts`. */
function* runsOf(runs: Table): Generator<number> {
  for (let i = 0; i < runs.count; i++) {
    const samples = runs.view.getUint32(runs.entry(i));
    const value = runs.view.getUint32(runs.entry(i) + 4);
    for (let n = 0; n < samples; n++) yield value;
  }
}

/** How many samples each chunk holds, chunk by chunk; the last run goes on for ever. */
function* samplesPerChunk(stsc: Table): Generator<number> {
  for (let i = 0; i < stsc.count; i++) {
    const first = stsc.view.getUint32(stsc.entry(i));
    const perChunk = stsc.view.getUint32(stsc.entry(i) + 4);
    const next = i + 1 < stsc.count ? stsc.view.getUint32(stsc.entry(i + 1)) : Number.POSITIVE_INFINITY;
    for (let chunk = first; chunk < next; chunk++) yield perChunk;
  }
}

function* chunkOffsets(stbl: Uint8Array, boxes: Map<string, Box>): Generator<number> {
  const wide = boxes.get('co64');
  const offsets = wide ? table(stbl, wide, 'co64', 8) : table(stbl, boxes.get('stco'), 'stco', 4);
  for (let i = 0; i < offsets.count; i++) {
    const at = offsets.entry(i);
    yield wide ? Number(offsets.view.getBigUint64(at)) : offsets.view.getUint32(at);
  }
}
