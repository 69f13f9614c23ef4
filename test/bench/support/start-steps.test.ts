import { describe, expect, it } from 'vitest';
import { midmean, mostMoved, movedSteps, stepsOf, sumOf, typicalSteps } from './start-steps.ts';

const phase = (name: string, durationMs: number) => ({ name, startMs: 0, durationMs });

describe('the steps of a start', () => {
  const steps = stepsOf([
    phase('prepare', 80),
    phase('player', 5),
    phase('connect', 1),
    phase('tls', 4),
    phase('manifest wait', 3),
    phase('manifest 2 wait', 2),
    phase('segment tls', 6),
    phase('segment read', 1),
    phase('decode', 20),
    phase('watch', 2000),
    phase('stall', 100),
  ]);

  it('are added up by what they were for, whichever request they belong to', () => {
    expect([...steps]).toEqual([
      ['player', 5],
      ['connect', 1],
      ['tls', 10],
      ['manifest wait', 5],
      ['segment read', 1],
      ['decode', 20],
    ]);
  });

  it('are all of the start and nothing else', () => {
    expect(sumOf(steps)).toBe(42);
  });
});

describe('what moved', () => {
  const before = new Map([
    ['tls', 4],
    ['media wait', 3],
    ['decode', 20],
  ]);

  it('is the difference of each step, also of one that only one of them has', () => {
    const moved = movedSteps(
      before,
      new Map([
        ['tls', 304],
        ['media wait', 2],
        ['parse', 7],
      ]),
    );
    expect(Object.fromEntries(moved)).toEqual({ tls: 300, 'media wait': -1, decode: -20, parse: 7 });
    expect(mostMoved(moved, 'tls')).toEqual({ name: 'decode', ms: 20 });
    expect(mostMoved(moved, 'decode')).toEqual({ name: 'tls', ms: 300 });
  });

  it('is typical of the middle half of the runs', () => {
    const runs = [1, 100, 2, 3].map((ms) => new Map([['tls', ms]]));
    expect(typicalSteps([...runs, new Map()]).get('tls')).toBeCloseTo(2, 5);
  });
});

describe('the mean of the middle half', () => {
  it('is that of the two in the middle of four', () => {
    expect(midmean([100, 1, 3, -50])).toBe(2);
  });

  it('weights what lies across the cut', () => {
    expect(midmean([5])).toBe(5);
    expect(midmean([1, 2, 6])).toBeCloseTo((0.25 * 1 + 2 + 0.25 * 6) / 1.5, 10);
  });

  it('of nothing is no number', () => {
    expect(midmean([])).toBeNaN();
  });
});
