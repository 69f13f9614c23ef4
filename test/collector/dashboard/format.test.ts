import { describe, expect, it } from 'vitest';
import {
  clockTime,
  count,
  counted,
  duration,
  megabits,
  milliseconds,
  NOTHING,
  percent,
  withUnit,
} from '../../../collector/dashboard/format.js';

describe('figures on the page', () => {
  it('are a dash where nothing was measured, never 0', () => {
    expect([milliseconds(null), megabits(null), percent(null), count(null)]).toEqual(Array(4).fill(NOTHING));
    expect(withUnit(undefined, 'ms')).toBe(NOTHING);
    expect(withUnit(Number.NaN, 'ms')).toBe(NOTHING);
  });

  it('are grouped by narrow spaces', () => {
    expect(count(1234567)).toBe('1\u202f234\u202f567');
    expect([0, 1, 1200].map((n) => counted(n, 'agent'))).toEqual([
      '0 agents',
      '1 agent',
      '1\u202f200 agents',
    ]);
  });

  it.each([
    [0, '0'],
    [3.42, '3.4'],
    [9.96, '10'],
    [12.6, '13'],
    [1234.4, '1\u202f234'],
  ])('%d ms is %s: a decimal only where it tells something', (value, text) => {
    expect(milliseconds(value)).toBe(text);
  });

  it.each([
    [38_400_000, '38'],
    [4_240_000, '4.2'],
    [0, '0'],
  ])('%d bit/s is %s Mbit/s', (bps, text) => {
    expect(megabits(bps)).toBe(text);
  });

  it.each([
    [1, '100'],
    [0.9996, '99.9'],
    [0.9425, '94.2'],
    [0.29, '29.0'],
    [0, '0'],
  ])('a ratio of %d is %s %%: one failure is never rounded away', (ratio, text) => {
    expect(percent(ratio)).toBe(text);
  });

  it('say their unit in sentences', () => {
    expect([withUnit(131, 'ms'), withUnit(6e6, 'bps'), withUnit(0.5, 'ratio'), withUnit(3, 'count')]).toEqual(
      ['131 ms', '6 Mbit/s', '50.0 %', '3'],
    );
  });
});

describe('times on the page', () => {
  it.each([
    [-5, '0 s'],
    [999, '0 s'],
    [4000, '4 s'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [7_205_000, '2 h'],
    [522_000_000, '6 d 1 h'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('carry the day only when it is another one', () => {
    const now = new Date(2026, 10, 21, 14, 0, 0).getTime();
    expect(clockTime(now - 60_000, now)).toBe('13:59:00');
    expect(clockTime(now - 86_400_000, now)).toBe('20 Nov, 14:00:00');
  });
});
