import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMovieHeader, wholeBoxes } from '../../../probes/feed/fragmented-boxes.ts';

const clips = join(import.meta.dirname, '../../../sandbox/clips');
const clip = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(clips, path)));

function box(name: string, ...parts: readonly (number | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const payload = Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + payload.length);
  head.write(name, 4, 'latin1');
  return new Uint8Array(Buffer.concat([head, payload]));
}

function join8(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

const EIGHT = new Uint8Array(8);

describe('the boxes of a fragmented file', () => {
  it('are counted while they are whole', () => {
    const bytes = join8(box('ftyp', EIGHT), box('moov', EIGHT), box('moof', EIGHT));
    for (const [there, whole] of [
      [0, 0],
      [15, 0],
      [16, 16],
      [40, 32],
      [47, 32],
      [48, 48],
    ] as const)
      expect(wholeBoxes(bytes.slice(0, there)).length, `of ${there}`).toBe(whole);
  });

  it('tell the movie header when it is there whole', () => {
    const bytes = join8(box('ftyp', EIGHT), box('moov', EIGHT), box('moof', EIGHT));
    expect(wholeBoxes(bytes.slice(0, 31)).moov).toBeUndefined();
    expect(wholeBoxes(bytes.slice(0, 33)).moov).toEqual(bytes.slice(16, 32));
  });

  it('may be of 64 bits; one that has no size, or none that can be, is never whole', () => {
    const large = join8(
      Uint8Array.of(0, 0, 0, 1),
      Buffer.from('mdat'),
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 24),
      EIGHT,
    );
    expect(wholeBoxes(large).length).toBe(24);
    for (const size of [0, 7])
      expect(wholeBoxes(join8(Uint8Array.of(0, 0, 0, size), EIGHT, EIGHT)).length).toBe(0);
    expect(wholeBoxes(new Uint8Array(100).fill(7)).length).toBe(0);
  });

  it('of a part of a larger buffer are looked for in that part', () => {
    const bytes = join8(EIGHT, box('ftyp', EIGHT));
    expect(wholeBoxes(bytes.subarray(8)).length).toBe(16);
  });
});

describe('a movie header', () => {
  const headerOf = (path: string) => {
    const { moov } = wholeBoxes(clip(path));
    if (!moov) throw new Error(`${path} has none.`);
    return readMovieHeader(moov);
  };

  it.each([
    ['v/clip-fragmented.mp4', true],
    ['v/clip-sidx.mp4', true],
    ['hls/fmp4/640p/init_0.mp4', true],
    ['v/clip.mp4', false],
  ])('of %s announces fragments: %s', (path, isFragmented) => {
    expect(headerOf(path).isFragmented).toBe(isFragmented);
    expect(headerOf(path).codecs).toEqual([expect.stringMatching(/^avc1\.4d4[0-9a-f]{3}$/), 'mp4a.40.2']);
  });

  it('of HEVC names it', () => {
    expect(headerOf('v/clip-hevc.mp4').codecs).toEqual(['hvc1.1.6.L93.B0', 'mp4a.40.2']);
  });

  it.each([
    ['av01.0.04M.08', box('av1C', 0x81, 0x04, 0x0c, 0)],
    ['av01.0.08H.10', box('av1C', 0x81, 0x08, 0xcc, 0)],
    ['vp09.00.31.08', box('vpcC', 1, 0, 0, 0, 0, 31, 0x80)],
    ['avc1.64001f', box('avcC', 1, 0x64, 0, 0x1f)],
    ['opus', box('Opus', EIGHT)],
  ])('has the codec %s', (codec, inner) => {
    expect(readMovieHeader(box('moov', inner)).codecs).toEqual([codec]);
  });

  it('without a codec that is known has none', () => {
    expect(readMovieHeader(box('moov', box('mp4v', EIGHT)))).toEqual({ isFragmented: false, codecs: [] });
  });
});
