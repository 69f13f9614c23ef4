import { describe, expect, it } from 'vitest';
import { Baseline } from '../../../collector/detect/baseline.ts';
import { DETECT_DEFAULTS } from '../../../collector/detect/settings.ts';

const LATENCY = { better: 'lower', minEffect: { abs: 100, rel: 0.25 } } as const;
const GOODPUT = { better: 'higher', minEffect: { abs: 10, rel: 0.25 } } as const;

function learned(values: readonly number[], metric: typeof LATENCY | typeof GOODPUT = LATENCY): Baseline {
  const baseline = new Baseline(DETECT_DEFAULTS, metric);
  for (const [i, value] of values.entries()) baseline.learn(value, i);
  return baseline;
}
const constant = (value: number, count: number): number[] => Array.from({ length: count }, () => value);

function exceeds(baseline: Baseline, value: number): boolean | undefined {
  const reading = baseline.judge(value);
  return reading && reading.excess > reading.tolerance;
}

describe('a baseline', () => {
  it('judges nothing before its tenth sample, and judges from then on', () => {
    expect(learned(constant(20, 9)).judge(5000)).toBeUndefined();
    expect(exceeds(learned(constant(20, 10)), 5000)).toBe(true);
  });

  it('lets pass what is worse by less than the absolute minimum effect, however small the usual value', () => {
    const baseline = learned(constant(20, 30));
    expect(exceeds(baseline, 119)).toBe(false);
    expect(exceeds(baseline, 121)).toBe(true);
  });

  it('lets pass what is worse by less than the relative minimum effect, however large the usual value', () => {
    const baseline = learned(constant(1000, 30));
    expect(exceeds(baseline, 1240)).toBe(false);
    expect(exceeds(baseline, 1260)).toBe(true);
  });

  it('never lets a better value exceed', () => {
    expect(exceeds(learned(constant(1000, 30)), 1)).toBe(false);
    expect(exceeds(learned(constant(1000, 30), GOODPUT), 5000)).toBe(false);
  });

  it('judges downwards where higher is better', () => {
    const baseline = learned(constant(1000, 30), GOODPUT);
    expect(exceeds(baseline, 760)).toBe(false);
    expect(exceeds(baseline, 740)).toBe(true);
    expect(baseline.limit()).toBe(750);
    expect(baseline.median()).toBe(1000);
  });

  it('lags by five samples, so that the start of a fault is not learned before it is judged', () => {
    const baseline = learned([...constant(20, 40), ...constant(5000, 5)]);
    expect(baseline.limit()).toBe(120);
  });

  it('has a shorter lag while it is young, so that it is not deaf for longer than needed', () => {
    const baseline = learned(constant(20, 10));
    baseline.learn(9000, 10);
    expect(baseline.limit()).toBe(120);
    expect(baseline.ready).toBe(true);
  });

  it('forgets what waits from the onset of a fault on, and keeps what came before', () => {
    const baseline = learned([...constant(20, 40), ...constant(5000, 4)]);
    baseline.discardSince(40);
    for (let i = 0; i < 120; i += 1) baseline.learn(30, 100 + i);
    expect(baseline.limit()).toBe(130);
  });

  it('follows a level that stays', () => {
    const baseline = learned([...constant(20, 120), ...constant(300, 130)]);
    expect(exceeds(baseline, 300)).toBe(false);
    expect(baseline.median()).toBe(300);
  });

  it('keeps its place when a quarter of the samples are wild', () => {
    const values = Array.from({ length: 120 }, (_, i) => (i % 5 === 0 ? 4000 : 20));
    expect(learned(values).limit()).toBe(120);
  });

  it('knows a better level from the usual one, by the minimum effect', () => {
    const latency = learned(constant(1000, 30));
    expect([latency.isBetter(740), latency.isBetter(760), latency.isBetter(2000)]).toEqual([
      true,
      false,
      false,
    ]);
    const goodput = learned(constant(1000, 30), GOODPUT);
    expect([goodput.isBetter(1260), goodput.isBetter(1240), goodput.isBetter(10)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(learned([]).isBetter(1)).toBe(false);
  });

  it('begins anew from a few values, judges by them at once, and learns on', () => {
    const baseline = learned(constant(1000, 120));
    baseline.restart([200, 210, 205]);
    expect(baseline.ready).toBe(true);
    expect(exceeds(baseline, 320)).toBe(true);
    expect(exceeds(baseline, 300)).toBe(false);
    for (let i = 0; i < 40; i += 1) baseline.learn(400, 1000 + i);
    expect(baseline.limit()).toBe(500);
    baseline.restart([]);
    expect(baseline.ready).toBe(false);
  });

  it('is higher in a busy hour, and keeps what it learns without it', () => {
    const baseline = learned(constant(1000, 60));
    baseline.season(1.5);
    expect(baseline.median()).toBe(1500);
    expect(baseline.limit()).toBe(1875);
    expect(exceeds(baseline, 1800)).toBe(false);
    for (let i = 0; i < 130; i += 1) baseline.learn(1500, 1000 + i);
    baseline.season(1);
    expect(baseline.limit()).toBe(1250);
  });

  it('is nearer to nothing in a busy hour where higher is better', () => {
    const baseline = learned(constant(1000, 60), GOODPUT);
    baseline.season(0.5);
    expect(baseline.limit()).toBe(375);
    expect(exceeds(baseline, 400)).toBe(false);
    expect(exceeds(baseline, 350)).toBe(true);
  });
});
