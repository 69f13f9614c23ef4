import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../sandbox/token-bucket.ts';

/** Takes `bytes` as a writer would, waiting as told; returns the milliseconds it took. */
function drain(bucket: TokenBucket, bytes: number, rate: number, lateMs = 0): number {
  let nowMs = 0;
  for (let left = bytes; left > 0; ) {
    const granted = bucket.take(left, rate, nowMs);
    left -= granted;
    if (granted === 0) nowMs += bucket.waitMs(left, rate) + lateMs;
  }
  return nowMs;
}

describe('TokenBucket', () => {
  it.each([1e4, 125_000, 1.25e6])('lets a megabyte through at %i bytes a second', (rate) => {
    const expectedMs = (1e6 / rate) * 1000;
    const tookMs = drain(new TokenBucket(), 1e6, rate);
    expect(tookMs / expectedMs).toBeGreaterThan(0.98);
    expect(tookMs / expectedMs).toBeLessThan(1.02);
  });

  it('makes up for timers that fire late', () => {
    expect(drain(new TokenBucket(), 125_000, 125_000, 5)).toBeLessThan(1030);
  });

  it('grants nothing at first, and then no less than a packet or all that is wanted', () => {
    const bucket = new TokenBucket();
    expect(bucket.take(10_000, 1000, 0)).toBe(0);
    expect(bucket.waitMs(10_000, 1000)).toBe(1460);
    expect(bucket.take(10_000, 1000, 1459)).toBe(0);
    expect(bucket.take(10_000, 1000, 1460)).toBe(1460);
    expect(bucket.take(10, 1000, 1469)).toBe(0);
    expect(bucket.take(10, 1000, 1471)).toBe(10);
  });

  it('saves up little while nobody asks', () => {
    const bucket = new TokenBucket();
    bucket.take(1, 1e6, 0);
    expect(bucket.take(1e9, 1e6, 3_600_000)).toBe(TokenBucket.capacity(1e6));
  });

  it('never grants more than the rate allows, however it is asked', () => {
    const step = fc.record({ wanted: fc.integer({ min: 1, max: 1e6 }), waitMs: fc.nat(200) });
    const rate = fc.integer({ min: 1000, max: 1e8 });
    fc.assert(
      fc.property(rate, fc.array(step, { maxLength: 100 }), (bytesPerSecond, steps) => {
        const bucket = new TokenBucket();
        let nowMs = 0;
        let granted = 0;
        for (const { wanted, waitMs } of steps) {
          nowMs += waitMs;
          const now = bucket.take(wanted, bytesPerSecond, nowMs);
          expect(now).toBeLessThanOrEqual(wanted);
          granted += now;
        }
        const allowed = (nowMs * bytesPerSecond) / 1000 + TokenBucket.capacity(bytesPerSecond);
        expect(granted).toBeLessThanOrEqual(allowed + 1e-6);
      }),
    );
  });
});
