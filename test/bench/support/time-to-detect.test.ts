import { expect, it } from 'vitest';
import { detectTimes } from './time-to-detect.ts';

const FLEET = { seeds: [1, 2], everyMs: 5000, agentsPerRegion: 3 };

it('a region that no longer answers is found within a timeout and three intervals, and nothing beside it', () => {
  const { beside, seconds } = detectTimes({ ...FLEET, fault: { kind: 'blackhole', value: 1 } });
  expect(seconds).toHaveLength(2);
  expect(Math.max(...seconds)).toBeLessThanOrEqual(20);
  expect(Math.min(...seconds)).toBeGreaterThan(5);
  expect(beside).toBe(0);
});

it('what is no fault is not found', () => {
  expect(detectTimes({ ...FLEET, fault: { kind: 'latency', value: 0 } })).toEqual({ seconds: [], beside: 0 });
});
