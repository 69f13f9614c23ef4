import { describe, expect, it } from 'vitest';
import { HourOfWeek, hourOfWeek, SEASON_LIMITS } from '../../../collector/detect/hour-of-week.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
const MONDAY_MS = Date.UTC(2026, 0, 5);

/** Latency of a service that is half as slow again on Mondays at noon, `perHour` samples an hour. */
function learned(weeks: number, perHour = 6): HourOfWeek {
  const season = new HourOfWeek();
  const random = new Random(1);
  for (let hour = 0; hour < weeks * 168; hour += 1) {
    const usual = hour % 168 === 12 ? 150 : 100;
    for (let i = 0; i < perHour; i += 1)
      season.learn(MONDAY_MS + hour * HOUR_MS + (i * HOUR_MS) / perHour, random.lognormal(usual, 0.05));
  }
  return season;
}

describe('the hour of the week', () => {
  it('begins on Monday at midnight in UTC, before 1970 too', () => {
    expect(hourOfWeek(MONDAY_MS)).toBe(0);
    expect(hourOfWeek(MONDAY_MS - 1)).toBe(167);
    expect(hourOfWeek(MONDAY_MS + 25 * HOUR_MS)).toBe(25);
    expect(hourOfWeek(Date.UTC(1960, 0, 4))).toBe(0);
  });
});

describe('seasonality by the hour of the week', () => {
  it('corrects nothing before it has seen three weeks', () => {
    const season = learned(SEASON_LIMITS.weeks.value - 0.1);
    expect(season.ready).toBe(false);
    expect(season.factor(MONDAY_MS + 12 * HOUR_MS)).toBe(1);
    expect(new HourOfWeek().factor(MONDAY_MS)).toBe(1);
  });

  it('knows then what is usual at an hour, week after week', () => {
    const season = learned(5);
    expect(season.ready).toBe(true);
    for (const week of [0, 9]) {
      expect(season.factor(MONDAY_MS + week * WEEK_MS + 12.5 * HOUR_MS)).toBeCloseTo(1.5 ** (30 / 38), 1);
      expect(season.factor(MONDAY_MS + week * WEEK_MS + 40 * HOUR_MS)).toBeCloseTo(1, 1);
    }
  });

  it('draws an hour with few samples towards no factor', () => {
    const few = learned(4, 1).factor(MONDAY_MS + 12 * HOUR_MS);
    const many = learned(4, 30).factor(MONDAY_MS + 12 * HOUR_MS);
    expect(few).toBeLessThan(1.25);
    expect(many).toBeGreaterThan(1.4);
  });

  it('is not led astray by single wild values', () => {
    const season = learned(4);
    for (let week = 0; week < 4; week += 1) season.learn(MONDAY_MS + week * WEEK_MS + 40.5 * HOUR_MS, 60_000);
    expect(season.factor(MONDAY_MS + 40 * HOUR_MS)).toBeLessThan(1.2);
  });

  it('cuts a factor off that is a fault and no season, and leaves out what has no logarithm', () => {
    const season = new HourOfWeek();
    for (let hour = 0; hour < 5 * 168; hour += 1)
      for (let i = 0; i < 60; i += 1)
        season.learn(MONDAY_MS + hour * HOUR_MS + i * 60_000, hour % 168 === 3 ? 1e6 : 100);
    for (const value of [0, -5, Number.NaN, Number.POSITIVE_INFINITY]) season.learn(MONDAY_MS, value);
    expect(season.factor(MONDAY_MS + 3 * HOUR_MS)).toBeLessThanOrEqual(SEASON_LIMITS.factor.value);
    expect(season.factor(MONDAY_MS)).toBeCloseTo(1, 1);
  });

  it('takes a kilobyte, so that a region can have one for each metric', () => {
    expect(new HourOfWeek().bytes).toBeLessThan(1100);
  });

  it('can be had from what is stored: medians by the hour and the span that they are from', () => {
    const hours = Array.from({ length: 168 }, (_, hour) => ({
      hour,
      median: hour === 12 ? 300 : 100,
      samples: 40,
    }));
    const season = HourOfWeek.of(hours, MONDAY_MS - 4 * WEEK_MS, MONDAY_MS);
    expect(season.ready).toBe(true);
    expect(season.factor(MONDAY_MS + 12 * HOUR_MS)).toBeCloseTo(3 ** (40 / 48), 1);
    expect(season.factor(MONDAY_MS + 13 * HOUR_MS)).toBeCloseTo(1, 2);
    season.learn(MONDAY_MS + 13 * HOUR_MS, 100);
    expect(season.factor(MONDAY_MS + 13 * HOUR_MS)).toBeCloseTo(1, 2);
    expect(HourOfWeek.of(hours, MONDAY_MS - 2 * WEEK_MS, MONDAY_MS).factor(MONDAY_MS + 12 * HOUR_MS)).toBe(1);
    expect(HourOfWeek.of([], 0, MONDAY_MS).factor(MONDAY_MS)).toBe(1);
  });
});
