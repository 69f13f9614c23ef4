import { describe, expect, it } from 'vitest';
import { atLeast, atMost, row, within } from './benchmark.ts';

describe('a row of a benchmark', () => {
  it('carries the ratio to its peer and whether the goal holds', () => {
    expect(row('rss', 72, 'MB', { peer: { name: 'bare node', value: 48 }, goal: atMost(80) })).toEqual({
      metric: 'rss',
      value: 72,
      unit: 'MB',
      peer: 'bare node',
      peer_value: 48,
      ratio: 1.5,
      goal: '≤ 80',
      holds: true,
    });
  });

  it('leaves out what it has not: no peer, no goal', () => {
    expect(row('cpu', 1.5, 'ms')).toEqual({ metric: 'cpu', value: 1.5, unit: 'ms' });
  });

  it('has no ratio to a peer of zero', () => {
    expect(row('cpu', 1.5, 'ms', { peer: { name: 'nothing', value: 0 } })).toEqual({
      metric: 'cpu',
      value: 1.5,
      unit: 'ms',
      peer: 'nothing',
      peer_value: 0,
    });
  });

  it('is judged before it is rounded', () => {
    expect(row('rss', 80.00001, 'MB', { goal: atMost(80) })).toMatchObject({ value: 80, holds: false });
  });

  it('meets a goal from below or from above, the limit included', () => {
    expect([0.59, 0.6, 0.61].map((value) => atLeast(0.6).met(value))).toEqual([false, true, true]);
    expect([0.59, 0.6, 0.61].map((value) => atMost(0.6).met(value))).toEqual([true, true, false]);
    expect(row('ratio', 0.7, '1', { goal: atLeast(0.6) })).toMatchObject({ goal: '≥ 0.6', holds: true });
  });

  it('meets a goal with a tolerance on both sides, its ends included', () => {
    const goal = within(1, 0.5);
    expect([0.4, 0.5, 1, 1.5, 1.6].map((value) => goal.met(value))).toEqual([false, true, true, true, false]);
    expect(goal.text).toBe('1 ± 0.5');
  });

  it('refuses what is no figure, rather than to store it', () => {
    expect(() => row('slope', Number.NaN, '1')).toThrow('slope was not measured');
    expect(() => row('slope', 1, '1', { peer: { name: 'x', value: Number.POSITIVE_INFINITY } })).toThrow(
      RangeError,
    );
  });
});
