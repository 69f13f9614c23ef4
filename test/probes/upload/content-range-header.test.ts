import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contentRange,
  heldByContentRange,
  heldByRange,
  unknownRange,
} from '../../../probes/upload/content-range-header.ts';

describe('Content-Range', () => {
  it.each([
    [0, 10_000_000, 50_000_123, 'bytes 0-9999999/50000123'],
    [40_000_000, 10_000_123, 50_000_123, 'bytes 40000000-50000122/50000123'],
    [0, 524_288, 2_000_000, 'bytes 0-524287/2000000'],
    [43, 1_999_957, 2_000_000, 'bytes 43-1999999/2000000'],
    [1000, 0, 1000, 'bytes */1000'],
  ])('is written as the services write it: %d + %d of %d', (offset, length, size, expected) => {
    expect(contentRange(offset, length, size)).toBe(expected);
  });

  it('asks without a range of its own', () => {
    expect(unknownRange(2_000_000)).toBe('bytes */2000000');
  });

  it('read back says what is held', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.nat(), (length, more) => {
        expect(heldByContentRange(contentRange(0, length, length + more))).toBe(length);
      }),
    );
  });

  it.each([undefined, '', 'bytes */100', 'bytes 5-9/100', 'bytes 0-/100', 'items 0-9/100', '0-9'])(
    'that is %j says nothing',
    (field) => expect(heldByContentRange(field)).toBeUndefined(),
  );
});

describe('the Range of a 308', () => {
  it.each([
    ['bytes=0-42', 43],
    ['bytes=0-999999', 1_000_000],
    ['bytes=0-0', 1],
    ['bytes 0-42', 43],
    [undefined, 0],
  ])('%j is %d bytes', (range, expected) => expect(heldByRange(range)).toBe(expected));

  it.each(['bytes=1-42', 'bytes=0-', 'bytes=-42', 'bytes=0-1,4-5', 'nonsense', 'bytes=0-99999999999999999'])(
    '%j cannot be built on',
    (range) => expect(heldByRange(range)).toBeUndefined(),
  );
});
