import { describe, expect, it } from 'vitest';
import { RoundClass } from '../../../collector/detect/rounds.ts';
import type { RunVote, Series } from '../../../collector/detect/series.ts';
import { DETECT_LIMITS } from '../../../collector/detect/settings.ts';
import { seriesOf } from './observations.ts';

const EVERY = 2000;
const vote = (slotMs: number): RunVote => ({ scheduledMs: slotMs, failed: false, readings: new Map() });

function fleet(count: number): Series[] {
  return Array.from({ length: count }, (_, i) => seriesOf({ agent: `agent-${i}` }));
}

/** Puts a vote of each series into round `i`, each at its own phase. */
function fill(rounds: RoundClass, series: readonly Series[], i: number): void {
  for (const [k, one] of series.entries()) {
    const slotMs = i * EVERY + k * 300;
    rounds.add(one, slotMs, vote(slotMs));
  }
}

describe('rounds', () => {
  it('close at once when everybody was heard who usually is', () => {
    const rounds = new RoundClass(EVERY);
    const series = fleet(3);
    fill(rounds, series, 5);
    const closed = [...rounds.close(5 * EVERY + 700)];
    expect(closed).toHaveLength(1);
    expect(closed[0]?.startMs).toBe(5 * EVERY);
    expect(closed[0]?.heard.size).toBe(3);
  });

  it('wait for one that is usually heard, until the grace is over', () => {
    const rounds = new RoundClass(EVERY);
    const series = fleet(3);
    fill(rounds, series, 5);
    expect([...rounds.close(6 * EVERY)]).toHaveLength(1);
    fill(rounds, series.slice(0, 2), 6);
    const endMs = 7 * EVERY;
    expect([...rounds.close(endMs + rounds.graceMs - 1)]).toHaveLength(0);
    expect([...rounds.close(endMs + rounds.graceMs)]).toHaveLength(1);
  });

  it('no longer wait for one that was not heard for three rounds', () => {
    const rounds = new RoundClass(EVERY);
    const series = fleet(3);
    fill(rounds, series, 5);
    for (let i = 6; i <= 9; i += 1) fill(rounds, series.slice(0, 2), i);
    expect([...rounds.close(20 * EVERY)]).toHaveLength(5);
    fill(rounds, series.slice(0, 2), 10);
    expect([...rounds.close(10 * EVERY)]).toHaveLength(1);
  });

  it('count one that was heard without a vote as heard', () => {
    const rounds = new RoundClass(EVERY);
    const series = fleet(2);
    fill(rounds, series, 5);
    [...rounds.close(6 * EVERY)];
    rounds.add(series[0] as Series, 6 * EVERY, vote(6 * EVERY));
    rounds.add(series[1] as Series, 6 * EVERY, undefined);
    const [closed] = [...rounds.close(6 * EVERY)];
    expect(closed?.heard.get(series[1] as Series)).toEqual([]);
  });

  it('close in order, whatever the order of arrival', () => {
    const rounds = new RoundClass(EVERY);
    const series = fleet(2);
    for (const i of [7, 5, 6]) fill(rounds, series, i);
    expect([...rounds.close(8 * EVERY)].map((round) => round.startMs / EVERY)).toEqual([5, 6, 7]);
  });

  it('let a straggler vote in the oldest round that is open', () => {
    const rounds = new RoundClass(EVERY);
    const series = fleet(1);
    fill(rounds, series, 5);
    [...rounds.close(6 * EVERY)];
    expect(rounds.add(series[0] as Series, 5 * EVERY, vote(5 * EVERY))).toBe(true);
    const [closed] = [...rounds.close(6 * EVERY)];
    expect(closed?.startMs).toBe(6 * EVERY);
    expect(closed?.heard.get(series[0] as Series)).toHaveLength(1);
  });

  it('refuse what is so late that it says nothing about now', () => {
    const rounds = new RoundClass(EVERY);
    const series = fleet(1);
    fill(rounds, series, 100);
    [...rounds.close(101 * EVERY)];
    const late = (100 - DETECT_LIMITS.lateRounds.value - 1) * EVERY;
    expect(rounds.add(series[0] as Series, late, vote(late))).toBe(false);
  });

  it('are bounded: too many open ones close with what they have', () => {
    const rounds = new RoundClass(EVERY);
    const [one, other] = fleet(2) as [Series, Series];
    rounds.add(other, 0, vote(0));
    const open = DETECT_LIMITS.openRounds.value + 10;
    for (let i = 0; i < open; i += 1) rounds.add(one, i * EVERY, vote(i * EVERY));
    expect([...rounds.close(0)].length).toBeGreaterThanOrEqual(10);
  });

  it('are shared by intervals that are nearly the same', () => {
    expect(new RoundClass(240_000).matches(238_500)).toBe(true);
    expect(new RoundClass(2000).matches(2500)).toBe(false);
  });
});
