import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DriftAlarmJson } from '../../../collector/api/answers/promises.ts';
import { CALIBRATION_LIMITS } from '../../../collector/calibrate/settings.ts';
import type { LiveCalibration } from '../../../collector/calibrate/start-calibration.ts';
import type { Announcement } from '../../../collector/notify/notice.ts';
import type { Store } from '../../../collector/store/store.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import {
  calibrationOver,
  DAY,
  emptied,
  insertRuns,
  MINUTE,
  pairRuns,
  pass,
  type Stage,
  stageOf,
} from './calibrated.ts';

interface Row {
  readonly window_start: string;
  readonly window_end: string;
  readonly error_ms: number;
  readonly state: string;
  readonly alarm: string;
  readonly target: string;
}

/** The view for people: what anybody sees of it. */
const rowsOf = (store: Store) =>
  store.query<Row>('SELECT * FROM model_error ORDER BY region, target, window_start');

/** Windows follow each other without a gap, and each is there once. */
function expectSeamless(rows: readonly Row[]): void {
  for (const [i, row] of rows.entries()) if (i > 0) expect(row.window_start).toBe(rows[i - 1]?.window_end);
}

/** Somebody who is told of alarms. */
class Receiver {
  readonly told: { event: string; alarm: DriftAlarmJson }[] = [];
  readonly take = ({ event, alarm }: Announcement): void => {
    this.told.push({ event, alarm: alarm as unknown as DriftAlarmJson });
  };
}

// Hours of runs go by in each of them.
vi.setConfig({ testTimeout: 120_000 });

