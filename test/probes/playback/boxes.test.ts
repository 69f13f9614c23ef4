import { describe, expect, it } from 'vitest';
import { childBoxes, readBoxHeader } from '../../../probes/playback/boxes.ts';
import { MediaError } from '../../../probes/playback/media-error.ts';
import { clip, makeBox, topBoxes, words } from './clips.ts';

describe('readBoxHeader', () => {
  it('reads a plain header', () => {
    expect(readBoxHeader(makeBox('free', words(1, 2)), 0)).toEqual({
      type: 'free',
      start: 0,
      bodyStart: 8,
      end: 16,
    });
  });

  it('reads a 64-bit size', () => {
    const box = Buffer.concat([words(1), Buffer.from('mdat'), words(1, 16)]);
    expect(readBoxHeader(box, 0)).toEqual({ type: 'mdat', start: 0, bodyStart: 16, end: 2 ** 32 + 16 });
  });

  it('takes size 0 to mean the end of the file', () => {
    const box = Buffer.concat([words(0), Buffer.from('mdat')]);
    expect(readBoxHeader(box, 0)?.end).toBe(Number.POSITIVE_INFINITY);
  });

  it('waits for a header that is not whole', () => {
    const box = Buffer.concat([words(1), Buffer.from('mdat'), words(0, 16)]);
    for (let length = 0; length < 16; length++) {
      expect(readBoxHeader(box.subarray(0, length), 0)).toBeUndefined();
    }
  });

  it.each([
    ['a type that is not text', Buffer.concat([words(16, 0), words(0, 0)])],
    ['a size smaller than the header', Buffer.concat([words(4), Buffer.from('free')])],
    ['a 64-bit size smaller than its header', Buffer.concat([words(1), Buffer.from('free'), words(0, 8)])],
    ['a size beyond any file', Buffer.concat([words(1), Buffer.from('free'), words(0x7fffffff, 0)])],
    ['a web page', Buffer.from('<!doctype html><html>')],
  ])('refuses %s', (_what, bytes) => {
    expect(() => childBoxes(bytes, 0, bytes.length)).toThrow(MediaError);
  });
});

describe('childBoxes', () => {
  it('lists the boxes of a real file', () => {
    const file = clip('v/clip.mp4');
    const found = childBoxes(file, 0, file.length).map(({ type, start, end }) => ({ type, start, end }));
    expect(found).toEqual(topBoxes(file));
  });

  it('refuses a child that passes the end of its parent', () => {
    const bytes = makeBox('free', words(1, 2, 3));
    expect(() => childBoxes(bytes, 0, bytes.length - 4)).toThrow(/passes the end/);
  });

  it('ends at a limit however many boxes there are', () => {
    const bytes = Buffer.concat(Array.from({ length: 2000 }, () => makeBox('free')));
    expect(() => childBoxes(bytes, 0, bytes.length)).toThrow(/too many/);
  });
});
