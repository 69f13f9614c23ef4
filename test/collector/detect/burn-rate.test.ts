import { describe, expect, it } from 'vitest';
import {
  BURN_WINDOWS,
  burnAlerts,
  burnRate,
  isCalmAgain,
  type Slo,
} from '../../../collector/detect/burn-rate.ts';
import { RunCounts } from '../../../collector/detect/run-counts.ts';

const SLO: Slo = { successRatio: 0.999, periodMs: 30 * 86_400_000 };
const MINUTE_MS = 60_000;
const START_MS = 1_800_000_000_000;
const [PAGE] = BURN_WINDOWS as [(typeof BURN_WINDOWS)[number]];

/** A run of each of ten agents a minute; `failing` says how many of them fail in a minute. */
function counted(minutes: number, failing: (minute: number) => number): RunCounts {
  const counts = new RunCounts();
  for (let minute = 0; minute < minutes; minute += 1)
    counts.add(START_MS + minute * MINUTE_MS, { runs: 10, failures: failing(minute) });
  return counts;
}

const at = (minute: number): number => START_MS + minute * MINUTE_MS - 1;
const alerts = (counts: RunCounts, minute: number) =>
  burnAlerts((lengthMs) => counts.sum(lengthMs, at(minute)), SLO);
const rates = (counts: RunCounts, minute: number): number[] =>
  alerts(counts, minute).map(({ window }) => window.rate);
const isCalm = (counts: RunCounts, minute: number): boolean =>
  isCalmAgain((lengthMs) => counts.sum(lengthMs, at(minute)), PAGE, SLO);

describe('a burn rate', () => {
  it('is 1 for what uses the budget up at the end of the period, and 0 where nothing was measured', () => {
    expect(burnRate({ runs: 1000, failures: 1 }, SLO)).toBeCloseTo(1);
    expect(burnRate({ runs: 0, failures: 0 }, SLO)).toBe(0);
  });

  it('says nothing while the promise is kept', () => {
    const counts = counted(3 * 1440, (minute) => (minute % 200 === 0 ? 1 : 0));
    expect(alerts(counts, 3 * 1440)).toEqual([]);
  });

  it('pages when an hour used up fourteen times what it may, and the last five minutes still do', () => {
    const counts = counted(120, (minute) => (minute >= 100 ? 1 : 0));
    expect(rates(counts, 120)).toContain(14.4);
    const [alert] = alerts(counts, 120);
    expect(alert).toMatchObject({ runs: 600, failures: 20 });
    expect(alert?.longRate).toBeCloseTo(20 / 600 / 0.001);
    expect(alert?.shortRate).toBeCloseTo(100);
  });

  it('stops soon after the failures do, by its short window', () => {
    const counts = counted(140, (minute) => (minute >= 100 && minute < 130 ? 1 : 0));
    expect(rates(counts, 140)).not.toContain(14.4);
    expect(rates(counts, 140)).toContain(6);
  });

  it('takes one failure for no alert, though it is over budget by itself', () => {
    expect(
      alerts(
        counted(60, (minute) => (minute === 58 ? 1 : 0)),
        60,
      ),
    ).toEqual([]);
    expect(
      alerts(
        counted(60, (minute) => (minute >= 56 ? 1 : 0)),
        60,
      ),
    ).toEqual([]);
    expect(
      rates(
        counted(60, (minute) => (minute >= 55 ? 2 : 0)),
        60,
      ),
    ).toContain(14.4);
  });

  it('writes a ticket for what burns slowly for days', () => {
    const counts = counted(3 * 1440, (minute) => (minute % 60 === 0 ? 1 : 0));
    const found = alerts(counts, 3 * 1440);
    expect(found.map(({ window }) => window.severity)).toEqual(['warning']);
    expect(found[0]?.window).toBe(BURN_WINDOWS[2]);
  });
});

describe('a window that burned', () => {
  const outage = (minute: number) => (minute >= 60 && minute < 70 ? 10 : 0);

  it('is calm once its short part is, by enough runs', () => {
    expect(isCalm(counted(72, outage), 72)).toBe(false);
    expect(isCalm(counted(76, outage), 76)).toBe(true);
  });

  it('is never calm while nothing is measured', () => {
    expect(isCalm(counted(70, outage), 90)).toBe(false);
    expect(isCalm(counted(70, outage), 700)).toBe(false);
  });

  it('is calm by its long part where runs are rare', () => {
    const rare = new RunCounts();
    for (let minute = 0; minute <= 200; minute += 5)
      rare.add(START_MS + minute * MINUTE_MS, { runs: 1, failures: minute >= 60 && minute <= 90 ? 1 : 0 });
    expect(isCalm(rare, 100)).toBe(false);
    expect(isCalm(rare, 200)).toBe(true);
  });
});
