import { describe, expect, it } from 'vitest';
import { eBhThreshold, GroupScore, SeriesScore } from '../../../collector/detect/e-sr.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';

const BETS = [0.5, 1, 2];
const P0 = 0.2;

const votes = (...ys: readonly number[]): Map<number, number> => new Map(ys.entries());

function roundsToAlarm(
  threshold: number,
  evidence: 'full' | 'leaveOneOut',
  next: () => Map<number, number>,
): number {
  const score = new GroupScore(BETS);
  for (let round = 1; ; round += 1) {
    score.update(next(), P0, round);
    if (score[evidence] >= threshold) return round;
  }
}

function meanRunLength(threshold: number, agents: number, evidence: 'full' | 'leaveOneOut'): number {
  const random = new Random(7);
  let total = 0;
  const repetitions = 200;
  for (let i = 0; i < repetitions; i += 1) {
    total += roundsToAlarm(threshold, evidence, () =>
      votes(...Array.from({ length: agents }, () => (random.chance(P0) ? 1 : 0))),
    );
  }
  return total / repetitions;
}

describe('the score of a group', () => {
  it('of one series, exceeding as often as is allowed, alarms on average no sooner than its threshold in rounds', () => {
    expect(meanRunLength(300, 1, 'full')).toBeGreaterThan(300);
  });

  it('of three independent agents does so no sooner either, and without the strongest one much later', () => {
    expect(meanRunLength(300, 3, 'full')).toBeGreaterThan(300);
    expect(meanRunLength(300, 3, 'leaveOneOut')).toBeGreaterThan(600);
  });

  it('reaches one in 300,000 in at most nine rounds when three agents exceed', () => {
    expect(roundsToAlarm(302_400, 'leaveOneOut', () => votes(1, 1, 1))).toBeLessThanOrEqual(9);
  });

  it('is never raised by one agent alone, however long', () => {
    const score = new GroupScore(BETS);
    for (let round = 0; round < 5000; round += 1) score.update(votes(1, 0, 0), P0, round);
    expect(score.full).toBeGreaterThan(1e6);
    expect(score.leaveOneOut).toBeLessThan(10);
  });

  it('of two agents needs each of them to reach the threshold alone', () => {
    const both = roundsToAlarm(302_400, 'leaveOneOut', () => votes(1, 1));
    const alone = roundsToAlarm(302_400, 'full', () => votes(1));
    expect(both).toBe(alone);
  });

  it('of one agent has no evidence but its own', () => {
    const score = new GroupScore(BETS);
    for (let round = 0; round < 100; round += 1) score.update(votes(1), P0, round);
    expect(score.leaveOneOut).toBe(0);
    expect(score.full).toBeGreaterThan(1e9);
  });

  it('takes an agent that joins later for one that had said nothing so far', () => {
    const score = new GroupScore(BETS);
    for (let round = 0; round < 20; round += 1) score.update(votes(1, 1), P0, round);
    const before = score.leaveOneOut;
    score.update(new Map([[99, 1]]), P0, 20);
    expect(score.leaveOneOut).toBeLessThanOrEqual(before * 3);
    expect(score.leaveOneOut).toBeGreaterThan(0);
  });

  it('stays finite for as long as a fault lasts', () => {
    const score = new GroupScore(BETS);
    for (let round = 0; round < 20_000; round += 1) score.update(votes(1, 1, 1, 1), P0, round);
    expect(score.full).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('puts the onset at the round in which the exceedances began', () => {
    const score = new GroupScore(BETS);
    for (let round = 0; round < 100; round += 1) score.update(votes(0, 0, 0), P0, round);
    for (let round = 100; round < 110; round += 1) score.update(votes(1, 1, 1), P0, round);
    expect(score.onsetMs).toBe(100);
  });

  it('takes a round without votes for no round', () => {
    const score = new GroupScore(BETS);
    score.update(votes(1, 1), P0, 0);
    const before = score.full;
    score.update(new Map(), P0, 1);
    expect(score.full).toBe(before);
  });

  it('begins anew after a reset', () => {
    const score = new GroupScore(BETS);
    for (let round = 0; round < 20; round += 1) score.update(votes(1, 1), P0, round);
    score.reset();
    expect([score.full, score.leaveOneOut]).toEqual([0, 0]);
  });
});

describe('e-BH', () => {
  it('reports the k largest for which the k-th is at least n / (alpha k)', () => {
    // n = 4, alpha = 0.1: 40, 20, 13.3, 10.
    expect(eBhThreshold([50, 25, 1, 1], 0.1)).toBe(25);
    expect(eBhThreshold([39, 1, 1, 1], 0.1)).toBe(Number.POSITIVE_INFINITY);
    expect(eBhThreshold([10, 10, 10, 10], 0.1)).toBe(10);
  });

  it('reports nothing of nothing', () => {
    expect(eBhThreshold([], 0.01)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a series that goes on', () => {
  it('has the evidence that it would have had without the break', () => {
    const whole = new SeriesScore([1, 3], 0.1);
    let parts = new SeriesScore([1, 3], 0.1);
    for (const y of [0, 1, 1, 0, 1, 1]) {
      whole.update(y);
      parts = new SeriesScore([1, 3], 0.1, JSON.parse(JSON.stringify(parts.scores)));
      parts.update(y);
    }
    expect(parts.evidence).toBe(whole.evidence);
    expect(whole.evidence).toBeGreaterThan(1);
  });
});
