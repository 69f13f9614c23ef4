import { describe, expect, it } from 'vitest';
import { NOTIFY_LIMITS } from '../../../collector/notify/limits.ts';
import {
  type MaintenanceWindow,
  maintenanceSchema,
  nextOccurrence,
  occurrenceAt,
} from '../../../collector/notify/maintenance.ts';
import { dayNumber, parseRecurrence, recursOn } from '../../../collector/notify/recurrence.ts';
import { instantOf, isZone, wallTimeAt } from '../../../collector/notify/zoned-time.ts';

const window = (more: Record<string, unknown>): MaintenanceWindow =>
  maintenanceSchema.parse({ name: 'w', start: '2026-01-04T02:00', length: '2h', ...more });
const isOpen = (one: MaintenanceWindow, instant: string) =>
  occurrenceAt(one, Date.parse(instant)) !== undefined;
const wall = (text: string) => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = text.split(/\D/).map(Number);
  return { year, month, day, hour, minute };
};

describe('a wall clock', () => {
  it.each([
    ['Europe/Berlin', '2026-01-15 02:00', '2026-01-15T01:00:00Z'],
    ['Europe/Berlin', '2026-07-15 02:00', '2026-07-15T00:00:00Z'],
    ['America/New_York', '2026-07-15 02:00', '2026-07-15T06:00:00Z'],
    ['Asia/Kolkata', '2026-07-15 02:00', '2026-07-14T20:30:00Z'],
    ['Asia/Kathmandu', '2026-07-15 02:00', '2026-07-14T20:15:00Z'],
    ['Pacific/Kiritimati', '2026-07-15 02:00', '2026-07-14T12:00:00Z'],
    // Left out: an hour later by the new time.
    ['Europe/Berlin', '2026-03-29 02:30', '2026-03-29T01:30:00Z'],
    ['America/New_York', '2026-03-08 02:30', '2026-03-08T07:30:00Z'],
    // Twice: the first.
    ['Europe/Berlin', '2026-10-25 02:30', '2026-10-25T00:30:00Z'],
    ['America/New_York', '2026-11-01 01:30', '2026-11-01T05:30:00Z'],
    // Half an hour of difference.
    ['Australia/Lord_Howe', '2026-10-04 02:15', '2026-10-03T15:45:00Z'],
    ['UTC', '2026-03-29 02:30', '2026-03-29T02:30:00Z'],
  ])('of %s shows %s at %s', (zone, text, instant) => {
    expect(new Date(instantOf(zone, wall(text))).toISOString()).toBe(new Date(instant).toISOString());
  });

  it('comes back to what it showed, at every hour of a year that is not left out', () => {
    for (const zone of ['Europe/Berlin', 'America/St_Johns', 'Asia/Tehran', 'Pacific/Chatham'])
      for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 37 * 3_600_000) {
        const shown = wallTimeAt(zone, ms);
        expect(wallTimeAt(zone, instantOf(zone, shown))).toEqual(shown);
      }
  });

  it('is of a zone that there is', () => {
    expect([isZone('Europe/Berlin'), isZone('Europe/Atlantis'), isZone('')]).toEqual([true, false, false]);
  });
});

