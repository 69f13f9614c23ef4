/** A segment index (`sidx`, ISO/IEC 14496-12 §8.16.3): where the fragments of a file lie. */
import { readBoxHeader, viewOf } from './boxes.ts';
import { MediaError } from './media-error.ts';

export interface IndexedSegment {
  /** First byte in the file. */
  readonly offset: number;
  readonly bytes: number;
  readonly durationS: number;
}

export interface SegmentIndex {
  readonly segments: readonly IndexedSegment[];
  /** Where the last one ends. */
  readonly end: number;
  /** Its entries are further indexes, not media. */
  readonly nested: boolean;
}

/** Reads a whole `sidx`, header included, whose last byte is before `boxEnd` of the file. @throws MediaError bad_media. */
export function parseSegmentIndex(box: Uint8Array, boxEnd: number): SegmentIndex {
  const body = box.subarray(readBoxHeader(box, 0)?.bodyStart ?? 8);
  const wide = body[0] === 1;
  const countAt = wide ? 30 : 22;
  if (body.length < countAt + 2) throw new MediaError('bad_media', 'sidx is cut off');
  const view = viewOf(body);
  const timescale = view.getUint32(8);
  const gap = wide ? Number(view.getBigUint64(20)) : view.getUint32(16);
  const count = view.getUint16(countAt);
  if (timescale === 0) throw new MediaError('bad_media', 'sidx has a timescale of 0');
  if (body.length < countAt + 2 + count * 12) {
    throw new MediaError('bad_media', `sidx claims ${count} segments, more than it holds`);
  }
  const segments: IndexedSegment[] = [];
  let offset = boxEnd + gap;
  let nested = false;
  for (let i = 0; i < count; i++) {
    const at = countAt + 2 + i * 12;
    const reference = view.getUint32(at);
    const bytes = reference & 0x7fffffff;
    nested ||= reference !== bytes;
    segments.push({ offset, bytes, durationS: view.getUint32(at + 4) / timescale });
    offset += bytes;
  }
  return { segments, end: offset, nested };
}
