import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { childBoxes } from '../../../probes/playback/boxes.ts';
import { makePayload } from '../../../probes/upload/payload.ts';

/** A random source that starts anew from a seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

describe('makePayload', () => {
  it.each([1, 7, 31, 32, 33, 1000, 256 * 1024, 1024 * 1024 + 3, 3_000_001])(
    'has exactly %d bytes',
    (size) => {
      expect(makePayload(size, seeded(1))).toHaveLength(size);
    },
  );

  it('differs from run to run, and not for the same draws', () => {
    expect(makePayload(1000, seeded(1)).equals(makePayload(1000, seeded(1)))).toBe(true);
    expect(makePayload(1000, seeded(1)).equals(makePayload(1000, seeded(2)))).toBe(false);
  });

  it('differs between runs whose first draw is the same', () => {
    const draws = (second: number) => {
      const values = [0.5, second];
      return () => values.shift() ?? 0;
    };
    expect(makePayload(1000, draws(0.1)).equals(makePayload(1000, draws(0.2)))).toBe(false);
  });

  it('does not compress', () => {
    const payload = makePayload(256 * 1024, seeded(3));
    expect(gzipSync(payload).length).toBeGreaterThan(payload.length * 0.99);
  });

  it('has no two equal megabytes', () => {
    const payload = makePayload(3 * 1024 * 1024, seeded(4));
    const parts = [0, 1, 2].map((n) => payload.subarray(n * 1024 * 1024, (n + 1) * 1024 * 1024));
    expect(parts[1]?.equals(parts[2] ?? Buffer.alloc(0))).toBe(false);
  });

  it('has the boxes of an MP4', () => {
    const payload = makePayload(5000, seeded(5));
    const boxes = childBoxes(payload, 0, payload.length).map(({ type, end }) => [type, end]);
    expect(boxes).toEqual([
      ['ftyp', 24],
      ['mdat', 5000],
    ]);
  });
});
