import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Calibrator } from '../../../collector/calibrate/calibrator.ts';
import { CALIBRATION_DEFAULTS, CALIBRATION_LIMITS } from '../../../collector/calibrate/settings.ts';
import type { CalibrationWindow } from '../../../collector/calibrate/window.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';
import { DAY, emptied, insertRuns, MINUTE, pairRuns } from './calibrated.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore('embedded');
});
afterAll(() => test?.close());
beforeEach(() => emptied(test.store));

const seenAt = (minutes: number) => DAY + minutes * MINUTE + CALIBRATION_LIMITS.graceMs.value;
const make = () => new Calibrator(test.store, CALIBRATION_DEFAULTS);
const spans = (windows: readonly { readonly window: CalibrationWindow }[]) =>
  windows.map(({ window }) => [(window.startMs - DAY) / MINUTE, (window.endMs - DAY) / MINUTE]);

describe('a look', () => {
  it.each([
    // The rollup does not know which players were cold; it leaves out what was disturbed.
    ['of which too many runs do not count, extended', { attributes: { cold_player: 'true' } }, 1],
    ['of which too many runs were disturbed, as long as it has to be at once', { disturbed: true }, 0],
  ])('finds a window %s, and begins it where it began', async (_, uncounted, extended) => {
    const slow = { fromMs: DAY, minutes: 20, browserEveryMs: 30_000 };
    const browser = pairRuns(slow).filter(({ side }) => side === 'browser');
    await insertRuns(test.store, [
      ...pairRuns(slow).filter(({ side }) => side === 'twin'),
      // Of the first ten every second one.
      ...browser.map((run, i) => (i < 10 && i % 2 === 0 ? { ...run, ...uncounted } : run)),
    ]);
    const calibrator = make();
    const { windows } = await calibrator.look(seenAt(20));
    expect(spans(windows)).toEqual([
      [0, 7],
      [7, 12],
      [12, 17],
    ]);
    expect(windows[0]?.window.browserRuns).toBe(9);
    expect(calibrator.counters).toMatchObject({ windows: 3, extended });
  });

  it('finds a pair whose browser runs seldom, in windows as long as they must be', async () => {
    await insertRuns(
      test.store,
      pairRuns({ fromMs: DAY, minutes: 700, twinEveryMs: 60_000, browserEveryMs: 20 * MINUTE }),
    );
    const calibrator = make();
    const found = [];
    for (let minutes = 10; minutes <= 700; minutes += 30)
      found.push(...spans((await calibrator.look(seenAt(minutes))).windows));
    expect(found).toEqual([
      [0, 141],
      [160, 301],
      [320, 461],
      [480, 621],
    ]);
  });

  it('judges nothing when the store fails in the middle, and all of it the next time', async () => {
    await insertRuns(test.store, [
      ...pairRuns({ fromMs: DAY, minutes: 20 }),
      ...pairRuns({ fromMs: DAY, minutes: 20, target: 'zzz', seed: 2 }),
    ]);
    let asked = 0;
    const calibrator = new Calibrator(
      {
        query: (sql, params) => {
          asked += 1;
          return asked === 12 ? Promise.reject(new Error('away')) : test.store.query(sql, params);
        },
      },
      CALIBRATION_DEFAULTS,
    );
    await expect(calibrator.look(seenAt(20))).rejects.toThrow('away');
    expect(calibrator.judges.size).toBe(0);
    expect((await calibrator.look(seenAt(20))).windows).toHaveLength(8);
    expect(calibrator.counters.windows).toBe(8);
  });

  it('judges windows in the order of time, whichever pair they are of', async () => {
    await insertRuns(test.store, [
      ...pairRuns({ fromMs: DAY, minutes: 20, target: 'b' }),
      ...pairRuns({ fromMs: DAY, minutes: 20, target: 'a', seed: 2 }),
    ]);
    const { windows, more } = await make().look(seenAt(20));
    expect(more).toBe(false);
    expect(windows.map(({ window }) => window.target)).toEqual(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('begins after what is known already', async () => {
    await insertRuns(test.store, pairRuns({ fromMs: DAY, minutes: 20 }));
    const calibrator = make();
    const pair = { region: 'eu-west', target: 'clip', twin: 'play-light', browser: 'play-browser' };
    calibrator.knowUntil(pair, DAY + 10 * MINUTE);
    calibrator.knowUntil(pair, DAY + 5 * MINUTE);
    expect(spans((await calibrator.look(seenAt(20))).windows)).toEqual([
      [10, 15],
      [15, 20],
    ]);
  });
});
