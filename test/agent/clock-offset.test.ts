import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockOffset } from '../../agent/clock-offset.ts';
import { VirtualTime } from './virtual-time.ts';

/** Asks a collector whose clock is `aheadMs` ahead, over a line with these delays. */
function exchange(
  time: VirtualTime,
  offset: ClockOffset,
  aheadMs: number,
  thereMs: number,
  backMs: number,
): void {
  const sentMs = time.clock.monotonicMs();
  time.advance(thereMs);
  const serverMs = time.clock.wallMs() + aheadMs;
  time.advance(backMs);
  offset.sample(sentMs, serverMs);
}

describe('ClockOffset', () => {
  it('is nothing before the first answer', () => {
    const time = new VirtualTime();
    const offset = new ClockOffset(time.clock);
    expect(offset.offsetMs()).toBe(0);
    expect(offset.errorMs()).toBeUndefined();
  });

  it('is at most half the shortest round trip off, however the line behaves', () => {
    const delay = fc.integer({ min: 0, max: 2000 });
    fc.assert(
      fc.property(
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.array(fc.tuple(delay, delay), { minLength: 1, maxLength: 16 }),
        (aheadMs, trips) => {
          const time = new VirtualTime();
          const offset = new ClockOffset(time.clock);
          for (const [there, back] of trips) exchange(time, offset, aheadMs, there, back);
          const shortest = Math.min(...trips.map(([there, back]) => there + back));
          expect(offset.errorMs()).toBe(shortest / 2);
          expect(Math.abs(offset.offsetMs() - aheadMs)).toBeLessThanOrEqual(shortest / 2 + 1e-3);
        },
      ),
    );
  });

  it('follows when somebody sets the clock of the agent, without asking again', () => {
    const time = new VirtualTime();
    const offset = new ClockOffset(time.clock);
    exchange(time, offset, 500, 10, 10);
    time.setWall(60_000);
    expect(offset.offsetMs()).toBeCloseTo(500 - 60_000, 3);
  });

  it('forgets old samples, so that it follows a clock that drifts', () => {
    const time = new VirtualTime();
    const offset = new ClockOffset(time.clock);
    exchange(time, offset, 0, 1, 1);
    for (let count = 0; count < 16; count += 1) exchange(time, offset, 250, 20, 20);
    expect(offset.offsetMs()).toBeCloseTo(250, 3);
  });
});
