import { describe, expect, it } from 'vitest';
import { readInstant } from '../../../cli/support/read-instant.ts';

/** A Saturday, 12:30 in UTC and 20:30 in Singapore. */
const NOW = Date.UTC(2026, 10, 21, 12, 30);
const read = (text: string, zone = 'UTC') =>
  new Date(readInstant(text, { flag: '--since', nowMs: NOW, zone })).toISOString().slice(0, 16);

describe('an instant', () => {
  it.each([
    ['2h', '2026-11-21T10:30'],
    ['7d', '2026-11-14T12:30'],
    ['90m ago', '2026-11-21T11:00'],
    ['now', '2026-11-21T12:30'],
    ['2026-11-20T14:00:00Z', '2026-11-20T14:00'],
    ['2026-11-20T14:00+08:00', '2026-11-20T06:00'],
    ['2026-11-20', '2026-11-20T00:00'],
    ['2026-11-20 14:00', '2026-11-20T14:00'],
    ['2026-11-20T14:00', '2026-11-20T14:00'],
    ['today', '2026-11-21T00:00'],
    ['Today 9am', '2026-11-21T09:00'],
    ['yesterday', '2026-11-20T00:00'],
    ['yesterday noon', '2026-11-20T12:00'],
    ['yesterday 14:00', '2026-11-20T14:00'],
    ['yesterday 14:00 Asia/Singapore', '2026-11-20T06:00'],
    ['yesterday 14:00 +08:00', '2026-11-20T06:00'],
    ['yesterday 12:15am', '2026-11-20T00:15'],
    ['monday', '2026-11-16T00:00'],
    ['saturday', '2026-11-14T00:00'],
    ['fri 6pm Europe/Berlin', '2026-11-20T17:00'],
    ['11:00', '2026-11-21T11:00'],
    ['14:00', '2026-11-20T14:00'],
    ['20:00 Asia/Singapore', '2026-11-21T12:00'],
    ['2026-11-20 14:00 Z', '2026-11-20T14:00'],
  ])('%j is %s', (text, instant) => {
    expect(read(text)).toBe(instant);
  });

  it('is of the zone of the machine where it names none: its day is not the day of UTC', () => {
    const late = Date.UTC(2026, 10, 21, 20, 0);
    const at = readInstant('today', { flag: '--since', nowMs: late, zone: 'Asia/Singapore' });
    expect(new Date(at).toISOString()).toBe('2026-11-21T16:00:00.000Z');
  });

  it('knows summer time: nine in the morning is that of the day', () => {
    const winter = Date.UTC(2026, 9, 26, 12);
    const at = readInstant('2026-10-24 09:00 Europe/Berlin', { flag: '--since', nowMs: winter });
    expect(new Date(at).toISOString()).toBe('2026-10-24T07:00:00.000Z');
  });

  it.each([
    'soon',
    '25:00',
    '2026-13-01',
    '2026-02-30',
    'yesterday 14',
    '13pm',
    'today 9am noon',
    '',
    '7 days',
  ])('%j is none, and the error has examples', (text) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ exit: 64, hint: expect.stringContaining('--since 2h') }),
    );
  });

  it('suggests the zone that was meant', () => {
    expect(() => read('yesterday 14:00 Asia/Singapor')).toThrow(
      expect.objectContaining({ hint: 'did you mean Asia/Singapore?' }),
    );
  });
});
