import { describe, expect, it } from 'vitest';
import type { AlarmEvent } from '../../../collector/calibrate/alarm.ts';
import { type JudgeMemory, PairJudge, type Verdict } from '../../../collector/calibrate/pair-judge.ts';
import { CALIBRATION_DEFAULTS, thresholdOf } from '../../../collector/calibrate/settings.ts';
import type { CalibrationWindow } from '../../../collector/calibrate/window.ts';
import { Random } from '../../../collector/detect/synthetic-random.ts';
import { DAY, MINUTE, windowOf } from './calibrated.ts';

const THRESHOLD = thresholdOf(CALIBRATION_DEFAULTS, 1);

function judged(windows: readonly CalibrationWindow[], judge = new PairJudge(CALIBRATION_DEFAULTS)) {
  const events: AlarmEvent[] = [];
  const verdicts: Verdict[] = [];
  for (const window of windows) {
    const { verdict, event } = judge.take(window, THRESHOLD);
    verdicts.push(verdict);
    if (event) events.push(event);
  }
  return { judge, events, verdicts, last: verdicts.at(-1) };
}

/** Windows with normal noise, of which the error is `level` of the index. */
function series(
  count: number,
  level: (index: number) => number,
  {
    seed = 1,
    sigma = 6,
    from = 0,
    ...more
  }: { seed?: number; sigma?: number; from?: number } & Partial<CalibrationWindow> = {},
): CalibrationWindow[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) =>
    windowOf(from + i, level(from + i) + sigma * random.normal(), more),
  );
}

describe('the judge of a pair', () => {
  it('learns what is usual from twelve windows, then compares', () => {
    const { verdicts } = judged(series(13, () => 15));
    expect(verdicts.map(({ state }) => state)).toEqual([
      ...Array(11).fill('learning'),
      'calibrated',
      'calibrated',
    ]);
    expect(verdicts[5]).toMatchObject({ referenceMs: null, toleranceMs: null, alarm: null });
    expect(verdicts[12]?.referenceMs).toBeGreaterThan(5);
    expect(verdicts[12]?.referenceMs).toBeLessThan(25);
    expect(verdicts[12]?.toleranceMs).toBeGreaterThan(25);
  });

  it('says that a twin that is far off from the beginning does not stand for the player', () => {
    expect(judged(series(20, () => 400)).last?.state).toBe('off');
    expect(judged(series(20, () => -90)).last?.state).toBe('off');
  });

  it.each([
    ['optimistic', 80, 'browser'],
    ['pessimistic', -80, 'browser'],
  ] as const)('finds within an hour that the model has become %s', (direction, shift, moved) => {
    const { events, last } = judged([
      ...series(40, () => 15),
      ...series(12, () => 15 + shift, { from: 40, builds: ['Chromium 157'] }),
    ]);
    expect(events.map(({ kind }) => kind)).toEqual(['drifted']);
    const alarm = events[0]?.alarm;
    expect(alarm).toMatchObject({
      kind: 'model_drift',
      status: 'open',
      direction,
      moved,
      buildsBefore: ['Chromium 156'],
      buildsAfter: ['Chromium 157'],
      startedMs: DAY + 40 * 5 * MINUTE,
    });
    expect(alarm?.detectedMs).toBeLessThanOrEqual(DAY + 52 * 5 * MINUTE);
    expect(Math.abs((alarm?.error.after ?? 0) - 15 - shift)).toBeLessThan(10);
    expect(alarm?.summary).toContain('Chromium 156 → Chromium 157');
    expect(last).toMatchObject({ state: 'drifted', alarm: alarm?.id });
  });

  it('says that the prediction moved when the browser did not', () => {
    const slow = series(12, () => -70, { from: 40 }).map((window) => ({
      ...window,
      browserMs: 315,
      twinMs: 315 - window.errorMs,
    }));
    const { events } = judged([...series(40, () => 15), ...slow]);
    expect(events[0]?.alarm).toMatchObject({ moved: 'twin', direction: 'pessimistic' });
    expect(events[0]?.alarm.summary).toContain('the prediction changed, the browser hardly did');
  });

  it('says nothing of a change below the documented threshold', () => {
    const { events } = judged(series(500, (i) => (i < 100 ? 15 : 30)));
    expect(events).toEqual([]);
  });

  it('finds a drift that is too slow for any two windows to differ, since the reference stands still', () => {
    const { events } = judged(series(1200, (i) => 15 + Math.max(0, i - 300) * 0.1));
    expect(events[0]).toMatchObject({ kind: 'drifted' });
    expect(events[0]?.alarm.error.after).toBeLessThan(90);
  });

  it('allows more where starts are slow: the threshold is a share of the start-up time then', () => {
    const of = (level: (i: number) => number, count: number, from = 0) =>
      series(count, level, { from }).map((window) => ({
        ...window,
        browserMs: 4000,
        twinMs: 4000 - window.errorMs,
      }));
    expect(judged([...of(() => 15, 40), ...of(() => 150, 60, 40)]).events).toEqual([]);
    expect(judged([...of(() => 15, 40), ...of(() => 300, 20, 40)]).events).toHaveLength(1);
  });

  it('ends the alarm when the error is back', () => {
    const { events, last } = judged([
      ...series(40, () => 15),
      ...series(20, () => 120, { from: 40, seed: 2 }),
      ...series(10, () => 15, { from: 60, seed: 3 }),
    ]);
    expect(events.map(({ kind, alarm }) => [kind, alarm.resolution])).toEqual([
      ['drifted', null],
      ['resolved', 'recovered'],
    ]);
    expect(events[1]?.alarm).toMatchObject({ id: events[0]?.alarm.id, status: 'resolved' });
    expect(events[1]?.alarm.resolvedMs).toBe(DAY + 64 * 5 * MINUTE);
    expect(last?.state).toBe('calibrated');
  });

  it('takes a change that stays for the new reference, and judges by that', () => {
    const { events, last, judge } = judged([
      ...series(40, () => 15),
      ...series(120, () => 120, { from: 40, seed: 2 }),
    ]);
    expect(events.map(({ alarm }) => alarm.resolution)).toEqual([null, 'rebased']);
    expect(last?.state).toBe('off');
    expect(last?.referenceMs).toBeGreaterThan(110);
    const back = judged(
      series(20, () => 15, { from: 160, seed: 3 }),
      judge,
    );
    expect(back.events[0]?.alarm.direction).toBe('pessimistic');
  });

  it('keeps the alarm open while the error settles nowhere', () => {
    const { events } = judged([
      ...series(40, () => 15),
      ...series(300, (i) => (i % 2 === 0 ? 200 : 500), { from: 40, seed: 2 }),
    ]);
    expect(events).toHaveLength(1);
  });

  it('gives a window no say that is less certain than the difference it would have to show', () => {
    const { events, last } = judged([
      ...series(40, () => 15),
      ...series(40, () => 120, { from: 40, uncertaintyMs: 80 }),
    ]);
    expect(events).toEqual([]);
    expect(last?.state).toBe('calibrated');
  });

  it('goes on from what it remembered, as if it had never stopped', () => {
    const windows = [
      ...series(30, () => 15),
      ...series(30, () => 90, { from: 30, seed: 2 }),
      ...series(30, () => 15, { from: 60, seed: 3 }),
    ];
    const whole = judged(windows);
    let judge = new PairJudge(CALIBRATION_DEFAULTS);
    const events: AlarmEvent[] = [];
    const verdicts = windows.map((window) => {
      judge = new PairJudge(CALIBRATION_DEFAULTS, JSON.parse(JSON.stringify(judge.memory)) as JudgeMemory);
      const { event, verdict } = judge.take(window, THRESHOLD);
      if (event) events.push(event);
      return verdict;
    });
    expect(events).toEqual(whole.events);
    expect(verdicts).toEqual(whole.verdicts);
    expect(whole.events).toHaveLength(2);
  });

  it('remembers a few kilobytes, however long it runs', () => {
    const { judge } = judged(series(3000, () => 15));
    expect(JSON.stringify(judge.memory).length).toBeLessThan(6000);
  });

  it('ends an alarm about a pair that is not run any more', () => {
    const { judge } = judged([...series(40, () => 15), ...series(20, () => 120, { from: 40 })]);
    expect(judge.abandon(DAY)?.alarm).toMatchObject({
      status: 'resolved',
      resolution: 'unpaired',
      resolvedMs: DAY,
    });
    expect(judge.abandon(DAY)).toBeUndefined();
  });
});

