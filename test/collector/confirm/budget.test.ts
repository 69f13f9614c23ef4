import { describe, expect, it } from 'vitest';
import { Budget } from '../../../collector/confirm/budget.ts';
import { CONFIRM_LIMITS } from '../../../collector/confirm/limits.ts';
import type { Suspicion } from '../../../collector/detect/confirmation.ts';

const { pauseMs, remembered, roundsBurst, roundsPerMinute, runsPerAgentMinute } = CONFIRM_LIMITS;
const check = (target: string, region = 'eu-west'): Suspicion => ({
  ...{ region, agent: 'a', probe: 'edge', target, metric: 'ttfb_ms', evidence: 12 },
});

describe('the budget', () => {
  it('has a burst of rounds, and then so many a minute', () => {
    const budget = new Budget(0);
    let spent = 0;
    const spendAll = (nowMs: number) => {
      for (; budget.hasRound(nowMs); spent += 1) budget.spend(check(`t${spent}`), [], nowMs);
    };
    spendAll(0);
    expect(spent).toBe(roundsBurst.value);
    for (let nowMs = 1000; nowMs <= 61_000; nowMs += 1000) spendAll(nowMs);
    expect(spent).toBe(roundsBurst.value + roundsPerMinute.value);
    // Rest is not saved up beyond the burst.
    spendAll(3_600_000);
    expect(spent).toBe(2 * roundsBurst.value + roundsPerMinute.value);
  });

  it('pauses a check of a region, and no other', () => {
    const budget = new Budget(0);
    expect(budget.isPaused(check('clip'), 0)).toBe(false);
    budget.spend(check('clip'), [], 0);
    expect(budget.isPaused({ ...check('clip'), metric: 'failure_ratio', agent: 'b' }, 1)).toBe(true);
    expect(budget.isPaused(check('clip', 'us-east'), 1)).toBe(false);
    expect(budget.isPaused(check('stream'), 1)).toBe(false);
    expect(budget.isPaused(check('clip'), pauseMs.value - 1)).toBe(true);
    expect(budget.isPaused(check('clip'), pauseMs.value)).toBe(false);
  });

  it('does not let the question whether it is there keep that of where it is', () => {
    const budget = new Budget(0);
    budget.spend(check('clip'), [], 0);
    const telling = { ...check('clip'), telling: { incident: 'inc-1', agents: ['b'] } };
    expect(budget.isPaused(telling, 1)).toBe(false);
    budget.spend(telling, [], 1);
    expect(budget.isPaused(telling, 2)).toBe(true);
  });

  it('spares an agent that was asked often, until its minute is over', () => {
    const budget = new Budget(0);
    let asked = 0;
    const askAll = (nowMs: number) => {
      for (; budget.mayAsk('a', nowMs); asked += 1) budget.spend(check(`t${asked}`), ['a'], nowMs);
    };
    askAll(0);
    expect(asked).toBe(runsPerAgentMinute.value / 2);
    expect(budget.mayAsk('b', 0)).toBe(true);
    for (let nowMs = 1000; nowMs <= 61_000; nowMs += 1000) askAll(nowMs);
    expect(asked).toBe(1.5 * runsPerAgentMinute.value);
  });

  it('forgets the oldest pause beyond what it remembers', () => {
    const budget = new Budget(0);
    for (let i = 0; i <= remembered.value; i += 1) budget.spend(check(`t${i}`), [], 0);
    expect(budget.isPaused(check('t0'), 1)).toBe(false);
    expect(budget.isPaused(check('t1'), 1)).toBe(true);
  });

  it('takes a clock that stands still for what it is', () => {
    const budget = new Budget(5000);
    expect(budget.hasRound(5000)).toBe(true);
    expect(budget.hasRound(4000)).toBe(true);
  });
});
