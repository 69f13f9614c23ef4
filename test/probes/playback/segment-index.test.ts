import { describe, expect, it } from 'vitest';
import { parseSegmentIndex } from '../../../probes/playback/segment-index.ts';
import { makeBox, segmentIndex, words } from './clips.ts';

describe('parseSegmentIndex', () => {
  it('tells where each segment lies and how long it plays', () => {
    const box = segmentIndex([Buffer.alloc(500), Buffer.alloc(700)], 40);
    const index = parseSegmentIndex(box, 2000);
    expect(index).toEqual({
      segments: [
        { offset: 2040, bytes: 500, durationS: 1 },
        { offset: 2540, bytes: 700, durationS: 1 },
      ],
      end: 3240,
      nested: false,
    });
  });

  it('reads times and places of 64 bits', () => {
    const box = makeBox('sidx', words(0x01000000, 1, 1000, 0, 0, 0, 7, 1, 900, 2500, 0));
    expect(parseSegmentIndex(box, 100)).toMatchObject({
      segments: [{ offset: 107, bytes: 900, durationS: 2.5 }],
      end: 1007,
    });
  });

  it('knows entries that are indexes themselves', () => {
    const box = makeBox('sidx', words(0, 1, 1000, 0, 0, 1, 0x80000000 + 50, 1000, 0));
    expect(parseSegmentIndex(box, 100)).toMatchObject({ nested: true, end: 150 });
  });

  it.each([
    ['is cut off', makeBox('sidx', words(0, 1, 1000)), /cut off/],
    ['claims more than it holds', makeBox('sidx', words(0, 1, 1000, 0, 0, 9, 1, 1, 1)), /claims 9/],
    ['has no time scale', makeBox('sidx', words(0, 1, 0, 0, 0, 0)), /timescale/],
  ])('refuses one that %s', (_what, box, expected) => {
    expect(() => parseSegmentIndex(box, 0)).toThrow(expected);
  });
});
