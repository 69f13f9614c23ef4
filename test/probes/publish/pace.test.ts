import { describe, expect, it } from 'vitest';
import { Pace } from '../../../probes/publish/pace.ts';
import { clock } from '../net/run-context.ts';

const never = new AbortController().signal;

describe('turns at an interval', () => {
  it('begin at once, and follow from start to start', async () => {
    const pace = new Pace(clock, 60);
    const startMs = clock.monotonicMs();
    await pace.turn(never);
    expect(clock.monotonicMs() - startMs).toBeLessThan(50);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await pace.turn(never);
    // Timers fire up to a millisecond early.
    expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(58);
  });

  it('tell the longest that one was after another', async () => {
    let nowMs = 0;
    const pace = new Pace({ monotonicMs: () => nowMs, wallMs: () => nowMs }, 100);
    await pace.turn(never);
    expect(pace.longestMs).toBe(100);
    for (const atMs of [120, 370, 480]) {
      nowMs = atMs;
      await pace.turn(never);
    }
    expect(pace.longestMs).toBe(250);
  });

  it('do not come once the signal has aborted, nor keep anybody waiting', async () => {
    const pace = new Pace(clock, 60_000);
    const stop = new AbortController();
    expect(await pace.turn(stop.signal)).toBe(true);
    setTimeout(() => stop.abort(), 10);
    expect(await pace.turn(stop.signal)).toBe(false);
    expect(await new Pace(clock, 10).turn(stop.signal)).toBe(false);
  });
});
