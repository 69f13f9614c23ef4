import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRange } from '../../sandbox/byte-range.ts';

describe('readRange', () => {
  it.each([
    ['bytes=0-0', { kind: 'part', first: 0, last: 0 }],
    ['bytes=0-99', { kind: 'part', first: 0, last: 99 }],
    ['bytes=10-', { kind: 'part', first: 10, last: 99 }],
    ['bytes=90-5000', { kind: 'part', first: 90, last: 99 }],
    ['bytes=-10', { kind: 'part', first: 90, last: 99 }],
    ['bytes=-5000', { kind: 'part', first: 0, last: 99 }],
    ['BYTES= 5-6 ', { kind: 'part', first: 5, last: 6 }],
  ])('reads %s of 100 bytes', (header, expected) => {
    expect(readRange(header, 100)).toEqual(expected);
  });

  it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', 'bytes=99999999999999999999-'])(
    'says that nothing of 100 bytes lies in %s',
    (header) => {
      expect(readRange(header, 100)).toEqual({ kind: 'unsatisfiable' });
    },
  );

  it.each([
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-4',
    'bytes=0-1,3-4',
    'items=0-1',
    'bytes=a-b',
    'bytes=0x1-2',
  ])('ignores %s', (header) => {
    expect(readRange(header, 100)).toEqual({ kind: 'whole' });
  });

  it('has nothing to give of an empty content', () => {
    expect(readRange('bytes=0-', 0)).toEqual({ kind: 'unsatisfiable' });
    expect(readRange('bytes=-1', 0)).toEqual({ kind: 'unsatisfiable' });
    expect(readRange(undefined, 0)).toEqual({ kind: 'whole' });
  });

  it('gives exactly the bytes of a well-formed range that are there, for any sizes', () => {
    const size = fc.integer({ min: 1, max: 1e9 });
    fc.assert(
      fc.property(size, fc.nat(2e9), fc.nat(2e9), (bytes, first, length) => {
        const range = readRange(`bytes=${first}-${first + length}`, bytes);
        if (first >= bytes) expect(range).toEqual({ kind: 'unsatisfiable' });
        else expect(range).toEqual({ kind: 'part', first, last: Math.min(first + length, bytes - 1) });
      }),
    );
  });

  it('never leaves the content, whatever the header says', () => {
    const header = fc.oneof(fc.string(), fc.stringMatching(/^bytes=[\d,-]{0,30}$/));
    fc.assert(
      fc.property(header, fc.nat(1000), (text, bytes) => {
        const range = readRange(text, bytes);
        if (range.kind !== 'part') return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.first).toBeLessThanOrEqual(range.last);
        expect(range.last).toBeLessThan(bytes);
      }),
    );
  });
});
