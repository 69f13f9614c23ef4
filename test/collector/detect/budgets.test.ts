import { describe, expect, it } from 'vitest';
import { type Budget, Budgets } from '../../../collector/detect/budgets.ts';
import type { Slo } from '../../../collector/detect/burn-rate.ts';
import { BURN_WINDOWS } from '../../../collector/detect/burn-rate.ts';
import { Detector } from '../../../collector/detect/detector.ts';
import { DETECT_LIMITS } from '../../../collector/detect/settings.ts';
import { runOf, TIMEOUT } from './observations.ts';

const SLO: Slo = { successRatio: 0.999, periodMs: 30 * 86_400_000 };
const CHECK = { probe: 'edge', target: 'clip' };
const HOUR_MS = 3_600_000;
const [PAGE] = BURN_WINDOWS as [(typeof BURN_WINDOWS)[number]];

function budgetsOf(slo: Slo = SLO): { budgets: Budgets; budget: Budget } {
  const budgets = new Budgets();
  budgets.promise([{ ...CHECK, slo }]);
  return { budgets, budget: budgets.of(CHECK) as Budget };
}

const totals = (budget: Budget, nowMs: number) => budget.byRegion(HOUR_MS, nowMs);

describe('budgets', () => {
  it('are of checks with a promise alone, and count what says something of the target', () => {
    const { budgets, budget } = budgetsOf();
    const own = { layer: 'agent', blame: 'agent', code: 'timeout' } as const;
    budgets.take(runOf(0));
    budgets.take(runOf(1, TIMEOUT));
    budgets.take(runOf(2, { outcome: 'missed' }));
    budgets.take(runOf(3, { disturbed: true }));
    budgets.take(runOf(4, { outcome: 'fail', failure: own }));
    budgets.take(runOf(5, { target: 'other' }));
    expect(totals(budget, runOf(5).scheduledMs)).toEqual([{ region: 'eu-west', runs: 2, failures: 1 }]);
    expect(budget.failures()).toEqual([{ layer: 'http', blame: 'unknown', code: 'timeout', count: 1 }]);
  });

  it('of a promise of latency count what is too slow, what fails, and not what was not measured', () => {
    const { budgets, budget } = budgetsOf({ ...SLO, latency: { metric: 'ttfb_ms', underMs: 800 } });
    for (const [i, ttfb_ms] of [20, 799, 800, 2000].entries())
      budgets.take(runOf(i, { metrics: { ttfb_ms } }));
    budgets.take(runOf(5, { metrics: {} }));
    budgets.take(runOf(6, TIMEOUT));
    expect(totals(budget, runOf(6).scheduledMs)).toEqual([{ region: 'eu-west', runs: 5, failures: 3 }]);
  });

  it('begin anew when the promise changes, stay when it does not, and go with it', () => {
    const { budgets, budget } = budgetsOf();
    budgets.take(runOf(0));
    expect(budgets.promise([{ ...CHECK, slo: { ...SLO } }])).toEqual([]);
    expect(budgets.of(CHECK)).toBe(budget);
    const stricter = { ...CHECK, slo: { ...SLO, successRatio: 0.9999 } };
    expect(budgets.promise([stricter])).toEqual([stricter]);
    expect(totals(budgets.of(CHECK) as Budget, runOf(0).scheduledMs)).toEqual([]);
    budgets.promise([]);
    expect(budgets.of(CHECK)).toBeUndefined();
    expect(budgets.size).toBe(0);
  });

  it('take runs that were counted before, and none of them again', () => {
    const { budgets, budget } = budgetsOf();
    const { scheduledMs: beforeMs } = runOf(30);
    const counted = [{ ...CHECK, region: 'eu-west', atMs: runOf(0).scheduledMs, runs: 30, failures: 2 }];
    budgets.recall([CHECK], { beforeMs, seenMs: beforeMs + 1000, counted });
    budgets.take(runOf(29));
    budgets.take(runOf(30));
    budgets.take(runOf(28, { seenMs: beforeMs + 5000 }));
    expect(totals(budget, beforeMs)).toEqual([{ region: 'eu-west', runs: 32, failures: 2 }]);
  });

  it('name the region that burns alone, and none where another does as well or there is no other', () => {
    const nowMs = runOf(100).scheduledMs;
    const loneOf = (failures: Readonly<Record<string, number>>) => {
      const { budgets, budget } = budgetsOf();
      const counted = Object.entries(failures).map(([region, bad]) => ({
        ...CHECK,
        ...{ region, atMs: nowMs, runs: 1000, failures: bad },
      }));
      budgets.recall([CHECK], { beforeMs: nowMs, seenMs: nowMs, counted });
      return budget.loneRegion(PAGE, nowMs);
    };
    expect(loneOf({ 'eu-west': 60, 'us-east': 2, 'ap-southeast': 0 })).toBe('eu-west');
    expect(loneOf({ 'eu-west': 60, 'us-east': 60, 'ap-southeast': 0 })).toBeUndefined();
    expect(loneOf({ 'eu-west': 20, 'us-east': 20, 'ap-southeast': 20 })).toBeUndefined();
    expect(loneOf({ 'eu-west': 60 })).toBeUndefined();
  });

  it('are not calm while the region that burned is not heard', () => {
    const { budgets, budget } = budgetsOf();
    const nowMs = runOf(0).scheduledMs;
    const counted = [
      { ...CHECK, region: 'us-east', atMs: nowMs, runs: 100, failures: 0 },
      { ...CHECK, region: 'eu-west', atMs: nowMs - HOUR_MS / 2, runs: 20, failures: 20 },
    ];
    budgets.recall([CHECK], { beforeMs: nowMs, seenMs: nowMs, counted });
    expect(budget.isCalm(PAGE, nowMs)).toBe(true);
    expect(budget.isCalm(PAGE, nowMs, 'us-east')).toBe(true);
    expect(budget.isCalm(PAGE, nowMs, 'eu-west')).toBe(false);
  });

  it('count no further regions past budgetRegions, and say so', () => {
    const { budgets } = budgetsOf();
    const { value } = DETECT_LIMITS.budgetRegions;
    for (let i = 0; i < value + 3; i += 1) budgets.take(runOf(i, { region: `region-${i}` }));
    expect(budgets.of(CHECK)?.regions.size).toBe(value);
    expect(budgets.overLimit).toBe(3);
    const detector = new Detector();
    detector.observe(runOf(0));
    expect(detector.counters.budget_over_limit).toBe(0);
  });
});
