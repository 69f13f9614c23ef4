import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutPoints, cutWithin } from '../../../probes/upload/cut.ts';

describe('cutPoints', () => {
  it('are shares of the payload in whole bytes, in order, each once', () => {
    expect(cutPoints(1000, [90, 10, 50, 50])).toEqual([100, 500, 900]);
    expect(cutPoints(7, [50])).toEqual([3]);
  });

  it('are none where nothing is to be cut', () => {
    expect(cutPoints(1000, [])).toEqual([]);
  });
});

describe('cutWithin', () => {
  it('is the first point within the request, counted from its start', () => {
    expect(cutWithin([100, 500, 900], 0, 1000, 'reset')).toEqual({ atBytes: 100, kind: 'reset' });
    expect(cutWithin([500, 900], 400, 200, 'half_open')).toEqual({ atBytes: 100, kind: 'half_open' });
  });

  it('is none where no point lies within it', () => {
    expect(cutWithin([500], 0, 499, 'reset')).toBeUndefined();
    expect(cutWithin([500], 500, 500, 'reset')).toBeUndefined();
    expect(cutWithin([], 0, 1000, 'reset')).toBeUndefined();
  });

  it('comes a byte early where it falls on the end of the request', () => {
    expect(cutWithin([500], 0, 500, 'reset')).toEqual({ atBytes: 499, kind: 'reset' });
  });

  it('always leaves something of the request unsent, and finds every point in exactly one request', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 600 }),
        fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 5 }),
        (size, chunk, percents) => {
          for (const point of cutPoints(size, percents).filter((at) => at > 0)) {
            let found = 0;
            for (let offset = 0; offset < size; offset += chunk) {
              const length = Math.min(chunk, size - offset);
              const cut = cutWithin([point], offset, length, 'reset');
              if (!cut) continue;
              found++;
              expect(cut.atBytes).toBeLessThan(length);
              expect(Math.abs(offset + cut.atBytes - point)).toBeLessThanOrEqual(1);
            }
            expect(found).toBe(1);
          }
        },
      ),
    );
  });
});
