import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoxScanner, type ScannedBox } from '../../../probes/playback/box-scanner.ts';
import { boxBytes, boxOf, clip, makeBox, topBoxes, words } from './clips.ts';

const KEEP = new Set(['moov']);

/** Feeds the bytes in pieces of these sizes, the last one again and again. */
function scan(bytes: Buffer, sizes: readonly number[]): ScannedBox[] {
  const scanner = new BoxScanner(KEEP);
  const found: ScannedBox[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)] ?? 1;
    found.push(...scanner.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return found;
}

describe('BoxScanner', () => {
  it.each(['v/clip.mp4', 'v/clip-moov-end.mp4'])('finds the boxes of %s however it is cut', (path) => {
    const file = clip(path);
    const expected = topBoxes(file);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1, maxLength: 8 }), (sizes) => {
        const found = scan(file, sizes);
        expect(found.map(({ type, start, end }) => ({ type, start, end }))).toEqual(expected);
        expect(
          Buffer.compare(
            found.find((box) => box.type === 'moov')?.bytes ?? Buffer.alloc(0),
            boxBytes(file, 'moov'),
          ),
        ).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('reports media as soon as its header is there, and a kept box only when it is whole', () => {
    const file = clip('v/clip-moov-end.mp4');
    const mdat = boxOf(file, 'mdat');
    const scanner = new BoxScanner(KEEP);
    const early = scanner.push(file.subarray(0, mdat.start + 8));
    expect(early.at(-1)?.type).toBe('mdat');
    expect(scanner.nextBoxAt).toBe(mdat.end);
    expect(scanner.push(file.subarray(mdat.start + 8, file.length - 1))).toEqual([]);
    expect(scanner.push(file.subarray(-1)).map((box) => box.type)).toEqual(['moov']);
  });

  it('starts in the middle of a file, at a box that begins later than the bytes', () => {
    const file = clip('v/clip-moov-end.mp4');
    const moov = boxOf(file, 'moov');
    const scanner = new BoxScanner(KEEP, moov.start - 1000, moov.start);
    const [found] = scanner.push(file.subarray(moov.start - 1000));
    expect(found).toMatchObject({ type: 'moov', start: moov.start, end: moov.end });
  });

  it('holds a box without an end to nothing', () => {
    const scanner = new BoxScanner(KEEP);
    scanner.push(Buffer.concat([words(0), Buffer.from('mdat')]));
    expect(scanner.push(Buffer.alloc(100_000))).toEqual([]);
    expect(scanner.nextBoxAt).toBe(Number.POSITIVE_INFINITY);
  });

  it('refuses a kept box that is larger than it may hold, at its header', () => {
    const scanner = new BoxScanner(KEEP);
    expect(() => scanner.push(Buffer.concat([words(500_000_000), Buffer.from('moov')]))).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    );
  });

  it('refuses a kept box without an end', () => {
    const scanner = new BoxScanner(KEEP);
    expect(() => scanner.push(Buffer.concat([words(0), Buffer.from('moov')]))).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    );
  });

  it('gives up on a file of nothing but small boxes', () => {
    const boxes = Buffer.concat(Array.from({ length: 2000 }, () => makeBox('free')));
    expect(() => new BoxScanner(KEEP).push(boxes)).toThrow(/too many/);
  });
});