describe('a rule of recurrence', () => {
  const days = (rule: string, first: string, until: string): string[] => {
    const [from, to] = [first, until].map((text) => Date.parse(text) / 86_400_000) as [number, number];
    const parsed = parseRecurrence(rule);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
      .filter((day) => recursOn(parsed, from, day))
      .map((day) => new Date(day * 86_400_000).toISOString().slice(5, 10));
  };

  it.each([
    ['daily', '2026-01-30', '2026-02-02', ['01-30', '01-31', '02-01', '02-02']],
    ['FREQ=DAILY;INTERVAL=3', '2026-01-30', '2026-02-06', ['01-30', '02-02', '02-05']],
    ['weekly', '2026-01-04', '2026-01-20', ['01-04', '01-11', '01-18']],
    ['weekdays', '2026-01-02', '2026-01-08', ['01-02', '01-05', '01-06', '01-07', '01-08']],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU', '2026-01-04', '2026-01-31', ['01-04', '01-12', '01-18', '01-26']],
    ['FREQ=WEEKLY;UNTIL=20260112', '2026-01-04', '2026-01-31', ['01-04', '01-11']],
    ['monthly', '2026-01-31', '2026-05-31', ['01-31', '03-31', '05-31']],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', '2026-01-31', '2026-04-30', ['01-31', '02-28', '03-31', '04-30']],
    ['FREQ=MONTHLY;BYDAY=1SU', '2026-01-01', '2026-03-31', ['01-04', '02-01', '03-01']],
    ['FREQ=MONTHLY;BYDAY=-1FR', '2026-01-01', '2026-03-31', ['01-30', '02-27', '03-27']],
    ['FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=15', '2026-01-01', '2026-06-30', ['01-15', '03-15', '05-15']],
    ['FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', '2026-01-01', '2026-12-31', ['02-13', '03-13', '11-13']],
  ])('%s from %s to %s', (rule, first, until, expected) => {
    expect(days(rule, first, until)).toEqual(expected);
  });

  it.each([
    ['hourly', 'none of FREQ'],
    ['FREQ=HOURLY', 'FREQ is DAILY, WEEKLY or MONTHLY'],
    ['FREQ=DAILY;COUNT=3', 'none of FREQ'],
    ['FREQ=DAILY;FREQ=DAILY', 'stands twice'],
    ['FREQ=DAILY;INTERVAL=0', 'INTERVAL is from 1 to 365'],
    ['FREQ=WEEKLY;BYDAY=1SU', 'needs FREQ=MONTHLY'],
    ['FREQ=WEEKLY;BYDAY=XX', 'is no day'],
    ['FREQ=DAILY;BYMONTHDAY=3', 'needs FREQ=MONTHLY'],
    ['FREQ=MONTHLY;BYMONTHDAY=32', 'is not from 1 to 31'],
    ['FREQ=DAILY;UNTIL=tomorrow', 'none of FREQ'],
    ['FREQ=DAILY;UNTIL=2026', 'is no day such as'],
    ['FREQ=DAILY;UNTIL=20260231', 'is no day that there is'],
  ])('%s is refused: %s', (rule, why) => {
    expect(() => parseRecurrence(rule)).toThrow(why);
  });

  it('counts days since 1970', () => {
    expect(dayNumber(1970, 1, 2)).toBe(1);
  });
});

