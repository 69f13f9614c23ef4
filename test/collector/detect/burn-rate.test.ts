import { describe, expect, it } from 'vitest';
import { BURN_WINDOWS, BurnRate, type Slo } from '../../../collector/detect/burn-rate.ts';
import { Detector } from '../../../collector/detect/detector.ts';
import { runOf, TIMEOUT } from './observations.ts';

const SLO: Slo = { successRatio: 0.999, periodMs: 30 * 86_400_000 };
const MINUTE_MS = 60_000;
const START_MS = 1_800_000_000_000;

/** A run of each of ten agents a minute; `failing` says how many of them fail in a minute. */
function burn(minutes: number, failing: (minute: number) => number): BurnRate {
  const rate = new BurnRate(SLO);
  for (let minute = 0; minute < minutes; minute += 1)
    for (let i = 0; i < 10; i += 1) rate.take(START_MS + minute * MINUTE_MS + i * 100, i < failing(minute));
  return rate;
}

const at = (minute: number): number => START_MS + minute * MINUTE_MS - 1;
const rates = (rate: BurnRate, minute: number): number[] =>
  rate.alerts(at(minute)).map(({ window }) => window.rate);

describe('a burn rate', () => {
  it('says nothing while the promise is kept', () => {
    const rate = burn(3 * 1440, (minute) => (minute % 200 === 0 ? 1 : 0));
    expect(rate.alerts(at(3 * 1440))).toEqual([]);
  });

  it('pages when an hour used up fourteen times what it may, and the last five minutes still do', () => {
    const rate = burn(120, (minute) => (minute >= 100 ? 1 : 0));
    expect(rates(rate, 120)).toContain(14.4);
    const [alert] = rate.alerts(at(120));
    expect(alert).toMatchObject({ runs: 600, failures: 20 });
    expect(alert?.longRate).toBeCloseTo(20 / 600 / 0.001);
    expect(alert?.shortRate).toBeCloseTo(100);
  });

  it('stops soon after the failures do, by its short window', () => {
    const rate = burn(140, (minute) => (minute >= 100 && minute < 130 ? 1 : 0));
    expect(rates(rate, 140)).not.toContain(14.4);
    expect(rates(rate, 140)).toContain(6);
  });

  it('takes one failure for no alert, though it is over budget by itself', () => {
    expect(burn(60, (minute) => (minute === 58 ? 1 : 0)).alerts(at(60))).toEqual([]);
    expect(burn(60, (minute) => (minute >= 56 ? 1 : 0)).alerts(at(60))).toEqual([]);
    expect(
      rates(
        burn(60, (minute) => (minute >= 55 ? 2 : 0)),
        60,
      ),
    ).toContain(14.4);
  });

  it('writes a ticket for what burns slowly for days', () => {
    const rate = burn(3 * 1440, (minute) => (minute % 60 === 0 ? 1 : 0));
    const alerts = rate.alerts(at(3 * 1440));
    expect(alerts.map(({ window }) => window.severity)).toEqual(['warning']);
    expect(alerts[0]?.window).toBe(BURN_WINDOWS[2]);
  });

  it('does not count what is older than its windows, nor anything twice after a gap of days', () => {
    const rate = burn(60, () => 10);
    expect(rate.alerts(at(60) + 4 * 86_400_000)).toEqual([]);
    rate.take(START_MS, true);
    expect(rate.alerts(at(60) + 4 * 86_400_000)).toEqual([]);
  });

  it('counts runs that come late, in their own minute', () => {
    const rate = burn(60, () => 0);
    for (let i = 0; i < 10; i += 1) rate.take(START_MS + 57 * MINUTE_MS, true);
    expect(rates(rate, 60)).toContain(14.4);
    expect(rates(rate, 64)).not.toContain(14.4);
  });
});

describe('the budgets of a detector', () => {
  const fleet = (detector: Detector, minutes: number, failing: (minute: number) => boolean): void => {
    for (let minute = 0; minute < minutes; minute += 1) {
      for (const agent of ['a', 'b', 'c']) {
        const scheduledMs = START_MS + minute * MINUTE_MS;
        detector.observe(runOf(0, { agent, scheduledMs, ...(failing(minute) ? TIMEOUT : {}) }));
      }
      detector.advance(START_MS + minute * MINUTE_MS + 30_000);
    }
  };

  it('begin and end to burn, each told once, for checks with a promise', () => {
    const detector = new Detector({ slo: ({ target }) => (target === 'clip' ? SLO : undefined) });
    fleet(detector, 60, (minute) => minute >= 20 && minute < 30);
    const told = detector.takeBudgetEvents().filter(({ alert }) => alert.window.rate === 14.4);
    expect(told.map(({ kind, probe, target }) => [kind, probe, target])).toEqual([
      ['began', 'edge', 'clip'],
      ['ended', 'edge', 'clip'],
    ]);
    expect(told.map(({ atMs }) => Math.round((atMs - START_MS) / MINUTE_MS))).toEqual([22, 35]);
    expect(detector.takeBudgetEvents()).toEqual([]);
  });

  it('are nobody’s where nothing is promised, and know no faults of agents', () => {
    const detector = new Detector();
    fleet(detector, 60, () => true);
    expect(detector.takeBudgetEvents()).toEqual([]);
    const own = new Detector({ slo: () => SLO });
    const failure = { layer: 'agent', blame: 'agent', code: 'timeout' } as const;
    for (let i = 0; i < 100; i += 1) own.observe(runOf(i, { outcome: 'fail', failure, metrics: {} }));
    own.advance(runOf(100).seenMs);
    expect(own.takeBudgetEvents()).toEqual([]);
  });
});
