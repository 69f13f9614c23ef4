import { describe, expect, it } from 'vitest';
import {
  ago,
  bytesText,
  difference,
  metricName,
  outcomeOf,
  tailOf,
  unitOf,
} from '../../../collector/dashboard/words.js';

const row = (value: number, ratio: number | null, verdict: string, then = 100) => ({
  vs: { p95: then, success_ratio: 0.98 },
  diff: { p95: { value, ratio, verdict }, success_ratio: { value, ratio, verdict } },
});

describe('a difference in words', () => {
  it('says by how much, than when, and whether that is more than noise', () => {
    expect(difference(row(88, 0.27, 'worse'), 'p95', 'ms', '7d')).toEqual({
      ...{ verdict: 'worse', sign: '▲' },
      text: '88 ms (27.0 %) more than a week before: worse',
    });
    expect(difference(row(-20, -0.2, 'better'), 'p95', 'ms', '1d')?.text).toBe(
      '20 ms (20.0 %) less than a day before: better',
    );
    expect(difference(row(2, 0.02, 'noise'), 'p95', 'ms', '90m')?.text).toBe(
      '2 ms (2.0 %) more than 90m before: no more than noise',
    );
  });

  it('past double says how many times as much', () => {
    expect(difference(row(380, 15.8, 'worse'), 'p95', 'ms', '1h')?.text).toBe(
      '380 ms (16.8×) more than an hour before: worse',
    );
  });

  it('of shares is in points, and is none where it rounds to none', () => {
    expect(difference(row(-0.012, -0.01, 'worse'), 'success_ratio', 'ratio', '1d')?.text).toBe(
      '1.2 points less than a day before: worse',
    );
    expect(difference(row(0.0001, 0, 'noise'), 'success_ratio', 'ratio', '1d')?.text).toBe('as a day before');
  });

  it('says so where nothing was then, and nothing where nothing is compared', () => {
    expect(difference({ vs: null, diff: null }, 'p95', 'ms', '1d')?.text).toBe('nothing a day before');
    expect(difference(row(1, 1, 'worse'), 'p95', 'ms', null)).toBeNull();
  });
});

it('metrics have names for people and units for figures; speeds are bad at their low end', () => {
  expect([metricName('ttfb_ms'), metricName('new_thing_ms')]).toEqual(['Time to first byte', 'new_thing_ms']);
  expect([unitOf('ttfb_ms'), unitOf('upload_goodput_bps'), unitOf('silence')]).toEqual(['ms', 'bps', '']);
  expect([tailOf('ttfb_ms'), tailOf('upload_goodput_bps')]).toEqual(['p95', 'p5']);
});

it('a run ended in a sign and words', () => {
  expect(outcomeOf({ outcome: 'ok' }).text).toBe('ok');
  expect(outcomeOf({ outcome: 'fail', layer: 'tls', code: 'cert_expired' })).toMatchObject({
    ...{ state: 'fail', sign: '✕', text: 'tls/cert_expired' },
  });
  expect(outcomeOf({ outcome: 'missed', missed_reason: 'overrun' }).text).toBe(
    'missed: could not start in time',
  );
});

it('how long ago, and how large, each with its unit; a dash for what is none', () => {
  const now = Date.UTC(2026, 0, 1);
  expect(ago(new Date(now - 90_000).toISOString(), now)).toBe('1 min 30 s ago');
  expect([ago(null, now), ago('soon', now)]).toEqual(['–', '–']);
  expect([0, 999, 1_234_000, 2_500_000_000, null].map(bytesText)).toEqual([
    '0 B',
    '999 B',
    '1.2 MB',
    '2.5 GB',
    '–',
  ]);
});
