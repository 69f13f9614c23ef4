import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextChunk } from '../../../probes/upload/chunk-plan.ts';

const sizes = { size: fc.integer({ min: 1, max: 100_000 }), chunk: fc.integer({ min: 1, max: 120_000 }) };

describe('nextChunk', () => {
  it('covers every byte exactly once, in order, with only the last chunk shorter', () => {
    fc.assert(
      fc.property(sizes.size, fc.integer({ min: 500, max: 120_000 }), (size, chunkBytes) => {
        const lengths: number[] = [];
        let offset = 0;
        for (let c = nextChunk(offset, size, chunkBytes); c; c = nextChunk(offset, size, chunkBytes)) {
          expect(c.offset).toBe(offset);
          lengths.push(c.length);
          offset += c.length;
        }
        expect(offset).toBe(size);
        expect(lengths).toHaveLength(Math.ceil(size / chunkBytes));
        for (const length of lengths.slice(0, -1)) expect(length).toBe(chunkBytes);
      }),
    );
  });

  it('goes on from wherever the server says that it stands', () => {
    fc.assert(
      fc.property(
        sizes.size,
        sizes.chunk,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (size, chunk, part) => {
          const offset = Math.floor(size * part);
          const next = nextChunk(offset, size, chunk);
          if (offset === size) expect(next).toBeUndefined();
          else expect(next).toEqual({ offset, length: Math.min(chunk, size - offset) });
        },
      ),
    );
  });
});
