import { describe, expect, it } from 'vitest';
import { errorTable } from './error-table.ts';
import { disturbedShare, errorsOf, type MatchedRun, summaryOf, worstErrorMs } from './phase-errors.ts';

const run = (connect: number, isDisturbed = false): MatchedRun => ({
  reported: { connect: 10 + connect, tls: 3 },
  truth: { connect: 10, ttfb: 4 },
  isDisturbed,
});

describe('errors of phases', () => {
  it('are what was reported minus what is, of phases that have both', () => {
    expect(errorsOf(run(-2))).toEqual({ connect: -2 });
    expect(worstErrorMs(run(-2))).toBe(2);
    expect(worstErrorMs({ reported: {}, truth: {}, isDisturbed: false })).toBe(0);
  });

  it('are summed up without their signs, and with them for their lean', () => {
    const summary = summaryOf([run(-3), run(-1), run(2)]);
    expect(summary.get('connect')).toEqual({ count: 3, medianMs: 2, p99Ms: 3, leanMs: -1 });
    expect([...summary.keys()]).toEqual(['connect']);
  });

  it('of runs that say themselves that they were disturbed do not count', () => {
    const runs = [run(1), run(80, true)];
    expect(summaryOf(runs).get('connect')).toMatchObject({ count: 1, p99Ms: 1 });
    expect(disturbedShare(runs)).toBe(0.5);
  });

  it('stand in a table, those of the peer beside them', () => {
    const [, head, line] = errorTable('one', summaryOf([run(1)]), new Map()).split('\n');
    expect(head?.split(/\s+/).filter(Boolean).slice(0, 4)).toEqual(['phase', 'runs', 'median', 'p99']);
    expect(line?.split(/\s+/).filter(Boolean)).toEqual([
      'connect',
      '1',
      '1.000',
      '1.000',
      '1.000',
      '-',
      '-',
      '-',
      '-',
    ]);
  });
});
