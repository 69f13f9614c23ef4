import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backoff } from '../../agent/backoff.ts';
import { AGENT_LIMITS } from '../../agent/limits.ts';

describe('Backoff', () => {
  it('doubles its ceiling from 0.2 s to 30 s and then stays there', () => {
    const backoff = new Backoff(() => 1);
    const delays = Array.from({ length: 12 }, () => backoff.nextMs());
    expect(delays.slice(0, 4)).toEqual([200, 400, 800, 1600]);
    expect(delays.slice(-3)).toEqual([30_000, 30_000, 30_000]);
    backoff.reset();
    expect(backoff.nextMs()).toBe(200);
  });

  it('draws the whole delay at random: never above the ceiling, and down to nothing', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat(2000),
        (random, tries) => {
          const backoff = new Backoff(() => random);
          for (let attempt = 0; attempt < tries; attempt += 1) backoff.nextMs();
          const ceilingMs = Math.min(AGENT_LIMITS.backoffMaxMs.value, 200 * 2 ** Math.min(tries, 40));
          expect(backoff.nextMs()).toBeCloseTo(random * ceilingMs, 6);
          expect(backoff.attempt).toBe(tries + 1);
        },
      ),
    );
  });
});
