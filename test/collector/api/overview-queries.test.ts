import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { figuresSince, readFigures, readFreshness } from '../../../collector/api/overview-queries.ts';
import { SPARK_STEP_MS, SPARK_STEPS, Sparks } from '../../../collector/api/sparks.ts';
import { type ResultRow, resultBlock } from '../../../collector/store/result-block.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { labelsOf, recordOf, rowOf } from '../../support/records.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const MINUTE = Date.UTC(2026, 10, 21, 12, 0, 0);
const HELD_UP = { ...recordOf(0).state, disturbed: true };
const failure = { layer: 'http', blame: 'target', code: 'status', message: '503' } as const;

let seq = 0;
function run(region: string, scheduledMs: number, more: Partial<ResultRecord> = {}): ResultRow {
  seq += 1;
  return rowOf(seq, { scheduledMs, ...more }, { agent: `${region}-1`, labels: labelsOf(region) });
}

let held: TestStore;
beforeAll(async () => {
  held = await openTestStore('embedded');
});
afterAll(() => held.close());

const insert = (token: string, rows: readonly ResultRow[]) =>
  held.store.insertResults(resultBlock(token, rows), {
    ingestedMs: Math.max(...rows.map(({ record }) => record.scheduledMs)) + 300,
  });

describe('the figures of a region', () => {
  beforeAll(() =>
    insert('figures', [
      ...[100, 200, 300].map((ms, i) =>
        run('a', MINUTE + i, { type: 'video-start', metrics: { video_startup_ms: ms } }),
      ),
      run('a', MINUTE + 10, { outcome: 'fail', failure, metrics: { ttfb_ms: 9000 } }),
      run('a', MINUTE + 12, { outcome: 'fail', failure: { ...failure, blame: 'agent' }, metrics: {} }),
      run('a', MINUTE + 13, { trigger: 'manual', requestId: 'r', metrics: { ttfb_ms: 9000 } }),
      run('a', MINUTE + 14, { state: HELD_UP, type: 'video-start', metrics: { video_startup_ms: 9000 } }),
      run('a', MINUTE + 15, { state: HELD_UP, outcome: 'fail', failure, metrics: {} }),
      run('b', MINUTE + 11, { outcome: 'missed', missedReason: 'overrun', metrics: {} }),
    ]),
  );

  it.each([
    ['a short window, from the results', 60_000],
    ['a long window, from the rollup', 600_000],
  ])('are quantiles of ok runs and counts of all, by region, over %s', async (_name, windowMs) => {
    const figures = await readFigures(held.store, MINUTE + 30_000, windowMs);
    expect([...figures.keys()].toSorted()).toEqual(['a', 'b']);
    expect(figures.get('a')?.video_startup_ms.count).toBe(3);
    expect(figures.get('a')?.video_startup_ms.p50).toBeCloseTo(200, -1);
    expect(figures.get('a')?.runs).toEqual({ ok: 3, fail: 1, missed: 0, disturbed: 2 });
    expect(figures.get('a')?.ttfb_ms).toEqual({ p50: null, p95: null, count: 0 });
    expect(figures.get('b')?.runs).toEqual({ ok: 0, fail: 0, missed: 1, disturbed: 0 });
  });
});

describe('the window of figures', () => {
  it('is exact while it is short, so that a fault shows at once, and whole minutes when it is long', () => {
    const now = MINUTE + 90_500;
    expect(figuresSince(now, 60_000)).toBe(now - 60_000);
    expect(figuresSince(now, 600_000)).toBe(MINUTE - 540_000);
  });

  it('leaves out what lies before it', async () => {
    const at = MINUTE + 1_200_000;
    await insert('window', [
      run('w', at - 61_000, { metrics: { ttfb_ms: 20 } }),
      run('w', at - 59_000, { metrics: { ttfb_ms: 400 } }),
    ]);
    const figures = await readFigures(held.store, at, 60_000);
    expect(figures.get('w')?.ttfb_ms.count).toBe(1);
    expect(figures.get('w')?.ttfb_ms.p50).toBeGreaterThan(390);
  });
});

