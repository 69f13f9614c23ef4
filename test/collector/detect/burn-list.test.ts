import { describe, expect, it } from 'vitest';
import { Budget, Budgets } from '../../../collector/detect/budgets.ts';
import { BurnList, burnOf } from '../../../collector/detect/burn-list.ts';
import { BURN_WINDOWS, type BurnAlert } from '../../../collector/detect/burn-rate.ts';
import { DETECT_LIMITS } from '../../../collector/detect/settings.ts';

const SLO = { successRatio: 0.999, periodMs: 30 * 86_400_000 };
const CHECK = { probe: 'edge', target: 'clip' };
const budget = new Budget({ ...CHECK, slo: SLO });
const [window] = BURN_WINDOWS as [(typeof BURN_WINDOWS)[number]];
const alert = (longRate: number): BurnAlert => ({
  window,
  longRate,
  shortRate: 100,
  runs: 600,
  failures: 20,
});

describe('what burns within an incident', () => {
  it('stands once, as bad as it was at its worst, with the time when it began', () => {
    const list = new BurnList();
    expect(list.add(burnOf(budget, alert(20), 1), 1)).toBe(true);
    expect(list.add(burnOf(budget, alert(40), 2), 2)).toBe(false);
    expect(list.add(burnOf(budget, alert(30), 3), 3)).toBe(false);
    expect(list.all).toMatchObject([{ ...CHECK, objective: 0.999, longRate: 40, beganMs: 1, endedMs: null }]);
  });

  it('ends with data, and is news when it begins again', () => {
    const budgets = new Budgets();
    budgets.promise([{ ...CHECK, slo: SLO }]);
    const nowMs = 1_800_000_000_000;
    const list = new BurnList([burnOf(budget, alert(20), 1)]);
    expect(list.end(budgets.of(CHECK) as Budget, nowMs)).toEqual([]);
    const counted = [{ ...CHECK, region: 'eu-west', atMs: nowMs, runs: 100, failures: 0 }];
    budgets.recall([CHECK], { beforeMs: nowMs, seenMs: nowMs, counted });
    expect(list.end(budgets.of(CHECK) as Budget, nowMs)).toHaveLength(1);
    expect(list.on).toEqual([]);
    expect(list.add(burnOf(budget, alert(15), nowMs), nowMs + 1)).toBe(true);
    expect(list.all).toMatchObject([{ longRate: 15, beganMs: nowMs }]);
  });

  it('is no news while the history before its end is played again', () => {
    const list = new BurnList([{ ...burnOf(budget, alert(20), 1000), endedMs: 9000 }]);
    expect(list.add(burnOf(budget, alert(20), 1000), 5000)).toBe(false);
  });

  it('is of burnsPerIncident windows at most', () => {
    const list = new BurnList();
    const { value } = DETECT_LIMITS.burnsPerIncident;
    for (let i = 0; i < value + 2; i += 1)
      list.add(burnOf(new Budget({ probe: `p${i}`, target: 't', slo: SLO }), alert(20), 1), 1);
    expect(list.all).toHaveLength(value);
  });
});
