import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../../probes/upload/chunk-plan.ts';
import {
  floorChunk,
  floorFault,
  floorPlan,
  PART_BYTES_MIN,
  partFault,
  SESSION_CHUNK_UNIT,
  sessionFault,
} from '../../../probes/upload/chunk-rules.ts';

const LIMITS = { minChunkBytes: 5_000_000, maxChunkBytes: 64_000_000 };
const sizes = fc.integer({ min: 1, max: 2 ** 31 });

/** Every chunk of a payload, one after the other. */
function allChunks(sizeBytes: number, chunkBytes: number): Chunk[] {
  const plan = floorPlan(sizeBytes, chunkBytes);
  const chunks: Chunk[] = [];
  for (let offset = 0; offset < sizeBytes; ) {
    const chunk = floorChunk(offset, sizeBytes, plan);
    if (!chunk) break;
    chunks.push(chunk);
    offset += chunk.length;
  }
  return chunks;
}

describe('the floor rule', () => {
  it('cuts the example of its platform as that does: 50,000,123 bytes by 10,000,000', () => {
    expect(floorPlan(50_000_123, 10_000_000)).toEqual({ chunkBytes: 10_000_000, chunkCount: 5 });
    const chunks = allChunks(50_000_123, 10_000_000);
    expect(chunks.map(({ offset }) => offset)).toEqual([0, 10_000_000, 20_000_000, 30_000_000, 40_000_000]);
    expect(chunks.at(-1)?.length).toBe(10_000_123);
  });

  it.each([
    [4_999_999, 10_000_000],
    [5_000_000, 10_000_000],
    [9_999_999, 10_000_000],
    [10_000_000, 10_000_000],
    [19_999_999, 10_000_000],
    [1, 1],
  ])('sends %d bytes by %d as a whole, under their own size', (size, chunk) => {
    expect(floorPlan(size, chunk)).toEqual({ chunkBytes: size, chunkCount: 1 });
    expect(allChunks(size, chunk)).toEqual([{ offset: 0, length: size }]);
  });

  it('covers every byte once, in order; only the last chunk is larger, and less than twice as large', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 1000 }), (size, count) => {
        const chunkBytes = Math.max(1, Math.ceil(size / count));
        const { chunkBytes: announced, chunkCount } = floorPlan(size, chunkBytes);
        const chunks = allChunks(size, chunkBytes);
        expect(chunks).toHaveLength(chunkCount);
        expect(chunkCount).toBe(Math.floor(size / announced));
        let end = 0;
        for (const { offset, length } of chunks) {
          expect(offset).toBe(end);
          end += length;
        }
        expect(end).toBe(size);
        expect(chunks.slice(0, -1).every(({ length }) => length === announced)).toBe(true);
        const last = chunks.at(-1)?.length ?? 0;
        expect(last).toBeGreaterThanOrEqual(announced);
        expect(last).toBeLessThan(2 * announced);
      }),
      { numRuns: 60 },
    );
  });

  it('goes on from any offset to the end of the chunk that it is in', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 2 ** 26 }), fc.nat(), (size, chunkBytes, seed) => {
        const plan = floorPlan(size, chunkBytes);
        const offset = seed % (size + 1);
        const chunk = floorChunk(offset, size, plan);
        if (offset === size) {
          expect(chunk).toBeUndefined();
          return;
        }
        const end = (chunk?.offset ?? 0) + (chunk?.length ?? 0);
        expect(chunk?.offset).toBe(offset);
        expect(chunk?.length).toBeGreaterThan(0);
        expect(end === size || end % plan.chunkBytes === 0).toBe(true);
      }),
    );
  });

  it('never breaks the limits of the service in a plan without a fault', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 2 ** 27 }), (size, chunkBytes) => {
        fc.pre(floorFault(size, chunkBytes, LIMITS) === undefined);
        const { chunkBytes: announced, chunkCount } = floorPlan(size, chunkBytes);
        expect(announced).toBeLessThanOrEqual(64_000_000);
        if (size >= 5_000_000) expect(announced).toBeGreaterThanOrEqual(5_000_000);
        if (size < 5_000_000) expect(chunkCount).toBe(1);
        if (size > 64_000_000) expect(chunkCount).toBeGreaterThan(1);
        // The last one, whatever rides in it.
        expect(size - (chunkCount - 1) * announced).toBeLessThanOrEqual(128_000_000);
      }),
    );
  });

  it.each([
    [50_000_123, 4_999_999, /at least/],
    [100_000_000, 64_000_001, /at most/],
    [200_000_000, 65_000_000, /at most/],
    [4_000_000, 1_000_000, /at least/],
  ])('says what is wrong with %d bytes by %d', (size, chunk, expected) => {
    expect(floorFault(size, chunk, LIMITS)).toMatch(expected);
  });
});

describe('the chunks of a resumable session', () => {
  it.each([
    [10_000_000, SESSION_CHUNK_UNIT, true],
    [10_000_000, 8 * 1024 * 1024, true],
    [10_000_000, 8 * 1000 * 1000, false],
    [100, 131_072, true],
    [131_072, 131_072, true],
    [131_073, 131_072, false],
  ])('of %d bytes by %d: allowed is %s', (size, chunk, isAllowed) => {
    expect(sessionFault(size, chunk) === undefined).toBe(isAllowed);
  });
});

describe('the parts of a multipart upload', () => {
  it.each([
    [64 * 1024 * 1024, PART_BYTES_MIN, true],
    [64 * 1024 * 1024, PART_BYTES_MIN - 1, false],
    [100, 100, true],
    [100, 99, false],
  ])('of %d bytes by %d: allowed is %s', (size, part, isAllowed) => {
    expect(partFault(size, part) === undefined).toBe(isAllowed);
  });
});
