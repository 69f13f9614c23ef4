/** The top-level boxes of an MP4 (ISO/IEC 14496-12 §4.2), moved, dropped and added; chunk offsets follow. */

export interface TopBox {
  readonly type: string;
  readonly at: number;
  readonly size: number;
}

export function boxesOf(file: Buffer): TopBox[] {
  const boxes: TopBox[] = [];
  for (let at = 0; at + 8 <= file.length; ) {
    const size = file.readUInt32BE(at);
    if (size < 8 || at + size > file.length) throw new Error(`a box at ${at} has a size of ${size}`);
    boxes.push({ type: file.toString('latin1', at + 4, at + 8), at, size });
    at += size;
  }
  return boxes;
}

/** `isLarge`: with the size in eight bytes behind the type. */
export function box(type: string, content: Buffer, { isLarge = false } = {}): Buffer {
  const head = Buffer.alloc(isLarge ? 16 : 8);
  head.writeUInt32BE(isLarge ? 1 : head.length + content.length);
  head.write(type, 4, 'latin1');
  if (isLarge) head.writeBigUInt64BE(BigInt(head.length + content.length), 8);
  return Buffer.concat([head, content]);
}

/** Puts boxes in front of the first of a type. */
export function insertBefore(file: Buffer, type: string, added: readonly Buffer[]): Buffer {
  const { at } = theBox(file, type);
  const more = Buffer.concat(added);
  return Buffer.concat([
    moved(file, at, more.length, file.subarray(0, at)),
    more,
    moved(file, at, more.length, file.subarray(at)),
  ]);
}

/** Without the first box of a type. */
export function dropBox(file: Buffer, type: string): Buffer {
  const { at, size } = theBox(file, type);
  const before = moved(file, at, -size, file.subarray(0, at));
  return Buffer.concat([before, moved(file, at, -size, file.subarray(at + size))]);
}

/** The media box comes last, and says that it goes to the end of the file (size 0). */
export function growMediaToEnd(file: Buffer): Buffer {
  const { at, size } = theBox(file, 'mdat');
  if (at + size !== file.length) throw new Error('the media is not the last box');
  const grown = Buffer.from(file);
  grown.writeUInt32BE(0, at);
  return grown;
}

/** The first track is shown turned by a quarter (the matrix of its header, §8.3.2), as phones write it. */
export function turnPicture(file: Buffer): Buffer {
  const turned = Buffer.from(file);
  const matrix = turned.indexOf('tkhd') + 4 + 40;
  const quarter = [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000];
  for (const [at, value] of quarter.entries()) turned.writeInt32BE(value, matrix + at * 4);
  return turned;
}

function theBox(file: Buffer, type: string): TopBox {
  const found = boxesOf(file).find((each) => each.type === type);
  if (!found) throw new Error(`there is no box ${type}`);
  return found;
}

/**
 * A copy of `part` whose chunk offsets (stco, §8.7.5) are moved where what they point at moves: all of them, since media follows
 * what is added or dropped.
 */
function moved(file: Buffer, fromByte: number, by: number, part: Buffer): Buffer {
  const copy = Buffer.from(part);
  const media = theBox(file, 'mdat').at;
  if (media < fromByte) return copy;
  for (let at = copy.indexOf('stco'); at !== -1; at = copy.indexOf('stco', at + 4)) {
    const count = copy.readUInt32BE(at + 8);
    for (let entry = 0; entry < count; entry += 1) {
      const place = at + 12 + entry * 4;
      copy.writeUInt32BE(copy.readUInt32BE(place) + by, place);
    }
  }
  return copy;
}
