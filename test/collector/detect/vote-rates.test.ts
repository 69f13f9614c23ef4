import { describe, expect, it } from 'vitest';
import { GroupScore } from '../../../collector/detect/e-sr.ts';
import { DETECT_DEFAULTS } from '../../../collector/detect/settings.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';
import { VoteRates } from '../../../collector/detect/vote-rates.ts';

const P0 = 0.2;
const UNITS = 5;

/** Feeds rounds of votes, one a unit. */
function feed(rates: VoteRates, rounds: number, vote: (unit: number, round: number) => number): void {
  for (let round = 0; round < rounds; round += 1)
    rates.take(new Map(Array.from({ length: UNITS }, (_, unit) => [unit, vote(unit, round)])), P0, false);
}

/** Votes that stay what they were with a probability; a fifth of them is 1. */
function sticky(random: Random, stay: number): (unit: number) => number {
  const last = new Map<number, number>();
  return (unit) => {
    const is = random.chance(stay) ? (last.get(unit) ?? 0) : Number(random.chance(0.15));
    last.set(unit, is);
    return is;
  };
}

describe('the rates of votes', () => {
  it('are what is assumed, while nothing is known', () => {
    const rates = new VoteRates(DETECT_DEFAULTS);
    expect(rates.rateOf(0, P0)).toBe(P0);
    expect(rates.dispersion).toBe(1);
  });

  it('of a unit that never exceeds sink to a floor, so that an exceedance of it says more', () => {
    const rates = new VoteRates(DETECT_DEFAULTS);
    feed(rates, 2000, () => 0);
    expect(rates.rateOf(0, P0)).toBeCloseTo(DETECT_DEFAULTS.rateFloor * P0, 6);
  });

  it('of a unit that exceeds always rise until it says nothing more, and no further', () => {
    const rates = new VoteRates(DETECT_DEFAULTS);
    feed(rates, 2000, (unit) => Number(unit === 0));
    expect(rates.rateOf(0, P0)).toBe(0.75);
    expect(rates.rateOf(1, P0)).toBeLessThan(P0);
  });

  it('depend on the round before where noise remembers it', () => {
    const rates = new VoteRates(DETECT_DEFAULTS);
    feed(rates, 3000, sticky(new Random(1), 0.6));
    rates.take(
      new Map([
        [0, 1],
        [1, 0],
      ]),
      P0,
      false,
    );
    expect(rates.rateOf(0, P0)).toBeGreaterThan(0.5);
    expect(rates.rateOf(1, P0)).toBeLessThan(0.15);
  });

  it('of a unit of which little is known are as those of the others where all are alike', () => {
    const rates = new VoteRates(DETECT_DEFAULTS, true);
    feed(rates, 300, (_, round) => Number(round % 20 === 0));
    const newcomer = rates.rateOf(UNITS, P0);
    expect(newcomer).toBeLessThan(P0 / 2);
    expect(newcomer).toBeGreaterThan(rates.rateOf(0, P0) * 0.9);
    const apart = new VoteRates(DETECT_DEFAULTS);
    feed(apart, 300, (_, round) => Number(round % 20 === 0));
    expect(apart.rateOf(UNITS, P0)).toBe(P0);
  });

  it('after an exceedance are remembered however seldom there is one', () => {
    const rates = new VoteRates(DETECT_DEFAULTS);
    // Thrice in a row, once in five hundred rounds.
    feed(rates, 5000, (unit, round) => Number((round + 100 * unit) % 500 < 3));
    const quiet = rates.rateOf(0, P0);
    rates.take(new Map([[0, 1]]), P0, false);
    expect(quiet).toBeCloseTo(DETECT_DEFAULTS.rateFloor * P0, 6);
    expect(rates.rateOf(0, P0)).toBeGreaterThan(0.5);
  });

  it('are the same after they were saved and taken up, those of newcomers too', () => {
    const rates = new VoteRates(DETECT_DEFAULTS, true);
    feed(rates, 300, (unit, round) => Number((round + unit) % 10 === 0));
    const again = new VoteRates(DETECT_DEFAULTS, true);
    again.restore(rates.save());
    for (const unit of [0, UNITS - 1, UNITS])
      expect(again.rateOf(unit, P0)).toBeCloseTo(rates.rateOf(unit, P0), 6);
  });

  it('are not learned from what turns out to belong to an alarm', () => {
    const rates = new VoteRates(DETECT_DEFAULTS);
    feed(rates, 500, () => 0);
    const before = rates.rateOf(0, P0);
    feed(rates, 6, () => 1);
    for (let i = 0; i < 100; i += 1) rates.take(new Map([[0, 1]]), P0, true);
    rates.take(new Map([[0, 0]]), P0, false);
    expect(rates.rateOf(0, P0)).toBe(before);
  });
});

describe('the dispersion of votes', () => {
  it('is about one for independent units, and about their number for units that only move together', () => {
    const random = new Random(2);
    const independent = new VoteRates(DETECT_DEFAULTS);
    feed(independent, 3000, () => Number(random.chance(0.15)));
    expect(independent.dispersion).toBeLessThan(1.3);
    const together = new VoteRates(DETECT_DEFAULTS);
    let shared = 0;
    feed(together, 3000, (unit) => {
      if (unit === 0) shared = Number(random.chance(0.15));
      return shared;
    });
    expect(together.dispersion).toBeGreaterThan(UNITS * 0.7);
    expect(together.dispersion).toBeLessThan(UNITS * 1.2);
  });
});

describe('a score that bets against these rates', () => {
  /** Rounds until the score alarms at a threshold of 1000, on average; the rates known beforehand. */
  function meanRun(vote: (random: Random) => (unit: number) => number, conditional: boolean): number {
    let rounds = 0;
    const runs = 30;
    for (let seed = 1; seed <= runs; seed += 1) {
      const one = vote(new Random(seed));
      const rates = new VoteRates(DETECT_DEFAULTS);
      feed(rates, 1000, one);
      const score = new GroupScore(DETECT_DEFAULTS.bets);
      for (let round = 0; round < 5000 && score.full < 1000; round += 1) {
        const votes = new Map(Array.from({ length: UNITS }, (_, unit) => [unit, one(unit)]));
        score.update(
          votes,
          conditional ? (unit) => rates.rateOf(unit, P0) : P0,
          round,
          conditional ? rates.dispersion : 1,
        );
        rates.take(votes, P0, false);
        rounds += 1;
      }
    }
    return rounds / runs;
  }

  it('keeps its run length on votes that remember, where one that bets against a fixed rate does not', () => {
    const vote = (random: Random) => sticky(random, 0.6);
    expect(meanRun(vote, false)).toBeLessThan(500);
    expect(meanRun(vote, true)).toBeGreaterThan(1000);
  });

  it('keeps it on votes that units share, too', () => {
    const vote = (random: Random) => {
      let shared = false;
      return (unit: number) => {
        if (unit === 0) shared = random.chance(0.1);
        return Number(shared || random.chance(0.05));
      };
    };
    expect(meanRun(vote, false)).toBeLessThan(500);
    expect(meanRun(vote, true)).toBeGreaterThan(1000);
  });
});