describe('freshness', () => {
  it('is the newest slot that was run: a missed one is no sign of life', async () => {
    const at = MINUTE + 600_000;
    await insert('fresh', [
      run('a', at, { outcome: 'fail', failure, metrics: {} }),
      run('a', at + 5000, { outcome: 'missed', missedReason: 'agent_down', metrics: {} }),
      run('b', at + 6000, { outcome: 'missed', missedReason: 'agent_down', metrics: {} }),
    ]);
    const { lastResultMs, resultsPerS } = await readFreshness(held.store, at - 1000, at + 7000);
    expect([...lastResultMs]).toEqual([['a', at]]);
    expect(resultsPerS).toBe(0.3);
  });

  it('is not given by an agent whose clock is an hour ahead', async () => {
    const at = MINUTE + 7_200_000;
    await insert('ahead', [run('ahead', at + 3_600_000)]);
    const { lastResultMs } = await readFreshness(held.store, at - 60_000, at);
    expect([...lastResultMs]).toEqual([]);
  });
});

describe('sparks', () => {
  const start = MINUTE + 3_600_000;
  const at = (step: number) => start + step * SPARK_STEP_MS;

  it('are the medians of each step, with gaps, up to the last whole step', async () => {
    await insert('sparks', [
      ...[10, 30, 20].map((ms, i) => run('s', at(0) + i, { metrics: { ttfb_ms: ms } })),
      run('s', at(2) + 1, { metrics: { ttfb_ms: 50 } }),
      run('s', at(3) + 1, { metrics: { ttfb_ms: 999 } }),
      run('s', at(2) + 2, { metrics: { ttfb_ms: 7 }, trigger: 'manual', requestId: 'r' }),
      run('s', at(2) + 4, { metrics: { ttfb_ms: 7 }, state: HELD_UP }),
      run('s', at(2) + 3, { metrics: { ttfb_ms: 7 }, outcome: 'fail', failure }),
    ]);
    const sparks = new Sparks(held.store);
    await sparks.refresh(at(3) + 5000);
    expect(sparks.untilMs).toBe(at(3));
    const { metric, values } = sparks.of('s');
    expect(metric).toBe('ttfb_ms');
    expect(values).toHaveLength(SPARK_STEPS);
    expect(values.slice(-3)).toEqual([20, null, 50]);
    expect(values.slice(0, -3)).toEqual(Array(SPARK_STEPS - 3).fill(null));
  });

  it('show the first frame where it is measured, rather than TTFB', async () => {
    await insert('both', [run('f', at(0), { metrics: { ttfb_ms: 5, first_frame_ms: 80 } })]);
    const sparks = new Sparks(held.store);
    await sparks.refresh(at(1));
    expect(sparks.of('f')).toMatchObject({ metric: 'first_frame_ms' });
    expect(sparks.of('f').values.at(-1)).toBe(80);
  });

  it('take up late results of the last steps at once, and older ones within a minute', async () => {
    const sparks = new Sparks(held.store);
    await sparks.refresh(at(10));
    await insert('late', [
      run('late', at(9), { metrics: { ttfb_ms: 11 } }),
      run('late', at(2), { metrics: { ttfb_ms: 22 } }),
    ]);
    await sparks.refresh(at(10) + 2000);
    expect(sparks.of('late').values.slice(-10)).toEqual([...Array(9).fill(null), 11]);
    await sparks.refresh(at(10) + 60_000);
    expect(sparks.of('late').values.filter((value) => value !== null)).toEqual([22, 11]);
  });

  it('are empty for a region that measured nothing', () => {
    expect(new Sparks(held.store).of('nowhere').values).toEqual(Array(SPARK_STEPS).fill(null));
  });
});
