import { describe, expect, it } from 'vitest';
import { box, boxesOf, dropBox, growMediaToEnd, insertBefore } from './edit-boxes.ts';

/** A file whose one chunk offset points at its media. */
function file(): Buffer {
  const ftyp = box('ftyp', Buffer.from('isom'));
  const stco = (offset: number) => {
    const content = Buffer.alloc(12);
    content.writeUInt32BE(1, 4);
    content.writeUInt32BE(offset, 8);
    return box('stco', content);
  };
  const moovSize = box('moov', stco(0)).length;
  return Buffer.concat([
    ftyp,
    box('moov', stco(ftyp.length + moovSize + 8)),
    box('mdat', Buffer.from('media')),
  ]);
}

/** What the chunk offset points at. */
function pointedAt(bytes: Buffer): string {
  const offset = bytes.readUInt32BE(bytes.indexOf('stco') + 12);
  return bytes.toString('latin1', offset, offset + 5);
}

const types = (bytes: Buffer): string[] => boxesOf(bytes).map(({ type }) => type);

describe('boxes', () => {
  it('are added, and what points at the media still does', () => {
    const more = [box('free', Buffer.alloc(10)), box('uuid', Buffer.alloc(3))];
    const added = insertBefore(file(), 'moov', more);
    expect(types(added)).toEqual(['ftyp', 'free', 'uuid', 'moov', 'mdat']);
    expect(pointedAt(added)).toBe('media');
    expect(pointedAt(insertBefore(file(), 'mdat', more))).toBe('media');
  });

  it('are dropped, and what points at the media still does', () => {
    expect(types(dropBox(file(), 'moov'))).toEqual(['ftyp', 'mdat']);
    expect(pointedAt(dropBox(file(), 'ftyp'))).toBe('media');
  });

  it('can have their size in eight bytes', () => {
    const large = box('skip', Buffer.from('abc'), { isLarge: true });
    expect(large.readUInt32BE(0)).toBe(1);
    expect(large.readBigUInt64BE(8)).toBe(19n);
  });

  it('can go to the end of the file', () => {
    const grown = growMediaToEnd(file());
    expect(grown.readUInt32BE(boxesOf(file())[2]?.at ?? 0)).toBe(0);
    expect(grown.length).toBe(file().length);
  });

  it('that are not there are an error', () => {
    expect(() => dropBox(file(), 'sidx')).toThrow('there is no box sidx');
    expect(() => boxesOf(Buffer.alloc(20))).toThrow('has a size of 0');
  });
});
