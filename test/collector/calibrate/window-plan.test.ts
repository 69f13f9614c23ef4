import { describe, expect, it } from 'vitest';
import { CALIBRATION_DEFAULTS } from '../../../collector/calibrate/settings.ts';
import { extended, MINUTE_MS, type Minutes, nextWindow } from '../../../collector/calibrate/window-plan.ts';

const plan = { ...CALIBRATION_DEFAULTS, minRuns: 8 };
const minute = (n: number) => n * MINUTE_MS;
/** So many runs in each of these minutes. */
const every = (runs: number, from: number, until: number, step = 1): Minutes => {
  const minutes: [number, number][] = [];
  for (let at = from; at < until; at += step) minutes.push([minute(at), runs]);
  return minutes;
};
const next = (twin: Minutes, browser: Minutes, afterMs = 0) =>
  nextWindow({ twin, browser }, { afterMs }, plan).due;

describe('the windows of a pair', () => {
  it('last at least five minutes, however many runs there are', () => {
    expect(next(every(60, 0, 30), every(10, 0, 30))).toEqual({
      startMs: 0,
      endMs: minute(5),
      twinRuns: 300,
      browserRuns: 50,
    });
  });

  it('grow until both probes have enough runs', () => {
    expect(next(every(12, 0, 60), every(1, 0, 60))).toMatchObject({ startMs: 0, endMs: minute(8) });
    expect(next(every(1, 0, 60, 3), every(5, 0, 60))).toMatchObject({ endMs: minute(22), twinRuns: 8 });
  });

  it('begin where the browser ran: runs of the twin alone are compared with nothing', () => {
    expect(next(every(12, 0, 60), every(4, 20, 60))).toMatchObject({
      startMs: minute(20),
      endMs: minute(25),
      twinRuns: 60,
    });
  });

  it('follow each other without a gap or an overlap, and the same ones are found however far one sees', () => {
    const find = (until: number) => {
      const ends: number[] = [];
      const runs = { twin: every(3, 0, until), browser: every(1, 0, until, 2) };
      for (let afterMs = 0; ; ) {
        const { due } = nextWindow(runs, { afterMs }, plan);
        if (!due) return ends;
        expect(due.startMs).toBeGreaterThanOrEqual(afterMs);
        afterMs = due.endMs;
        ends.push(afterMs);
      }
    };
    const all = find(200);
    expect(all.length).toBeGreaterThan(10);
    for (const until of [31, 77, 150]) expect(find(until)).toEqual(all.filter((end) => end <= minute(until)));
  });

  it('begin anew after a pause of the browser, so that nothing is compared across it', () => {
    const browser = [...every(1, 0, 3), ...every(2, 100, 130)];
    expect(next(every(12, 0, 200), browser)).toMatchObject({ startMs: minute(100), endMs: minute(105) });
  });

  it('begin anew when the longest window is not enough', () => {
    const slow = every(1, 0, 800, 50);
    expect(next(every(1, 0, 800), slow)).toMatchObject({ startMs: 0, endMs: minute(351) });
    const slower = every(1, 0, 2000, 59);
    expect(next(every(1, 0, 2000), slower)).toBeUndefined();
  });

  it('say where the one that is open began', () => {
    const runs = { twin: every(12, 0, 10), browser: every(1, 3, 6) };
    expect(nextWindow(runs, { afterMs: 0 }, plan)).toEqual({ due: undefined, startMs: minute(3) });
    expect(nextWindow({ twin: every(1, 0, 9), browser: [] }, { afterMs: 0 }, plan).startMs).toBeUndefined();
  });

  it('of which too few runs count are extended by as many as are missing, and begin where they began', () => {
    const runs = { twin: every(12, 0, 60), browser: every(2, 0, 60) };
    const { due } = nextWindow(runs, { afterMs: 0 }, plan);
    if (!due) throw new Error('no window');
    expect(due).toMatchObject({ endMs: minute(5), browserRuns: 10 });
    const open = extended({ afterMs: 0 }, due, { twin: 60, browser: 5 }, plan);
    expect(nextWindow(runs, open, plan).due).toMatchObject({ startMs: 0, endMs: minute(7), browserRuns: 14 });
  });
});
