import { describe, expect, it } from 'vitest';
import { StoreClock } from '../../../collector/members/store-clock.ts';

/** A collector's clocks, of which the wall clock can be set. */
function clocks(wallMs: number) {
  const state = { monotonic: 0, wall: wallMs };
  return {
    state,
    clock: { monotonicMs: () => state.monotonic, wallMs: () => state.wall },
    pass(ms: number) {
      state.monotonic += ms;
      state.wall += ms;
    },
  };
}

describe('the clock of the store', () => {
  it('is our own until the store was asked', () => {
    const { clock } = clocks(5_000_000);
    const storeClock = new StoreClock(clock);
    expect(storeClock.nowMs).toBe(5_000_000);
    expect(storeClock.offsetMs).toBe(0);
  });

  it('is taken to have been read in the middle of the question', () => {
    const { clock, pass } = clocks(5_000_000);
    const storeClock = new StoreClock(clock);
    pass(40);
    storeClock.told(5_003_020, 0);
    expect(storeClock.nowMs).toBe(5_003_040);
    expect(storeClock.offsetMs).toBe(3000);
  });

  it('trusts the answer that took the shortest way', () => {
    const { clock, pass } = clocks(5_000_000);
    const storeClock = new StoreClock(clock);
    pass(2);
    storeClock.told(5_001_001, 0);
    pass(400);
    storeClock.told(5_001_002, 2);
    expect(storeClock.offsetMs).toBe(1000);
  });

  it('is right at once when our own clock is set', () => {
    const { clock, pass, state } = clocks(5_000_000);
    const storeClock = new StoreClock(clock);
    pass(2);
    storeClock.told(5_001_001, 0);
    state.wall -= 3_600_000;
    expect(clock.wallMs() + storeClock.offsetMs).toBe(5_001_002);
  });

  it('follows a store whose clock is set', () => {
    const { clock, pass } = clocks(5_000_000);
    const storeClock = new StoreClock(clock);
    pass(2);
    storeClock.told(5_000_001, 0);
    pass(100);
    storeClock.told(4_000_000, 92);
    expect(storeClock.nowMs).toBe(4_000_005);
  });

  it('remembers few answers: two clocks never run alike for long', () => {
    const { clock, pass, state } = clocks(5_000_000);
    const storeClock = new StoreClock(clock);
    pass(1);
    storeClock.told(5_000_000, 0);
    for (let i = 0; i < 20; i += 1) {
      const asked = state.monotonic;
      pass(20);
      storeClock.told(state.wall - 10 + 5, asked);
    }
    expect(storeClock.offsetMs).toBe(5);
  });
});
