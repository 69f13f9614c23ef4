import { describe, expect, it } from 'vitest';
import { scale, ticks, tickText, timeTicks } from '../../../cli/report/scale.ts';

describe('the axes of a plot', () => {
  it.each([
    [0.1, [0, 0.025, 0.05, 0.075, 0.1]],
    [9, [0, 2.5, 5, 7.5, 10]],
    [420, [0, 200, 400, 600]],
    [0, [0, 1]],
  ])('of values up to %d have round ones', (most, expected) => {
    expect(ticks(most)).toEqual(expected);
  });

  it('of times have round ones, with the day where there are several', () => {
    const from = Date.parse('2026-11-21T11:18:20Z');
    expect(timeTicks(from, from + 40 * 60_000).map((at) => tickText(at, 0))).toEqual([
      '11:20',
      '11:30',
      '11:40',
      '11:50',
    ]);
    expect(tickText(from, 3 * 86_400_000)).toBe('11-21 11:18');
  });

  it('put what is outside on the edge, and a time of no length somewhere', () => {
    expect([scale(0, 10, 0, 100).at(20), scale(0, 10, 100, 0).at(-5), scale(5, 5, 0, 100).at(5)]).toEqual([
      100, 100, 0,
    ]);
  });
});
