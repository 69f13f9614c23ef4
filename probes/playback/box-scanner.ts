/** Walks the top-level boxes of a file that arrives in pieces, and keeps the whole of those that are asked for. */
import { BOX_HEADER_BYTES_MAX, type Box, readBoxHeader } from './boxes.ts';
import { PLAYBACK_LIMITS } from './limits.ts';
import { MediaError } from './media-error.ts';

/** A box whose header was read; `bytes` is the whole box, header included, when its type was asked for. */
export interface ScannedBox extends Box {
  readonly bytes?: Uint8Array;
}

/**
 * Feed it the bytes of a file in order. A box that was not asked for is reported as soon as its
 * header is there, one that was asked for when its last byte is.
 */
export class BoxScanner {
  readonly #keep: ReadonlySet<string>;
  /** Where in the file the next bytes belong. */
  #position: number;
  /** Where in the file the box under way begins; may lie beyond `#position` while a box is skipped. */
  #boxAt: number;
  /** Bytes from `#boxAt` on that are not judged yet, in pieces so that a long box is copied once. */
  #pieces: Uint8Array[] = [];
  #held = 0;
  /** Bytes from `#boxAt` on that must be held before looking again is worth it. */
  #wanted = 8;
  #boxes = 0;

  /** The first bytes are those from `position` of the file on; the first box begins at `boxAt`, there or later. */
  constructor(keep: ReadonlySet<string>, position = 0, boxAt = position) {
    this.#keep = keep;
    this.#position = position;
    this.#boxAt = boxAt;
  }

  /** Where the next box begins, which may not have arrived yet. `Infinity` when the last one has no end. */
  get nextBoxAt(): number {
    return this.#boxAt;
  }

  /** @throws MediaError bad_media or too_large. */
  push(chunk: Uint8Array): ScannedBox[] {
    const skip = Math.min(Math.max(this.#boxAt - this.#position, 0), chunk.length);
    this.#position += chunk.length;
    if (skip === chunk.length) return [];
    this.#pieces.push(chunk.subarray(skip));
    this.#held += chunk.length - skip;

    const found: ScannedBox[] = [];
    for (let box = this.#next(); box; box = this.#next()) found.push(box);
    return found;
  }

  #next(): ScannedBox | undefined {
    if (this.#held < this.#wanted) return undefined;
    const bytes = this.#joined();
    const header = readBoxHeader(bytes, 0);
    if (!header) {
      this.#wanted = BOX_HEADER_BYTES_MAX;
      return undefined;
    }
    const length = header.end;
    const keep = this.#keep.has(header.type);
    if (keep && length > PLAYBACK_LIMITS.boxBytes.value) {
      throw new MediaError(
        'too_large',
        `the box ${header.type} has ${length} bytes, more than the probe holds`,
      );
    }
    if (keep && bytes.length < length) {
      this.#wanted = length;
      return undefined;
    }
    return this.#taken(header, bytes, keep);
  }

  #taken(header: Box, bytes: Uint8Array, keep: boolean): ScannedBox {
    if (++this.#boxes > PLAYBACK_LIMITS.boxes.value) throw new MediaError('bad_media', 'too many boxes');
    const at = this.#boxAt;
    const length = header.end;
    this.#boxAt = at + length;
    const rest = bytes.subarray(Math.min(length, bytes.length));
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#held = rest.length;
    this.#wanted = 8;
    const box = { type: header.type, start: at, bodyStart: at + header.bodyStart, end: at + length };
    return keep ? { ...box, bytes: bytes.subarray(0, length) } : box;
  }

  #joined(): Uint8Array {
    const [first] = this.#pieces;
    if (this.#pieces.length === 1 && first) return first;
    const joined = Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }
}
