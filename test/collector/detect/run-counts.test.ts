import { describe, expect, it } from 'vitest';
import { RunCounts, sumCounts } from '../../../collector/detect/run-counts.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const START_MS = Math.floor(1_800_000_000_000 / HOUR_MS) * HOUR_MS;
const bad = { runs: 1, failures: 1 };
const good = { runs: 1, failures: 0 };

describe('counts of runs', () => {
  it('are those of the last minutes, and of the last hours where that is longer', () => {
    const counts = new RunCounts();
    for (let minute = 0; minute < 4 * 1440; minute += 1) counts.add(START_MS + minute * MINUTE_MS, good);
    const nowMs = START_MS + 4 * 1440 * MINUTE_MS - 1;
    expect(counts.sum(5 * MINUTE_MS, nowMs).runs).toBe(5);
    expect(counts.sum(6 * HOUR_MS, nowMs).runs).toBe(360);
    expect(counts.sum(72 * HOUR_MS, nowMs).runs).toBe(72 * 60);
  });

  it('take what comes late in its own bucket, and nothing that is older than they reach', () => {
    const counts = new RunCounts();
    counts.add(START_MS + 80 * HOUR_MS, good);
    counts.add(START_MS + 79 * HOUR_MS, bad);
    counts.add(START_MS, bad);
    expect(counts.sum(5 * MINUTE_MS, START_MS + 80 * HOUR_MS)).toEqual(good);
    expect(counts.sum(72 * HOUR_MS, START_MS + 80 * HOUR_MS)).toEqual({ runs: 2, failures: 1 });
  });

  it('count nothing twice after a gap, and nothing that is over', () => {
    const counts = new RunCounts();
    counts.add(START_MS, bad);
    expect(counts.sum(HOUR_MS, START_MS + 100 * HOUR_MS)).toEqual({ runs: 0, failures: 0 });
    counts.add(START_MS + 200 * HOUR_MS, good);
    expect(counts.sum(72 * HOUR_MS, START_MS + 200 * HOUR_MS)).toEqual(good);
  });

  it('leave out failures that are explained, and not their runs', () => {
    const counts = new RunCounts();
    for (let minute = 0; minute < 10; minute += 1) counts.add(START_MS + minute * MINUTE_MS, bad);
    const nowMs = START_MS + 10 * MINUTE_MS - 1;
    const leftOut = (fromMs: number) => fromMs < START_MS + 7 * MINUTE_MS;
    expect(counts.sum(HOUR_MS, nowMs, leftOut)).toEqual({ runs: 10, failures: 3 });
    expect(counts.firstFailureMs(HOUR_MS, nowMs, leftOut)).toBe(START_MS + 7 * MINUTE_MS);
    expect(counts.firstFailureMs(HOUR_MS, nowMs)).toBe(START_MS);
    expect(counts.firstFailureMs(HOUR_MS, nowMs, () => true)).toBeUndefined();
  });

  it('add up', () => {
    expect(sumCounts([good, bad, bad])).toEqual({ runs: 3, failures: 2 });
  });
});
