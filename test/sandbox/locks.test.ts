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
});