describeEngines('live calibration', (engine) => {
  let test: TestStore;
  let store: Store;
  let receiver: Receiver;
  let running: LiveCalibration[];
  beforeAll(async () => {
    test = await openTestStore(engine);
    store = test.store;
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await emptied(store);
    running = [];
    receiver = new Receiver();
  });
  afterEach(async () => {
    await Promise.all(running.map((one) => one.close()));
  });

  const start = (stage: Stage, more: Parameters<typeof calibrationOver>[2] = {}) => {
    const one = calibrationOver(store, stage, { announce: receiver.take, ...more });
    running.push(one);
    return one;
  };
  /** A pair that is well for two hours, and off by so much for two more. */
  const drifting = (shiftMs: number) => [
    ...pairRuns({ fromMs: DAY, minutes: 120 }),
    ...pairRuns({
      ...{ fromMs: DAY + 120 * MINUTE, minutes: 120, seed: 2, errorMs: 15 + shiftMs },
      attributes: { browser_build: 'Chromium 157' },
    }),
  ];

  it('writes a window as soon as its results must be there, and not before', async () => {
    await insertRuns(store, pairRuns({ fromMs: DAY, minutes: 30 }));
    const stage = stageOf(DAY + 4 * MINUTE + CALIBRATION_LIMITS.graceMs.value);
    const calibration = start(stage);
    await calibration.tick();
    expect(await rowsOf(store)).toEqual([]);
    stage.nowMs += MINUTE;
    await calibration.tick();
    const rows = await rowsOf(store);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      region: 'eu-west',
      target: 'clip',
      state: 'learning',
      browser_count: 15,
    });
    expect(Math.abs((rows[0]?.error_ms ?? 0) - 15)).toBeLessThan(10);
    await pass(stage, calibration, DAY + 60 * MINUTE);
    const all = await rowsOf(store);
    expect(all).toHaveLength(6);
    expectSeamless(all);
    expect(calibration.counters).toMatchObject({ windows: 6, calibrating: 1, pairs: 1, ticks_failed: 0 });
  });

  it('leaves a result that comes after its window was written out of it', async () => {
    await insertRuns(store, pairRuns({ fromMs: DAY, minutes: 10 }));
    const stage = stageOf(DAY + 10 * MINUTE + CALIBRATION_LIMITS.graceMs.value);
    const calibration = start(stage);
    await calibration.tick();
    const before = await rowsOf(store);
    expect(before).toHaveLength(2);
    await insertRuns(store, pairRuns({ fromMs: DAY, minutes: 10, errorMs: 500 }));
    await pass(stage, calibration, DAY + 40 * MINUTE);
    expect(await rowsOf(store)).toEqual(before);
  });

  it('raises one alarm of its own kind when the model drifts, tells of it, and leaves incidents alone', async () => {
    await insertRuns(store, drifting(90));
    const stage = stageOf(DAY);
    const calibration = start(stage);
    await pass(stage, calibration, DAY + 245 * MINUTE, 12 * MINUTE);
    await expect.poll(() => receiver.told).toHaveLength(1);
    const [{ event, alarm } = { event: '', alarm: undefined }] = receiver.told;
    expect(event).toBe('calibration.drifted');
    expect(alarm).toMatchObject({
      kind: 'model_drift',
      status: 'open',
      direction: 'optimistic',
      moved: 'browser',
      twin_probe: 'play-light',
      browser_probe: 'play-browser',
      browser_builds: { before: ['Chromium 156'], after: ['Chromium 157'] },
      started_at: new Date(DAY + 120 * MINUTE).toISOString(),
    });
    expect(Date.parse(alarm?.detected_at ?? '')).toBeLessThanOrEqual(DAY + 170 * MINUTE);
    const rows = await rowsOf(store);
    expect(rows.at(-1)).toMatchObject({ state: 'drifted', alarm: alarm?.id });
    expect(await store.query('SELECT count() AS n FROM incidents')).toEqual([{ n: 0 }]);
    expect(await store.query('SELECT id, kind, status FROM calibration_alarms FINAL')).toEqual([
      { id: alarm?.id, kind: 'model_drift', status: 'open' },
    ]);
    expect(calibration.counters.alarms).toBe(1);
  });

  it('goes on at another collector with the same windows, the same evidence and the same alarm as one alone', async () => {
    await insertRuns(store, drifting(90));
    const alone = stageOf(DAY);
    await pass(alone, start(alone, { announce: () => undefined }), DAY + 245 * MINUTE, 40 * MINUTE);
    const expected = await rowsOf(store);
    await store.command('TRUNCATE TABLE calibration_windows');
    await store.command('TRUNCATE TABLE calibration_alarms');
    // A new holder every 23 minutes: in the middle of windows, of learning, and of what becomes an alarm.
    for (let term = 1, nowMs = DAY; nowMs < DAY + 245 * MINUTE; term += 1) {
      const stage = stageOf(nowMs, `detect/${term}`);
      nowMs = Math.min(nowMs + 23 * MINUTE, DAY + 245 * MINUTE);
      await pass(stage, start(stage), nowMs, 12 * MINUTE);
    }
    expect(await rowsOf(store)).toEqual(expected);
    expect(expected).toHaveLength(48);
    await expect.poll(() => receiver.told.map(({ event }) => event)).toEqual(['calibration.drifted']);
  });

  it('writes nothing under a lease that another has taken, and a window that both found is there once', async () => {
    await insertRuns(store, pairRuns({ fromMs: DAY, minutes: 60 }));
    const untilMs = DAY + 60 * MINUTE + CALIBRATION_LIMITS.graceMs.value;
    const first = stageOf(untilMs - 30 * MINUTE, 'detect/1');
    const old = start(first);
    await old.tick();
    expect(await rowsOf(store)).toHaveLength(6);
    // The store refuses the first from here on; that one does not know yet.
    await store.insertRows('fences', [{ collector: 'detect/1', refused_from: 1 }]);
    const second = stageOf(untilMs, 'detect/2');
    await start(second).tick();
    const rows = await rowsOf(store);
    expect(rows).toHaveLength(12);
    first.nowMs = untilMs;
    await old.tick();
    expect(first.refused).toEqual(['detect/1']);
    expect(old.counters).toMatchObject({ calibrating: 0, windows: 12 });
    expect(await rowsOf(store)).toEqual(rows);
    expect(
      await store.query("SELECT count() AS n FROM calibration_windows WHERE lease = 'detect/2'"),
    ).toEqual([{ n: 6 }]);
  });

  it('keeps the row that was first where two wrote the same window', async () => {
    await insertRuns(store, pairRuns({ fromMs: DAY, minutes: 10 }));
    const nowMs = DAY + 20 * MINUTE;
    /** One that found nothing of the other when it took up. */
    const blind = (from: Store): Pick<Store, 'query' | 'insertRows'> => ({
      query: (sql, params) =>
        sql.includes('calibration_windows') ? Promise.resolve([]) : from.query(sql, params),
      insertRows: (...row) => from.insertRows(...row),
    });
    const write = async (lease: string, atMs: number) => {
      const one = calibrationOver(blind(store), stageOf(atMs, lease));
      running.push(one);
      await one.tick();
      expect(one.counters).toMatchObject({ windows: 2, ticks_failed: 0 });
    };
    await write('detect/1', nowMs);
    await insertRuns(store, pairRuns({ fromMs: DAY, minutes: 10, errorMs: 500 }));
    await write('detect/2', nowMs + 5000);
    const rows = await rowsOf(store);
    expect(rows).toHaveLength(2);
    for (const { error_ms } of rows) expect(error_ms).toBeLessThan(60);
  });

  it('finds and writes the same when the store failed in between', async () => {
    await insertRuns(store, drifting(90));
    let failing = true;
    let failures = 0;
    const flaky: Pick<Store, 'query' | 'insertRows'> = {
      query: (sql, params) => store.query(sql, params),
      // The second of the two inserts of a look: alarms are there then, and windows are not.
      insertRows: (table, rows) => {
        if (table === 'calibration_windows' && failing) {
          failures += 1;
          return Promise.reject(new Error('the store is away'));
        }
        return store.insertRows(table, rows);
      },
    };
    const stage = stageOf(DAY + 245 * MINUTE);
    const calibration = calibrationOver(flaky, stage, { announce: receiver.take });
    running.push(calibration);
    await calibration.tick();
    await calibration.tick();
    expect(failures).toBe(2);
    expect(await rowsOf(store)).toEqual([]);
    expect(receiver.told).toEqual([]);
    failing = false;
    await calibration.tick();
    const rows = await rowsOf(store);
    expect(rows).toHaveLength(48);
    expectSeamless(rows);
    expect(calibration.counters).toMatchObject({ ticks: 3, ticks_failed: 2, windows: 48, alarms: 1 });
    await expect.poll(() => receiver.told).toHaveLength(1);
  });

  it('does a part of a long absence a look, and all of it in the end', async () => {
    const targets = ['a', 'b', 'c'];
    const { value: perTick } = CALIBRATION_LIMITS.windowsPerTick;
    await insertRuns(
      store,
      targets.flatMap((target, i) => pairRuns({ fromMs: DAY, minutes: 300, target, seed: i + 1 })),
    );
    const stage = stageOf(DAY + 310 * MINUTE);
    const calibration = start(stage);
    await calibration.tick();
    expect(await rowsOf(store)).toHaveLength(perTick);
    await calibration.tick();
    const rows = await rowsOf(store);
    expect(rows).toHaveLength(180);
    for (const target of targets) expectSeamless(rows.filter((row) => row.target === target));
  });

  it('resolves the alarm of a pair that nobody runs any more, once, whoever finds it', async () => {
    await insertRuns(store, drifting(90));
    const stage = stageOf(DAY);
    await pass(stage, start(stage), DAY + 245 * MINUTE, 60 * MINUTE);
    await expect.poll(() => receiver.told).toHaveLength(1);
    stage.nowMs = DAY + 240 * MINUTE + CALIBRATION_LIMITS.idleMs.value + MINUTE;
    for (const term of [2, 3]) {
      const next = stageOf(stage.nowMs, `detect/${term}`);
      await start(next).tick();
    }
    await expect.poll(() => receiver.told).toHaveLength(2);
    expect(receiver.told[1]).toMatchObject({
      event: 'calibration.resolved',
      alarm: { resolution: 'unpaired', id: receiver.told[0]?.alarm.id },
    });
  });

  it('does nothing while another has the lease, and forgets a pair that was not heard for long', async () => {
    await insertRuns(store, pairRuns({ fromMs: DAY, minutes: 30 }));
    const stage = stageOf(DAY + 40 * MINUTE, 'detect/1');
    stage.lease = undefined;
    const calibration = start(stage);
    await calibration.tick();
    expect(await rowsOf(store)).toEqual([]);
    stage.lease = 'detect/2';
    await calibration.tick();
    expect(await rowsOf(store)).toHaveLength(6);
    const later = stageOf(stage.nowMs + CALIBRATION_LIMITS.rememberedMs.value + MINUTE, 'detect/3');
    const next = start(later);
    await next.tick();
    expect(next.counters).toMatchObject({ ticks_failed: 0, pairs: 0 });
  });
});

describe('looks', () => {
  it('come by themselves, and never two at a time', async () => {
    let asked = 0;
    let atOnce = 0;
    const store: Pick<Store, 'query' | 'insertRows'> = {
      query: async () => {
        asked += 1;
        atOnce += 1;
        expect(atOnce).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 15));
        atOnce -= 1;
        return [];
      },
      insertRows: () => Promise.resolve(),
    };
    expect(CALIBRATION_LIMITS.tickMs.value).toBeLessThan(MINUTE);
    const calibration = calibrationOver(store, stageOf(DAY), { tickMs: 5 });
    await expect.poll(() => asked).toBeGreaterThan(6);
    await calibration.close();
    await calibration.close();
    const after = asked;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(asked).toBe(after);
  });
});
