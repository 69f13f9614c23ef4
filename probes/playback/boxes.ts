/** The box structure of ISO BMFF (ISO/IEC 14496-12 §4.2): headers and children, without copying. */
import { PLAYBACK_LIMITS } from './limits.ts';
import { MediaError } from './media-error.ts';

/** A box by its place: offsets are into whatever the header was read from. */
export interface Box {
  readonly type: string;
  readonly start: number;
  /** First byte after the header. */
  readonly bodyStart: number;
  /** Exclusive; `Infinity` when the box runs to the end of the file (size 0). */
  readonly end: number;
}

/** The longest header: 32-bit size, type, 64-bit size. */
export const BOX_HEADER_BYTES_MAX = 16;

const TYPE = /^[\x20-\x7e\xa9]{4}$/;

/**
 * The header at `at`; undefined while it is not whole yet.
 * @throws MediaError bad_media when what stands there is not a box.
 */
export function readBoxHeader(bytes: Uint8Array, at: number): Box | undefined {
  if (bytes.length < at + 8) return undefined;
  const view = viewOf(bytes);
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  if (!TYPE.test(type)) throw new MediaError('bad_media', `no box at byte ${at}: the type is not text`);
  const size = view.getUint32(at);
  if (size === 0) return { type, start: at, bodyStart: at + 8, end: Number.POSITIVE_INFINITY };
  if (size !== 1) return checked({ type, start: at, bodyStart: at + 8, end: at + size });
  if (bytes.length < at + 16) return undefined;
  const large = view.getBigUint64(at + 8);
  if (large > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new MediaError('bad_media', `the box ${type} at byte ${at} claims ${large} bytes`);
  }
  return checked({ type, start: at, bodyStart: at + 16, end: at + Number(large) });
}

function checked(box: Box): Box {
  if (box.end >= box.bodyStart) return box;
  throw new MediaError('bad_media', `the box ${box.type} at byte ${box.start} is shorter than its header`);
}

/**
 * The children of a box whose bytes are all there.
 * @throws MediaError bad_media when a child passes the end of its parent, or there are too many.
 */
export function childBoxes(bytes: Uint8Array, start: number, end: number): Box[] {
  const boxes: Box[] = [];
  let at = start;
  // Up to 7 bytes may follow the last child: QuickTime ends some containers with a zero word.
  while (at + 8 <= end) {
    const box = readBoxHeader(bytes, at);
    if (!box) break;
    const stop = box.end === Number.POSITIVE_INFINITY ? end : box.end;
    if (stop > end) throw new MediaError('bad_media', `the box ${box.type} passes the end of its parent`);
    if (boxes.length >= PLAYBACK_LIMITS.boxes.value) throw new MediaError('bad_media', 'too many boxes');
    boxes.push({ ...box, end: stop });
    at = stop;
  }
  return boxes;
}

/** The bytes of a box without its header. */
export function bodyOf(bytes: Uint8Array, box: Box): Uint8Array {
  return bytes.subarray(box.bodyStart, box.end);
}

/** Big-endian access to a part of a buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
