import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grown, ValueWindows } from '../../../collector/detect/value-windows.ts';

const ranked = (windows: ValueWindows, slot: number): number[] =>
  Array.from({ length: windows.sizeOf(slot) }, (_, rank) => windows.atRank(slot, rank));

const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

describe('windows of values', () => {
  it('hold the last values in order, whatever comes, equal ones too', () => {
    const value = fc.oneof(
      fc.integer({ min: 0, max: 5 }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(value, { maxLength: 60 }), (length, values) => {
        const windows = new ValueWindows(length, 1);
        for (const [i, one] of values.entries()) {
          windows.push(0, one);
          const last = values.slice(Math.max(0, i + 1 - length), i + 1);
          expect(ranked(windows, 0).map((v) => v + 0)).toEqual(ascending(last).map((v) => v + 0));
        }
      }),
    );
  });

  it('of different series have nothing to do with each other, and are kept when there come to be more', () => {
    const windows = new ValueWindows(3, 2);
    for (const value of [5, 1, 3, 2]) windows.push(0, value);
    windows.push(1, 9);
    windows.grow(4);
    windows.push(3, 7);
    expect([0, 1, 2, 3].map((slot) => ranked(windows, slot))).toEqual([[1, 2, 3], [9], [], [7]]);
  });

  it('begin anew when cleared', () => {
    const windows = new ValueWindows(2, 1);
    for (const value of [5, 1, 3]) windows.push(0, value);
    windows.clear(0);
    expect(windows.sizeOf(0)).toBe(0);
    windows.push(0, 4);
    expect(ranked(windows, 0)).toEqual([4]);
  });

  it('are of 1 to 255 values, so that a place is a byte', () => {
    for (const length of [0, 256, 2.5]) expect(() => new ValueWindows(length, 1)).toThrow(RangeError);
    const windows = new ValueWindows(255, 1);
    for (let i = 0; i < 600; i += 1) windows.push(0, (i * 7919) % 1000);
    expect(ranked(windows, 0)).toEqual(ascending(ranked(windows, 0)));
    expect(windows.sizeOf(0)).toBe(255);
  });
});

describe('a typed array that grows', () => {
  it('is a copy of its kind with zeros at its end', () => {
    expect(grown(Int32Array.of(1, 2), 4)).toEqual(Int32Array.of(1, 2, 0, 0));
  });
});
