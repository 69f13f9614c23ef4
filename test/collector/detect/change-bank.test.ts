import { describe, expect, it } from 'vitest';
import { type Change, ChangeBank, FAILED_VALUE } from '../../../collector/detect/change-bank.ts';
import { CHANGE_DEFAULTS, type ChangeSettings } from '../../../collector/detect/change-settings.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';
import { NULL_NOISES, type NullNoise } from '../../../collector/detect/synthetic-series.ts';

const EFFECT = { abs: 1, rel: 0.01 };

interface Told extends Change {
  readonly at: number;
}

/** Around a level by up to 0.3 either way, as quiet round-trip times are. */
const around = (level: number, count: number, seed = 1): number[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => level + random.uniform(-0.3, 0.3));
};
const failing = (count: number): number[] => Array.from({ length: count }, () => FAILED_VALUE);

function told(values: readonly number[], settings: Partial<ChangeSettings> = {}, effect = EFFECT): Told[] {
  const bank = new ChangeBank({ ...CHANGE_DEFAULTS, ...settings });
  const slot = bank.add(effect);
  return values.flatMap((value, at) => {
    const change = bank.step(slot, value);
    return change ? [{ ...change, at }] : [];
  });
}

const summary = (changes: readonly Told[]) =>
  changes.map(({ ago, at, direction, kind }) => ({ kind, direction, at, onset: at - ago }));

describe('a change of level', () => {
  it('for the worse is told at its seventh sample, with its onset and the levels on both sides', () => {
    const [change, ...others] = told([...around(100, 60), ...around(110, 40, 2)]);
    expect(others).toEqual([]);
    expect(change).toMatchObject({ kind: 'change', direction: 'worse', at: 66, ago: 6 });
    expect(change?.before).toBeCloseTo(100, 0);
    expect(change?.after).toBeCloseTo(110, 0);
    expect(change?.evidence).toBeGreaterThan(CHANGE_DEFAULTS.threshold);
  });

  it('for the better is told as well', () => {
    expect(summary(told([...around(110, 60), ...around(100, 40, 2)]))).toEqual([
      { kind: 'change', direction: 'better', at: 66, onset: 60 },
    ]);
  });

  it('is told once, however long the new level lasts, and so is the next one', () => {
    const changes = told([...around(100, 60), ...around(110, 900, 2), ...around(120, 900, 3)]);
    expect(summary(changes).map(({ onset }) => onset)).toEqual([60, 960]);
  });

  it('that is below the minimum effect is none', () => {
    expect(told([...around(100, 60), ...around(100.7, 200, 2)])).toEqual([]);
    expect(told([...around(100, 60), ...around(140, 200, 2)], {}, { abs: 50, rel: 0.1 })).toEqual([]);
  });

  it('of a quiet series need not be as large as the relative effect asks for', () => {
    expect(told([...around(1000, 60), ...around(1004, 60, 2)])).toHaveLength(1);
  });

  it('that is over in five samples is a spike', () => {
    expect(told([...around(100, 60), ...around(300, 5, 2), ...around(100, 60, 3)])).toEqual([]);
  });

  it('has its end told as a return, when it comes soon', () => {
    const soon = told([...around(100, 60), ...around(110, 15, 2), ...around(100, 60, 3)]);
    expect(soon.map(({ kind }) => kind)).toEqual(['change', 'return']);
    const late = told([...around(100, 60), ...around(110, 40, 2), ...around(100, 60, 3)]);
    expect(late.map(({ kind }) => kind)).toEqual(['change', 'change']);
  });

  it('soon after another, to a third level, is a change of its own', () => {
    const changes = told([...around(100, 60), ...around(110, 15, 2), ...around(90, 60, 3)]);
    expect(changes.map(({ kind }) => kind)).toEqual(['change', 'change']);
  });

  it('is found after a dozen samples, neither deaf nor jumpy at the start', () => {
    expect(summary(told([...around(100, 12), ...around(150, 20, 2)])).map(({ onset }) => onset)).toEqual([
      12,
    ]);
    expect(told(around(100, 30))).toEqual([]);
  });
});

describe('failed probes', () => {
  it('are worse than any value: when they last, their begin and their end are changes', () => {
    const changes = told([...around(100, 60), ...failing(60), ...around(100, 60, 2)]);
    expect(changes.map(({ at, ago, direction }) => [at - ago, direction])).toEqual([
      [60, 'worse'],
      [120, 'better'],
    ]);
  });

  it('now and then are no change', () => {
    const values = around(100, 2000).map((value, i) => (i % 50 === 17 ? FAILED_VALUE : value));
    expect(told(values)).toEqual([]);
  });

  it('often are no change either, and hide no change of the level of the others', () => {
    const random = new Random(4);
    const lossy = (values: readonly number[]): number[] =>
      values.map((value) => (random.chance(0.2) ? FAILED_VALUE : value));
    expect(told(lossy(around(100, 600)))).toEqual([]);
    const [change, ...others] = told([...lossy(around(100, 300)), ...lossy(around(150, 300))]);
    expect(others).toEqual([]);
    expect(change).toMatchObject({ direction: 'worse' });
    expect(change?.at).toBeLessThan(312);
  });

  it('from the first sample on do not keep it from seeing the series come up', () => {
    expect(summary(told([...failing(30), ...around(100, 30)]))).toEqual([
      { kind: 'change', direction: 'better', at: 37, onset: 30 },
    ]);
  });
});

