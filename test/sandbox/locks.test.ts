import { describe, expect, it } from 'vitest';
import { UploadLocks } from '../../sandbox/locks.ts';
import { ManualClock } from './manual-clock.ts';

describe('UploadLocks', () => {
  it('holds each upload for as long as it was told', () => {
    const clock = new ManualClock();
    const locks = new UploadLocks(clock);
    locks.hold('a', 100);
    locks.hold('b', 300);
    locks.hold('c', 0);
    expect(['a', 'b', 'c', 'd'].map((id) => locks.isHeld(id))).toEqual([true, true, false, false]);
    clock.advance(100);
    expect([locks.isHeld('a'), locks.isHeld('b')]).toEqual([false, true]);
    locks.hold('a', 50);
    expect([locks.isHeld('a'), locks.isHeld('b')]).toEqual([true, true]);
  });

  it('forgets what has run out, and nothing that is held', () => {
    const clock = new ManualClock();
    const locks = new UploadLocks(clock);
    locks.hold('long', 10_000);
    for (let held = 0; held < 1000; held += 1) {
      locks.hold(`upload ${held}`, 50);
      expect(locks.size).toBeLessThanOrEqual(6);
      clock.advance(10);
    }
    expect(locks.isHeld('long')).toBe(false);
    locks.hold('none', 0);
    clock.advance(50);
    locks.hold('none', 0);
    expect(locks.size).toBe(0);
  });
});
