import { describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../sandbox/clock.ts';
import { ManualClock } from './manual-clock.ts';

describe('sleep', () => {
  it('never ends early on the clock it is measured by', async () => {
    for (const delayMs of [0.3, 1, 2.5, 10, 10.01]) {
      const startMs = systemClock.monotonicMs();
      await sleep(delayMs, systemClock);
      expect(systemClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(delayMs);
    }
  });

  it('goes on sleeping while its clock stands still', async () => {
    const clock = new ManualClock();
    let awake = false;
    const slept = sleep(5, clock).then(() => {
      awake = true;
    });
    await sleep(40, systemClock);
    expect(awake).toBe(false);
    clock.advance(5);
    await slept;
  });

  it('ends at once when nothing is to be waited for, or nobody waits any more', async () => {
    await sleep(0, new ManualClock());
    await sleep(-5, new ManualClock());
    await sleep(1e9, systemClock, AbortSignal.abort());
    const leaving = new AbortController();
    const slept = sleep(1e6, systemClock, leaving.signal);
    leaving.abort();
    await slept;
  });
});
