/** The committed clips, and files made from them that are broken or laid out on purpose. */
import { readFileSync } from 'node:fs';

const ROOT = new URL('../../../sandbox/clips/', import.meta.url);

/** e.g. `v/clip.mp4`, `hls/ts/640p/segment-0.ts`. */
export function clip(path: string): Buffer {
  return readFileSync(new URL(path, ROOT));
}

export interface TopBox {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Top-level boxes, read the plain way: 32-bit sizes only. */
export function topBoxes(file: Buffer): TopBox[] {
  const boxes: TopBox[] = [];
  for (let at = 0; at < file.length; ) {
    const end = at + file.readUInt32BE(at);
    boxes.push({ type: file.toString('latin1', at + 4, at + 8), start: at, end });
    at = end;
  }
  return boxes;
}

export function boxOf(file: Buffer, type: string): TopBox {
  const box = topBoxes(file).find((candidate) => candidate.type === type);
  if (!box) throw new Error(`the file has no ${type}`);
  return box;
}

/** The bytes of one top-level box, header included. */
export function boxBytes(file: Buffer, type: string): Buffer {
  const { start, end } = boxOf(file, type);
  return file.subarray(start, end);
}

/** A box of this type around a body. */
export function makeBox(type: string, ...body: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(body);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + bytes.length, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, bytes]);
}

/** 32-bit words, big endian. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => void bytes.writeUInt32BE(value, i * 4));
  return bytes;
}

/** The clip whose movie header comes last, with media so padded that the header begins at byte `at`. */
export function movieHeaderAt(at: number): Buffer {
  const file = clip('v/clip-moov-end.mp4');
  const mdat = boxOf(file, 'mdat');
  const padding = at - mdat.end;
  const padded = Buffer.concat([file.subarray(0, mdat.end), Buffer.alloc(padding), file.subarray(mdat.end)]);
  padded.writeUInt32BE(mdat.end - mdat.start + padding, mdat.start);
  return padded;
}

/** The clip with a picture that its header calls encrypted. */
export function encryptedClip(): Buffer {
  const file = Buffer.from(clip('v/clip.mp4'));
  file.write('encv', file.indexOf('avc1', boxOf(file, 'moov').start), 'latin1');
  // The entry's last box becomes the scheme: what it was is all that is read of it.
  const child = file.indexOf('avcC');
  file.write('sinf', child, 'latin1');
  file.writeUInt32BE(12, child + 4);
  file.write('frmaavc1', child + 8, 'latin1');
  const length = file.readUInt32BE(child - 4);
  file.writeUInt32BE(length - 20, child + 16);
  file.write('free', child + 20, 'latin1');
  return file;
}

/** A segment index of one track over these parts, which begin `gap` bytes behind it; a thousand ticks a second. */
export function segmentIndex(parts: readonly Buffer[], gap = 0): Buffer {
  const references = parts.flatMap(({ length }) => [length, 1000, 0x90000000]);
  return makeBox('sidx', words(0, 1, 1000, 0, gap, parts.length, ...references));
}

/**
 * The clip in fragments of a second each, with so much padding before each of them but the first that they lie far apart;
 * between header and fragments what `index` makes of them.
 */
export function inFragments(
  paddingBytes: number,
  index: (fragments: readonly Buffer[]) => Buffer = () => Buffer.alloc(0),
): { readonly file: Buffer; readonly starts: readonly number[] } {
  const padding = makeBox('free', Buffer.alloc(paddingBytes));
  const fragments = [0, 1, 2, 3].map((n) => {
    const segment = clip(`hls/fmp4/640p/segment-${n}.m4s`);
    const media = segment.subarray(boxOf(segment, 'moof').start);
    return n === 0 ? media : Buffer.concat([padding, media]);
  });
  const init = clip('hls/fmp4/640p/init_0.mp4');
  const head = Buffer.concat([init, index(fragments)]);
  let at = head.length;
  const starts = fragments.map((fragment, n) => {
    const start = n === 0 ? at : at + padding.length;
    at += fragment.length;
    return start;
  });
  return { file: Buffer.concat([head, ...fragments]), starts };
}
