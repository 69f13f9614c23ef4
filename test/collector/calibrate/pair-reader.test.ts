import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PairReader } from '../../../collector/calibrate/pair-reader.ts';
import { CALIBRATION_DEFAULTS, CALIBRATION_LIMITS } from '../../../collector/calibrate/settings.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';
import { DAY, emptied, insertRuns, MINUTE, pairRuns, type Run } from './calibrated.ts';

describeEngines('reading pairs', (engine) => {
  let test: TestStore;
  let reader: PairReader;
  beforeAll(async () => {
    test = await openTestStore(engine);
    reader = new PairReader(test.store, CALIBRATION_DEFAULTS);
  });
  afterAll(() => test?.close());
  beforeEach(() => emptied(test.store));

  const PAIR = { region: 'eu-west', target: 'clip', twin: 'play-light', browser: 'play-browser' };
  const WINDOW = { startMs: DAY, endMs: DAY + 10 * MINUTE };
  const insert = (runs: readonly Run[]) => insertRuns(test.store, runs);
  /** So many runs of a side in the window, all of one value. */
  const flat = (side: Run['side'], count: number, ms: number, more: Partial<Run> = {}): Run[] =>
    Array.from({ length: count }, (_, i) => ({ side, atMs: DAY + 1000 + i * 1000, ms, ...more }));
  const read = async (pair = PAIR) => {
    const answer = await reader.read(pair, WINDOW);
    return 'window' in answer ? answer.window : answer.counted;
  };

  it('finds each twin and each browser probe on the same target and region, minute by minute', async () => {
    await insert([
      ...pairRuns({ fromMs: DAY, minutes: 2 }),
      ...flat('twin', 3, 300, { probe: 'play-strict' }),
      ...flat('twin', 3, 300, { target: 'other' }),
      ...flat('browser', 3, 300, { region: 'us-east' }),
      ...flat('twin', 3, 300, { probe: 'play-late' }).map((run) => ({
        ...run,
        atMs: run.atMs + 20 * MINUTE,
      })),
    ]);
    const { pairs, overLimit } = await reader.pairs(DAY, DAY + 20 * MINUTE);
    expect(overLimit).toBe(0);
    expect(pairs.map(({ pair }) => pair)).toEqual([PAIR, { ...PAIR, twin: 'play-strict' }]);
    expect(pairs[0]).toMatchObject({
      twin: [
        [DAY, 12],
        [DAY + MINUTE, 12],
      ],
      browser: [
        [DAY, 3],
        [DAY + MINUTE, 3],
      ],
    });
    expect((await reader.pairs(DAY + MINUTE, DAY + 2 * MINUTE)).pairs).toHaveLength(1);
  });

  it('takes the first pairs by name when there are more than the limit', async () => {
    const name = (i: number) => `t${String(i).padStart(4, '0')}`;
    const count = CALIBRATION_LIMITS.pairs.value + 20;
    await insert(
      Array.from({ length: count }, (_, i) => [
        { side: 'twin', atMs: DAY, ms: 300, target: name(i) } as const,
        { side: 'browser', atMs: DAY, ms: 300, target: name(i) } as const,
      ]).flat(),
    );
    const { pairs, overLimit } = await reader.pairs(DAY, DAY + MINUTE);
    expect(pairs).toHaveLength(CALIBRATION_LIMITS.pairs.value);
    expect(pairs.at(-1)?.pair.target).toBe(name(CALIBRATION_LIMITS.pairs.value - 1));
    expect(overLimit).toBeGreaterThan(0);
  });

  it('gives the medians of both, their difference, and how certain it is', async () => {
    await insert([...pairRuns({ fromMs: DAY, minutes: 10, errorMs: 40 })]);
    const window = await read();
    expect(window).toMatchObject({
      ...{ ...PAIR, ...WINDOW, format: 'mp4', player: 'progressive', basis: 'agents' },
      ...{ agents: 1, twinRuns: 120, browserRuns: 30, builds: ['Chromium 156'] },
    });
    if (!('errorMs' in window)) throw new Error('no window');
    expect(window.errorMs).toBeCloseTo(window.browserMs - window.twinMs, 6);
    expect(Math.abs(window.errorMs - 40)).toBeLessThan(window.uncertaintyMs * 2);
    expect(window.uncertaintyMs).toBeGreaterThan(1);
    expect(window.uncertaintyMs).toBeLessThan(8);
  });

  it('is exact where the sketch of the rollup is not', async () => {
    await insert([...flat('twin', 9, 3000.123), ...flat('browser', 9, 3007.5)]);
    expect(await read()).toMatchObject({ twinMs: 3000.123, browserMs: 3007.5 });
  });

  it('counts scheduled, undisturbed starts of a warm player without an emulated network, and those alone', async () => {
    await insert([
      ...flat('twin', 10, 300),
      ...flat('browser', 8, 320),
      ...flat('browser', 5, 900, { outcome: 'fail' }),
      ...flat('browser', 5, 900, { disturbed: true }),
      ...flat('browser', 5, 900, { trigger: 'manual' }),
      ...flat('browser', 5, 900, { attributes: { cold_player: 'true' } }),
      ...flat('browser', 5, 900, { attributes: { network: 'latency=100ms' } }),
    ]);
    expect(await read()).toMatchObject({ browserRuns: 8, browserMs: 320 });
  });

  it('says how many runs count when they are too few', async () => {
    await insert([...flat('twin', 10, 300), ...flat('browser', 7, 320)]);
    expect(await read()).toEqual({ twin: 10, browser: 7 });
    expect(await read({ ...PAIR, twin: 'nobody' })).toEqual({ twin: 0, browser: 0 });
  });

  it('compares only agents that run both, so that one that runs the twin alone shifts nothing', async () => {
    await insert([
      ...flat('twin', 10, 300),
      ...flat('browser', 10, 320),
      ...flat('twin', 50, 900, { agent: 'eu-west-2' }),
      ...flat('browser', 4, 700, { agent: 'eu-west-3' }),
    ]);
    expect(await read()).toMatchObject({ basis: 'agents', twinMs: 300, browserMs: 320, agents: 1 });
  });

  it('compares the region where no agent runs both, and says so', async () => {
    await insert([...flat('twin', 10, 300, { agent: 'eu-west-2' }), ...flat('browser', 10, 320)]);
    expect(await read()).toMatchObject({ basis: 'region', errorMs: 20 });
  });

  it('never mixes players, and takes the one of most runs', async () => {
    const hls = { format: 'hls' };
    await insert([
      ...flat('twin', 10, 300, { attributes: hls }),
      ...flat('browser', 12, 350, { attributes: { player: 'hls.js' } }),
      ...flat('browser', 9, 250, { attributes: { player: 'native-hls' } }),
    ]);
    expect(await read()).toMatchObject({ format: 'hls', player: 'hls.js', browserRuns: 12, errorMs: 50 });
  });

  it('compares nothing when the two played another format', async () => {
    await insert([
      ...flat('twin', 10, 300, { attributes: { format: 'dash' } }),
      ...flat('browser', 10, 320, { attributes: { player: 'hls.js' } }),
    ]);
    expect(await read()).toEqual({ twin: 0, browser: 0 });
    await insert(flat('browser', 20, 330, { attributes: { player: 'dash.js', format: 'dash' } }));
    expect(await read()).toMatchObject({ format: 'dash', player: 'dash.js', errorMs: 30 });
  });
});
