import { describe, expect, it } from 'vitest';
import { durationMs, rangeOf, rangeTimes } from '../../../collector/dashboard/range.js';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

describe('the time of an address', () => {
  it('is the last hour, live, where nothing is said', () => {
    expect(rangeOf('')).toEqual({
      since: '1h',
      until: null,
      vs: null,
      query: 'since=1h',
      isLive: true,
      isDefault: true,
    });
  });

  it('is what is said, in the words of the API', () => {
    const range = rangeOf('?since=2h&vs=7d');
    expect(range).toMatchObject({
      since: '2h',
      vs: '7d',
      query: 'since=2h&vs=7d',
      isLive: true,
      isDefault: false,
    });
    const past = rangeOf('?since=2026-11-21T08:00:00Z&until=2026-11-21T09:30:00.000Z');
    expect(past.isLive).toBe(false);
    expect(rangeTimes(past, NOW)).toEqual({
      fromMs: Date.UTC(2026, 10, 21, 8),
      toMs: Date.UTC(2026, 10, 21, 9, 30),
    });
  });

  it.each(['?since=yesterday', '?since=1h;DROP', '?since=%3Cscript%3E', '?until=2026-11-21T08:00:00'])(
    'leaves out what is none: %s',
    (search) => {
      expect(rangeOf(search)).toMatchObject({ since: '1h', until: null });
    },
  );

  it('knows durations', () => {
    expect(['90m', '2h', '7d', '500ms', 'soon'].map(durationMs)).toEqual([
      5_400_000,
      7_200_000,
      604_800_000,
      500,
      null,
    ]);
    expect(rangeTimes(rangeOf('?since=15m'), NOW)).toEqual({ fromMs: NOW - 900_000, toMs: NOW });
  });
});
