import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dayRanges } from '../../../collector/ingest/day-ranges.ts';

const DAY_MS = 86_400_000;
const viewOf = (slotsMs: readonly number[]) => ({
  count: slotsMs.length,
  scheduledMsAt: (row: number) => slotsMs[row] ?? Number.NaN,
});
const split = (slotsMs: readonly number[], from = 0, earliest = 0, latest = 1e15) =>
  dayRanges(viewOf(slotsMs), from, earliest, latest).map((range) => [range.day, range.from, range.to]);

it('rows of one day are one range', () => {
  expect(split([1, 2, 3])).toEqual([[0, 0, 3]]);
  expect(split([])).toEqual([]);
});

it('a range ends where the day changes, forwards or backwards', () => {
  expect(split([DAY_MS - 1, DAY_MS, DAY_MS + 1, DAY_MS - 1])).toEqual([
    [0, 0, 1],
    [1, 1, 3],
    [0, 3, 4],
  ]);
});

it('rows before the first new one are left out', () => {
  expect(split([1, 2, DAY_MS, DAY_MS], 1)).toEqual([
    [0, 1, 2],
    [1, 2, 4],
  ]);
  expect(split([1, 2], 2)).toEqual([]);
});

it('rows outside the time that is kept are in no range; both bounds are kept', () => {
  expect(split([9, 10, 20, 21, 15], 0, 10, 20)).toEqual([
    [0, 1, 3],
    [0, 4, 5],
  ]);
  expect(split([1, 2], 0, 10, 20)).toEqual([]);
});

it('ranges are in order, never overlap, are of one day each, and hold every row that is kept', () => {
  const slot = fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS });
  fc.assert(
    fc.property(fc.array(slot, { maxLength: 60 }), fc.nat(70), (slotsMs, from) => {
      const [earliest, latest] = [-2 * DAY_MS, 2 * DAY_MS];
      const ranges = dayRanges(viewOf(slotsMs), from, earliest, latest);
      const rows = ranges.flatMap((range) =>
        Array.from({ length: range.to - range.from }, (_, index) => [range.from + index, range.day]),
      );
      const kept = slotsMs
        .map((ms, row) => [row, Math.floor(ms / DAY_MS), ms] as const)
        .filter(([row, , ms]) => row >= from && ms >= earliest && ms <= latest);
      expect(rows).toEqual(kept.map(([row, day]) => [row, day]));
      for (const [index, range] of ranges.entries()) {
        const before = ranges[index - 1];
        // Neighbours of one day would be one range.
        if (before && before.to === range.from) expect(before.day).not.toBe(range.day);
      }
    }),
  );
});