describe('the evidence', () => {
  it('grows with a change by direction, and is gone after the alarm', () => {
    const bank = new ChangeBank(CHANGE_DEFAULTS);
    const slot = bank.add(EFFECT);
    for (const value of [...around(100, 60), ...around(110, 4, 2)]) bank.step(slot, value);
    expect(bank.evidence(slot, 'worse')).toBeGreaterThan(5);
    expect(bank.evidence(slot, 'better')).toBeLessThan(1);
    expect(bank.evidence(slot)).toBeCloseTo(bank.evidence(slot, 'worse') + bank.evidence(slot, 'better'));
    for (const value of around(110, 10, 3)) bank.step(slot, value);
    expect(bank.evidence(slot)).toBeLessThan(1);
  });

  it('stays finite when an alarm is held back for ever', () => {
    const bank = new ChangeBank({ ...CHANGE_DEFAULTS, threshold: Number.POSITIVE_INFINITY });
    const slot = bank.add(EFFECT);
    let level = 100;
    for (let i = 0; i < 5000; i += 1) {
      bank.step(slot, level);
      level *= 1.01;
    }
    expect(Number.isFinite(bank.evidence(slot))).toBe(true);
  });
});

describe('many series', () => {
  it('are judged as each would be alone, beyond the places that there were at first', () => {
    const traces = Array.from({ length: 9 }, (_, i) => [
      ...around(100 + i, 40 + i, i),
      ...around(120 + 2 * i, 40 - i, 50 + i),
    ]);
    const bank = new ChangeBank(CHANGE_DEFAULTS, 2);
    const slots = traces.map(() => bank.add(EFFECT));
    const found: number[][] = traces.map(() => []);
    for (let at = 0; at < 80; at += 1)
      for (const [i, trace] of traces.entries())
        if (bank.step(slots[i] as number, trace[at] as number)) found[i]?.push(at);
    expect(found).toEqual(traces.map((trace) => told(trace).map(({ at }) => at)));
    expect(found.every(({ length }) => length === 1)).toBe(true);
  });

  it('give their place to others when they are gone, and leave nothing behind', () => {
    const bank = new ChangeBank(CHANGE_DEFAULTS, 1);
    const first = bank.add(EFFECT);
    for (const value of [...around(100, 60), ...around(110, 4, 2)]) bank.step(first, value);
    bank.remove(first);
    const second = bank.add(EFFECT);
    expect(second).toBe(first);
    expect(bank.evidence(second)).toBe(0);
    for (const value of around(500, 60)) expect(bank.step(second, value)).toBeUndefined();
  });

  it('take less than a kilobyte each', () => {
    expect(new ChangeBank(CHANGE_DEFAULTS).bytesEach).toBeLessThan(1024);
  });
});

describe('the run length on noise without a change', () => {
  const SAMPLES = 40_000;
  const alarms = (noise: NullNoise, threshold: number): number => {
    const next = NULL_NOISES[noise](new Random(11));
    return told(
      Array.from({ length: SAMPLES }, () => next()),
      { threshold },
    ).length;
  };

  it.each(['iid', 't3', 'lognormal', 'ar1_50', 'diurnal'] as const)(
    'is on average no shorter than the threshold: %s',
    (noise) => {
      expect(alarms(noise, 1000)).toBeLessThanOrEqual(SAMPLES / 1000);
      expect(alarms(noise, 10_000)).toBeLessThanOrEqual(SAMPLES / 10_000);
    },
  );

  it('on noise that remembers holds because the rate is asked for by the last vote', () => {
    const plain = { holdSamples: 1, effectMinSpreads: 0 };
    const next = NULL_NOISES.ar1_50(new Random(5));
    const values = Array.from({ length: SAMPLES }, () => next());
    const levels = CHANGE_DEFAULTS.levels.map((level) => ({ ...level, rateAfter: level.rate }));
    const none = { abs: 0, rel: 0 };
    const conditional = told(values, { ...plain, threshold: 1000 }, none).length;
    const marginal = told(values, { ...plain, threshold: 1000, levels, rateWeight: 1e9 }, none).length;
    expect(conditional).toBeLessThanOrEqual(SAMPLES / 1000);
    expect(marginal).toBeGreaterThan(3 * conditional);
  });
});
