import { describe, expect, it } from 'vitest';
import { RoundVotes, Units } from '../../../collector/detect/round-votes.ts';
import type { Vote } from '../../../collector/detect/tally.ts';

const vote = (y: number, raw: number, failed: number): Vote => ({ y, raw, failed });

describe('the votes of a round', () => {
  it('are what they were, by unit, for whole votes and for the shares of a few runs', () => {
    const units = new Units();
    const votes = new Map<string, Vote>();
    for (const of of [1, 2, 3, 4, 5, 6])
      for (let k = 0; k <= of; k += 1) votes.set(`${k} of ${of}`, vote(k / of, 1, (of - k) / of));
    const packed = new RoundVotes(units, votes);
    expect(packed.size).toBe(votes.size);
    expect(packed.units()).toEqual([...votes.keys()]);
    for (const [unit, one] of votes) expect(packed.of(unit)).toEqual(one);
    expect(packed.all()).toEqual([...votes.values()]);
  });

  it('are to a 240th for shares of many', () => {
    const packed = new RoundVotes(new Units(), new Map([['eu-west', vote(100 / 333, 200 / 333, 1 / 333)]]));
    const { y, raw, failed } = packed.of('eu-west') ?? vote(0, 0, 0);
    expect(Math.abs(y - 100 / 333)).toBeLessThanOrEqual(1 / 480);
    expect(Math.abs(raw - 200 / 333)).toBeLessThanOrEqual(1 / 480);
    expect(Math.abs(failed - 1 / 333)).toBeLessThanOrEqual(1 / 480);
  });

  it('know who voted, among all units of the group', () => {
    const units = new Units();
    const first = new RoundVotes(units, new Map([['a', vote(0, 0, 0)]]));
    const second = new RoundVotes(units, new Map([['b', vote(1, 1, 0)]]));
    expect([first.has('a'), first.has('b'), first.has('c')]).toEqual([true, false, false]);
    expect([second.has('a'), second.has('b')]).toEqual([false, true]);
    expect(second.of('a')).toBeUndefined();
  });

  it('equal others of the same units and shares', () => {
    const units = new Units();
    const of = (...entries: [string, Vote][]) => new RoundVotes(units, new Map(entries));
    const one = of(['a', vote(0, 0, 0)], ['b', vote(1, 1, 0)]);
    expect(one.equals(of(['a', vote(0, 0, 0)], ['b', vote(1, 1, 0)]))).toBe(true);
    const turned = of(['b', vote(1, 1, 0)], ['a', vote(0, 0, 0)]);
    expect([one.equals(turned), turned.equals(one)]).toEqual([true, true]);
    expect(turned.units()).toEqual(['a', 'b']);
    expect(one.equals(of(['a', vote(0, 0, 0)], ['b', vote(1, 1, 1)]))).toBe(false);
    expect(one.equals(of(['a', vote(0, 0, 0)]))).toBe(false);
    expect(one.equals(of(['a', vote(0, 0, 0)], ['c', vote(1, 1, 0)]))).toBe(false);
  });

  it('hold the thousands of units of a large region', () => {
    const votes = new Map(
      Array.from({ length: 20_000 }, (_, i) => [`agent-${i}`, vote(i % 2, 1, 0)] as const),
    );
    const packed = new RoundVotes(new Units(), votes);
    expect(packed.of('agent-19999')).toEqual(vote(1, 1, 0));
    expect(packed.of('agent-19998')).toEqual(vote(0, 1, 0));
  });
});
