import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Calibrator } from '../../../collector/calibrate/calibrator.ts';
import { replay } from '../../../collector/calibrate/replay.ts';
import { CALIBRATION_DEFAULTS, CALIBRATION_LIMITS } from '../../../collector/calibrate/settings.ts';
import { writtenWindows } from '../../../collector/calibrate/window-table.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { calibrationOver, DAY, emptied, insertRuns, MINUTE, pairRuns, pass, stageOf } from './calibrated.ts';

describeEngines('a replay', (engine) => {
  let test: TestStore;
  beforeAll(async () => {
    test = await openTestStore(engine);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await emptied(test.store);
    await insertRuns(test.store, [
      ...pairRuns({ fromMs: DAY, minutes: 100 }),
      ...pairRuns({ fromMs: DAY + 100 * MINUTE, minutes: 100, seed: 2, errorMs: 95 }),
    ]);
  });
  const untilMs = DAY + 200 * MINUTE + CALIBRATION_LIMITS.graceMs.value;

  it('of what was written finds what was found live, and under another threshold something else', async () => {
    const stage = stageOf(DAY);
    const calibration = calibrationOver(test.store, stage);
    await pass(stage, calibration, untilMs, 20 * MINUTE);
    await calibration.close();
    const { windows, truncated } = await writtenWindows(test.store, DAY);
    expect(truncated).toBe(false);
    expect(windows).toHaveLength(40);
    const { events, judged } = replay(windows);
    const [live] = await test.store.query<{ detail: string }>('SELECT detail FROM calibration_alarms FINAL');
    expect(events.map(({ alarm }) => alarm.id)).toEqual([JSON.parse(live?.detail ?? '{}').id]);
    const verdicts = await test.store.query<{ evidence: number; state: string }>(
      'SELECT evidence, state FROM calibration_windows FINAL ORDER BY window_start',
    );
    expect(judged.map(({ verdict: { evidence, state } }) => ({ evidence, state }))).toEqual(verdicts);
    expect(replay(windows, { minEffectMs: 200 }).events).toEqual([]);
    expect((await writtenWindows(test.store, DAY + 150 * MINUTE)).windows).toHaveLength(10);
  });

  it('of the raw results, at once or look by look, finds the same windows as live', async () => {
    const find = async (looks: readonly number[]) => {
      const calibrator = new Calibrator(test.store, CALIBRATION_DEFAULTS);
      const found = [];
      for (const nowMs of looks) found.push(await calibrator.look(nowMs, { sinceMs: DAY }));
      return found.flatMap(({ events, windows }) => [...windows, ...events]);
    };
    const atOnce = await find([untilMs]);
    expect(atOnce).toHaveLength(41);
    const steps = Array.from({ length: 25 }, (_, i) => DAY + (i + 1) * 8 * MINUTE);
    const stepwise = await find([...steps, untilMs]);
    expect(stepwise).toHaveLength(41);
    expect(stepwise.map((one) => JSON.stringify(one)).sort()).toEqual(
      atOnce.map((one) => JSON.stringify(one)).sort(),
    );
  });

  it('judges only the newest windows when there are more than it takes', async () => {
    const over = CALIBRATION_LIMITS.replayWindows.value + 5;
    await test.store.command(
      `INSERT INTO calibration_windows (region, target, browser_probe, twin_probe, window_start, window_end, precedence)
      SELECT 'eu-west', 'clip', 'b', 't', fromUnixTimestamp64Milli(${DAY} + number * 1000), fromUnixTimestamp64Milli(${DAY} + number * 1000 + 1000), 1
      FROM numbers(${over})`,
    );
    const { windows, truncated } = await writtenWindows(test.store, DAY);
    expect(truncated).toBe(true);
    expect(windows).toHaveLength(CALIBRATION_LIMITS.replayWindows.value);
    expect(windows[0]?.startMs).toBe(DAY + 5000);
  });
});