describe('a maintenance window', () => {
  it('of once is open from its start to its end, the end left out', () => {
    const once = window({});
    expect(isOpen(once, '2026-01-04T01:59:59Z')).toBe(false);
    expect(isOpen(once, '2026-01-04T02:00:00Z')).toBe(true);
    expect(isOpen(once, '2026-01-04T03:59:59Z')).toBe(true);
    expect(isOpen(once, '2026-01-04T04:00:00Z')).toBe(false);
    expect(isOpen(once, '2026-01-05T02:00:00Z')).toBe(false);
  });

  it('of every day begins by the clocks of its zone, in winter and in summer', () => {
    const daily = window({ zone: 'Europe/Berlin', repeat: 'daily' });
    expect(isOpen(daily, '2026-01-10T01:30:00Z')).toBe(true);
    expect(isOpen(daily, '2026-01-10T00:30:00Z')).toBe(false);
    expect(isOpen(daily, '2026-07-10T00:30:00Z')).toBe(true);
    expect(isOpen(daily, '2026-07-10T02:30:00Z')).toBe(false);
  });

  it('lasts as long as it says in the nights when clocks are changed', () => {
    const daily = window({ zone: 'Europe/Berlin', repeat: 'daily', start: '2026-01-04T02:30', length: '1h' });
    // Spring: 02:30 is left out; it begins at 03:30 summer time.
    expect(occurrenceAt(daily, Date.parse('2026-03-29T01:45:00Z'))).toEqual({
      startMs: Date.parse('2026-03-29T01:30:00Z'),
      endMs: Date.parse('2026-03-29T02:30:00Z'),
    });
    // Autumn: 02:30 comes twice; it begins at the first and is over at the second.
    expect(isOpen(daily, '2026-10-25T00:30:00Z')).toBe(true);
    expect(isOpen(daily, '2026-10-25T01:30:00Z')).toBe(false);
  });

  it('that goes over midnight is open on the day after it began', () => {
    const night = window({
      start: '2026-01-04T23:00',
      length: '3h',
      repeat: 'weekly',
      zone: 'America/New_York',
    });
    expect(isOpen(night, '2026-01-12T06:59:00Z')).toBe(true);
    expect(isOpen(night, '2026-01-12T07:00:00Z')).toBe(false);
    expect(isOpen(night, '2026-01-13T06:00:00Z')).toBe(false);
  });

  it.each([
    ['Europe/Berlin', '2026-03-28T23:30', ['2026-03-28T22:30', '2026-03-29T21:30', '2026-03-30T21:30']],
    ['America/New_York', '2026-10-31T23:30', ['2026-11-01T03:30', '2026-11-02T04:30', '2026-11-03T04:30']],
    ['Asia/Kolkata', '2026-03-28T00:10', ['2026-03-27T18:40', '2026-03-28T18:40', '2026-03-29T18:40']],
    ['Australia/Lord_Howe', '2026-10-03T01:45', ['2026-10-02T15:15', '2026-10-03T15:15', '2026-10-04T14:45']],
    ['Australia/Lord_Howe', '2026-04-04T23:45', ['2026-04-04T12:45', '2026-04-05T13:15', '2026-04-06T13:15']],
    ['America/Sao_Paulo', '2026-12-31T23:59', ['2027-01-01T02:59', '2027-01-02T02:59', '2027-01-03T02:59']],
  ])('of every night in %s from %s begins once a day, whatever clocks do', (zone, first, begins) => {
    const daily = window({ zone, start: first, repeat: 'daily', length: '1h' });
    const [fromMs = 0, , lastMs = 0] = begins.map((begin) => Date.parse(`${begin}:00Z`));
    for (const begin of begins) {
      const startMs = Date.parse(`${begin}:00Z`);
      expect(occurrenceAt(daily, startMs - 1)).toBeUndefined();
      expect(occurrenceAt(daily, startMs)).toEqual({ startMs, endMs: startMs + 3_600_000 });
      expect(occurrenceAt(daily, startMs + 3_600_000)).toBeUndefined();
    }
    let openMinutes = 0;
    for (let ms = fromMs; ms <= lastMs + 3_600_000; ms += 60_000)
      if (occurrenceAt(daily, ms)) openMinutes += 1;
    expect(openMinutes).toBe(180);
  });

  it('of days is open to its end', () => {
    const week = window({ length: '7d' });
    expect(isOpen(week, '2026-01-11T01:59:00Z')).toBe(true);
    expect(isOpen(week, '2026-01-11T02:00:00Z')).toBe(false);
  });

  it('tells when it is open next', () => {
    const monthly = window({ repeat: 'FREQ=MONTHLY;BYDAY=1SU', zone: 'Europe/Berlin' });
    const next = (instant: string) =>
      new Date(nextOccurrence(monthly, Date.parse(instant))?.startMs ?? 0).toISOString();
    expect(next('2026-01-20T00:00:00Z')).toBe('2026-02-01T01:00:00.000Z');
    expect(next('2026-02-01T02:00:00Z')).toBe('2026-02-01T01:00:00.000Z');
    expect(next('2025-06-01T00:00:00Z')).toBe('2026-01-04T01:00:00.000Z');
    expect(nextOccurrence(window({}), Date.parse('2026-02-01T00:00:00Z'))).toBeUndefined();
  });

  it.each([
    [{ zone: 'Europe/Atlantis' }, 'expected a time zone'],
    [{ start: '2026-02-30T02:00' }, 'expected a time such as'],
    [{ start: '2026-01-04 02:00' }, 'expected a time such as'],
    [{ length: '8d' }, 'expected a duration from 1m to 7d'],
    [{ repeat: 'sometimes' }, 'none of FREQ'],
    [{ matches: {} }, 'Unrecognized key'],
  ])('with %j is refused: %s', (more, why) => {
    expect(() => window(more)).toThrow(why);
  });

  it('may be no longer than windowMs', () => {
    const hours = NOTIFY_LIMITS.windowMs.value / 3_600_000;
    expect(() => window({ length: `${hours}h` })).not.toThrow();
    expect(() => window({ length: `${hours + 1}h` })).toThrow('expected a duration');
  });
});
