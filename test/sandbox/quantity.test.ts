import { describe, expect, it } from 'vitest';
import { readBitsPerSecond, readBytes, readDurationMs, readShare } from '../../sandbox/quantity.ts';

describe('quantities with units', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['400ms', 400],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('reads the duration %s', (text, ms) => expect(readDurationMs(text)).toBe(ms));

  it.each(['', '5', '-1s', 's', '1 s', '1e3ms', 'Infinity', '1d', '1s1', '.5s', '1constructor', '٣s'])(
    'knows no duration %s',
    (text) => expect(readDurationMs(text)).toBeUndefined(),
  );

  it.each([
    ['1Mbit', 1e6],
    ['1mbit/s', 1e6],
    ['1.5Mbit', 1.5e6],
    ['500kbit', 5e5],
    ['2Gbit', 2e9],
    ['800bit', 800],
  ])('reads the rate %s', (text, bits) => expect(readBitsPerSecond(text)).toBe(bits));

  it.each(['1', '1MB', 'Mbit', '1Mbit/m'])('knows no rate %s', (text) =>
    expect(readBitsPerSecond(text)).toBeUndefined(),
  );

  it.each([
    ['1000', 1000],
    ['64KiB', 65_536],
    ['1MB', 1e6],
    ['0.5kB', 500],
    ['0', 0],
  ])('reads the size %s', (text, bytes) => expect(readBytes(text)).toBe(bytes));

  it.each(['', '0.5', '1GB', 'KiB', '-1'])('knows no size %s', (text) =>
    expect(readBytes(text)).toBeUndefined(),
  );

  it('reads shares above nothing and up to all', () => {
    expect(readShare('20%')).toBe(0.2);
    expect(readShare('0.5%')).toBe(0.005);
    expect(readShare('100%')).toBe(1);
    for (const text of ['0%', '100.1%', '101%', '20', '%', '-5%', ''])
      expect(readShare(text), text).toBeUndefined();
  });
});
