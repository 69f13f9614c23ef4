import { describe, expect, it } from 'vitest';
import { windowOf } from '../../../collector/latency/window.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 21, 12);
const long = {
  ...{ sinceMs: NOON - 24 * HOUR + 5000, untilMs: NOON + 10 * MINUTE, nowMs: NOON + 10 * MINUTE },
  stepsMax: 120,
};
const partsOf = (question: Partial<Parameters<typeof windowOf>[0]>) =>
  windowOf({ ...long, firstHourMs: NOON - 1000 * HOUR, ...question }).parts.map(
    ({ table, fromMs, toMs }) => [table, (fromMs - NOON) / MINUTE, (toMs - NOON) / MINUTE] as const,
  );

describe('a time of a latency table', () => {
  it('is read minute by minute up to six hours, whole minutes of both ends included', () => {
    const short = { sinceMs: NOON - 6 * HOUR + 30_000, untilMs: NOON + 1, nowMs: NOON + HOUR };
    expect(partsOf(short)).toEqual([['latency_1m', -360, 1]]);
  });

  it('is read by the hour when it is longer, and begins at the whole hour then; the running hour is in the hours', () => {
    expect(partsOf({})).toEqual([['latency_1h', -1440, 60]]);
    expect(windowOf({ ...long, firstHourMs: 0 })).toMatchObject({
      fromMs: NOON - 24 * HOUR,
      toMs: NOON + 10 * MINUTE,
    });
  });

  it('ends within a past hour by its minutes', () => {
    expect(partsOf({ nowMs: NOON + 100 * HOUR })).toEqual([
      ['latency_1h', -1440, 0],
      ['latency_1m', 0, 10],
    ]);
  });

  it('takes from the minutes what was before the first hour, and that hour, of which the hours may have the end alone', () => {
    expect(partsOf({ firstHourMs: NOON - 3 * HOUR })).toEqual([
      ['latency_1m', -1440, -120],
      ['latency_1h', -120, 60],
    ]);
    expect(partsOf({ firstHourMs: NOON })).toEqual([['latency_1m', -1440, 10]]);
    expect(partsOf({ firstHourMs: NOON + 9 * HOUR, nowMs: NOON + 100 * HOUR })).toEqual([
      ['latency_1m', -1440, 10],
    ]);
    expect(partsOf({ firstHourMs: undefined })).toEqual([['latency_1m', -1440, 10]]);
  });

  it('is read from the rollups of regions as far back as they go, where the question needs no more than they have', () => {
    expect(partsOf({ regionsFromMs: 0 })).toEqual([['latency_region_1h', -1440, 60]]);
    expect(partsOf({ regionsFromMs: NOON - 2 * HOUR, firstHourMs: NOON - 3 * HOUR })).toEqual([
      ['latency_1m', -1440, -120],
      ['latency_region_1h', -120, 60],
    ]);
    expect(partsOf({ regionsFromMs: NOON - 5 * HOUR, nowMs: NOON + 100 * HOUR })).toEqual([
      ['latency_1h', -1440, -300],
      ['latency_region_1h', -300, 0],
      ['latency_region_1m', 0, 10],
    ]);
    expect(partsOf({ regionsFromMs: NOON + 5 * HOUR })).toEqual([['latency_1h', -1440, 60]]);
  });

  it('is read by the minute when rows are asked for minute by minute', () => {
    expect(partsOf({ minutes: true })).toEqual([['latency_1m', -1440, 10]]);
  });

  it.each([
    [5 * MINUTE, 1],
    [30 * MINUTE, 2],
    [HOUR, 5],
    [6 * HOUR, 30],
    [7 * HOUR, 60],
    [24 * HOUR, 120],
    [168 * HOUR, 720],
    [90 * 24 * HOUR, 168 * 60],
  ])('of %d ms is cut into sections of %d minutes: some, and sixteen at most', (lengthMs, minutes) => {
    const { sectionMs } = windowOf({ ...long, untilMs: NOON, sinceMs: NOON - lengthMs, firstHourMs: 0 });
    expect(sectionMs).toBe(minutes * MINUTE);
    expect(lengthMs / sectionMs).toBeLessThanOrEqual(16);
  });

  it('covers each minute once, wherever it begins, ends and is read from', () => {
    for (let at = 0; at < 400; at += 7) {
      const untilMs = NOON + at * MINUTE;
      const sinceMs = untilMs - (6 + (at % 50)) * HOUR - at * 13_000;
      const firstHourMs = NOON - (at % 30) * HOUR;
      const regionsFromMs = at % 2 === 0 ? undefined : NOON - (at % 26) * HOUR;
      const { fromMs, parts, toMs } = windowOf({
        stepsMax: 120,
        sinceMs,
        untilMs,
        firstHourMs,
        regionsFromMs,
        nowMs: untilMs + (at % 3) * HOUR,
      });
      const ends = parts.flatMap((part) => [part.fromMs, part.toMs]);
      expect(ends[0]).toBe(fromMs);
      expect(ends.at(-1)).toBeGreaterThanOrEqual(toMs);
      for (let i = 1; i + 1 < ends.length; i += 2) expect(ends[i]).toBe(ends[i + 1]);
      for (const part of parts.filter(({ slot }) => slot === 'hour')) {
        expect([part.fromMs % HOUR, part.toMs % HOUR]).toEqual([0, 0]);
        expect(part.fromMs).toBeGreaterThan(firstHourMs);
      }
    }
  });

  it.each([
    [HOUR, 1],
    [3 * HOUR, 2],
    [7 * HOUR, 60],
    [168 * HOUR, 120],
  ])('of %d ms is cut into steps of %d minutes: as many as were allowed at most', (lengthMs, minutes) => {
    const { stepMs } = windowOf({ ...long, untilMs: NOON, sinceMs: NOON - lengthMs, firstHourMs: 0 });
    expect(stepMs / MINUTE).toBe(minutes);
    expect(lengthMs / stepMs).toBeLessThanOrEqual(long.stepsMax);
  });
});