describe('false alarms', () => {
  /** Correlated noise with heavy tails, as a busy host makes it. */
  function* noisy(seed: number, count: number): Generator<CalibrationWindow> {
    const random = new Random(seed);
    let slow = 0;
    for (let i = 0; i < count; i += 1) {
      slow = 0.7 * slow + 8 * random.normal();
      const tail = random.chance(0.03) ? random.exponential(80) : 0;
      yield windowOf(i, 15 + slow + 5 * random.normal() + tail);
    }
  }

  it('are rare: none in a hundred pairs over a week of windows, although their noise is correlated', () => {
    const threshold = thresholdOf(CALIBRATION_DEFAULTS, 100);
    let alarms = 0;
    for (let seed = 1; seed <= 100; seed += 1) {
      const judge = new PairJudge(CALIBRATION_DEFAULTS);
      for (const window of noisy(seed, 2016)) if (judge.take(window, threshold).event) alarms += 1;
    }
    expect(alarms).toBe(0);
  });

  it('are rare where the error has the ups and downs of a day', () => {
    const daily = (i: number) => 15 + 20 * Math.sin((i / 288) * 2 * Math.PI);
    for (let seed = 1; seed <= 20; seed += 1)
      expect(judged(series(2016, daily, { seed, sigma: 12 })).events).toEqual([]);
  });

  it('share one bound: the threshold grows with the number of pairs', () => {
    expect(thresholdOf(CALIBRATION_DEFAULTS, 100)).toBe(100 * THRESHOLD);
    expect(thresholdOf(CALIBRATION_DEFAULTS, 0)).toBe(THRESHOLD);
  });
});
