import { describe, expect, it } from 'vitest';
import { type Found, matches, outcomeOf, type Rule, scoreOf } from './change-score.ts';

/** A rule that tells what it is told to, at the sample of each index. */
const saying =
  (...found: readonly Found[]): Rule =>
  () => {
    let at = -1;
    return () => {
      at += 1;
      return found.find(({ index }) => index === at);
    };
  };
const trace = (labels: readonly number[]) => ({ labels, values: Array.from({ length: 720 }, () => 1) });
const score = (labels: readonly number[], ...found: readonly Found[]) =>
  scoreOf([outcomeOf(trace(labels), saying(...found))], 360);

describe('matches', () => {
  it('use each label and each find once', () => {
    expect(matches([10, 12], [14], 0, 15)).toEqual([[10, 14]]);
    expect(matches([10], [11, 12], 0, 15)).toEqual([[10, 11]]);
    expect(matches([10, 12], [12, 13], 0, 15)).toEqual([
      [10, 12],
      [12, 13],
    ]);
  });

  it('leave out what is outside of the window, at both ends exactly', () => {
    expect(matches([100], [99], 0, 15)).toEqual([]);
    expect(matches([100], [100], 0, 15)).toHaveLength(1);
    expect(matches([100], [115], 0, 15)).toHaveLength(1);
    expect(matches([100], [116], 0, 15)).toEqual([]);
    expect(matches([100], [97, 98], -2, 2)).toEqual([[100, 98]]);
  });

  it('are as many as can be when windows overlap', () => {
    expect(matches([10, 11, 12], [11, 12, 27], 0, 15)).toHaveLength(3);
  });
});

describe('a score', () => {
  it('is one for a rule that finds all at once', () => {
    expect(score([100, 300], { index: 103, onset: 100 }, { index: 305, onset: 301 })).toMatchObject({
      ...{ changeF1: 1, alarmF1: 1, falsePerDay: 0, medianDelay: 4, precision: 1, recall: 1 },
    });
  });

  it('counts alarms that are late, or twice, as false, and onsets apart from alarms', () => {
    const late = score([100], { index: 120, onset: 100 });
    expect(late).toMatchObject({ alarmF1: 0, changeF1: 1, falsePerDay: 0.5 });
    const twice = score([100], { index: 103, onset: 90 }, { index: 106, onset: 90 });
    expect(twice).toMatchObject({ changeF1: 0, alarms: 2, falsePerDay: 0.5, precision: 0.5 });
    expect(twice.alarmF1).toBeCloseTo(2 / 3);
  });

  it('of a rule that says nothing is nothing', () => {
    expect(score([100])).toMatchObject({ alarmF1: 0, changeF1: 0, falsePerDay: 0, alarms: 0 });
  });

  it('of several traces is of all labels together', () => {
    const outcomes = [
      outcomeOf(trace([100]), saying({ index: 101, onset: 100 })),
      outcomeOf(trace([100, 200, 300]), saying()),
    ];
    expect(scoreOf(outcomes, 360)).toMatchObject({ labels: 4, alarms: 1, alarmF1: 0.4, recall: 0.25 });
  });
});
