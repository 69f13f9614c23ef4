import { describe, expect, it } from 'vitest';
import { disturbancesOf, disturbedFromMs, lostOf } from '../../../agent/control/disturbance.ts';
import { CONTROL_LIMITS } from '../../../agent/control/limits.ts';

describe('disturbancesOf', () => {
  it('takes both the size of a delay and its share of the run', () => {
    const isDisturbed = (eventLoopDelayMs: number, durationMs: number) =>
      disturbancesOf({ eventLoopDelayMs }, durationMs).length > 0;
    expect(isDisturbed(20, 100)).toBe(false);
    expect(isDisturbed(21, 100)).toBe(true);
    expect(isDisturbed(60, 2000)).toBe(false);
    expect(isDisturbed(101, 2000)).toBe(true);
    expect(disturbedFromMs(2000)).toBe(100);
  });

  it('names everything that disturbed the run', () => {
    const losses = { eventLoopDelayMs: 30, cpuWaitMs: 25, stealMs: 40, stealOverMs: 200, memoryStallMs: 500 };
    expect(disturbancesOf(losses, 100)).toEqual(['event_loop', 'cpu_wait', 'cpu_steal', 'memory']);
    expect(disturbancesOf({ ...losses, eventLoopDelayMs: 1, memoryStallMs: 1 }, 100)).toEqual([
      'cpu_wait',
      'cpu_steal',
    ]);
  });

  it('passes over steal up to stealRatio of the time that it was counted over', () => {
    const { value } = CONTROL_LIMITS.stealRatio;
    const losses = { eventLoopDelayMs: 0, stealMs: 30 };
    expect(disturbancesOf({ ...losses, stealOverMs: 30 / value + 1 }, 100)).toEqual([]);
    expect(disturbancesOf({ ...losses, stealOverMs: 30 / value - 1 }, 100)).toEqual(['cpu_steal']);
  });

  it('says nothing of what the system does not tell', () => {
    expect(disturbancesOf({ eventLoopDelayMs: 0 }, 1)).toEqual([]);
  });
});

describe('lostOf', () => {
  it('is the greatest loss, and its share of the run, which is never more than all of it', () => {
    const losses = { eventLoopDelayMs: 10, cpuWaitMs: 40, stealMs: 5, memoryStallMs: 1 };
    expect(lostOf(losses, 200)).toEqual({ ms: 40, ratio: 0.2 });
    expect(lostOf({ eventLoopDelayMs: 30 }, 200)).toEqual({ ms: 30, ratio: 0.15 });
    expect(lostOf({ eventLoopDelayMs: 0, cpuWaitMs: 900 }, 300)).toEqual({ ms: 900, ratio: 1 });
    expect(lostOf({ eventLoopDelayMs: 0 }, 0)).toEqual({ ms: 0, ratio: 0 });
  });
});
