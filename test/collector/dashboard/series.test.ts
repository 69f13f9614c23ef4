import { describe, expect, it } from 'vitest';
import {
  completenessTotals,
  loneIndices,
  shareFloor,
  stepTimes,
  valuesAt,
} from '../../../collector/dashboard/series.js';

const NOON = Date.UTC(2026, 10, 21, 12);
const answer = { since: '2026-11-21T12:00:00.000Z', until: '2026-11-21T12:03:00.000Z', step_seconds: 60 };

describe('steps of an answer', () => {
  it('begin at whole multiples of their length, up to the end', () => {
    expect(stepTimes(answer)).toEqual([NOON, NOON + 60_000, NOON + 120_000]);
    expect(stepTimes({ ...answer, since: '2026-11-21T12:00:30Z' })[0]).toBe(NOON);
  });

  it('are none of what is no answer, and never more than can be drawn', () => {
    expect(stepTimes(undefined)).toEqual([]);
    expect(stepTimes({ ...answer, step_seconds: 0 })).toEqual([]);
    expect(stepTimes({ ...answer, step_seconds: 0.001 })).toEqual([]);
  });

  it('without a row are gaps, not zero', () => {
    const rows = [
      { step: '2026-11-21T12:01:00.000Z', p50: 20 },
      { step: '2026-11-21T12:02:00.000Z', p50: 'x' },
    ];
    expect(valuesAt(stepTimes(answer), rows, 'step', ({ p50 }) => p50)).toEqual([null, 20, null]);
  });
});

it('a scale of shares begins where what is short of all can be seen', () => {
  expect(shareFloor([[1, 0.999]])).toBe(0.99);
  expect(shareFloor([[1, 0.97], [null]])).toBe(0.95);
  expect(shareFloor([[0.2]])).toBe(0);
  expect(shareFloor([[null]])).toBe(0.99);
});

it('completeness adds up over its steps, with why slots were missed, most first', () => {
  const step = { expected: 10, stored: 7, missed: 2, unheard: 1 };
  const data = [
    { ...step, missed_by_reason: { shed: 1, overrun: 1 } },
    { ...step, missed_by_reason: { shed: 2 } },
    { ...step, missed_by_reason: null },
  ];
  expect(completenessTotals({ data })).toEqual({
    ...{ expected: 30, stored: 21, missed: 6, unheard: 3 },
    reasons: [
      ['shed', 3],
      ['overrun', 1],
    ],
  });
  expect(completenessTotals(undefined)).toMatchObject({ expected: 0, reasons: [] });
});

it('of a line with gaps those values are dots that no line can be drawn to', () => {
  expect(loneIndices([1, null, 2, 3, null, null, 4])).toEqual([0, 6]);
  expect(loneIndices([null, 0, null, undefined, 5])).toEqual([1, 4]);
  expect(loneIndices([1, 2, 3])).toEqual([]);
  expect(loneIndices([])).toEqual([]);
});
