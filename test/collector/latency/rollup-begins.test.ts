import { afterAll, beforeAll, expect, it } from 'vitest';
import { rollupBegins } from '../../../collector/latency/rollup-begins.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import { rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 21, 12);

describeEngines('where the rollups begin', (engine) => {
  let held: TestStore;
  beforeAll(async () => {
    held = await openTestStore(engine);
  });
  afterAll(() => held?.close());

  it('is before everything for those of regions in a new store, and unknown for the hours while there are none', async () => {
    expect(await rollupBegins(held.store, NOON)).toEqual({ firstHourMs: undefined, regionsFromMs: 0 });
  });

  it('is where they were brought in an older store, at the next whole hour', async () => {
    const { store } = held;
    await store.insertResults(resultBlock('one', [rowOf(1, { scheduledMs: NOON + 5 })]));
    await store.command('ALTER TABLE migrations DELETE WHERE version = 30 SETTINGS mutations_sync = 1');
    await store.command(
      `INSERT INTO migrations SELECT 30, 'region-rollups', '', toDateTime64('2099-11-21 12:59:30.000', 3, 'UTC')`,
    );
    expect(await rollupBegins(store, NOON)).toEqual({
      firstHourMs: NOON,
      regionsFromMs: Date.UTC(2099, 10, 21, 14),
    });
  });

  it('is asked for again after an hour', async () => {
    const { store } = held;
    await store.insertResults(resultBlock('two', [rowOf(2, { scheduledMs: NOON - HOUR })]));
    expect(await rollupBegins(store, NOON + HOUR - 1)).toMatchObject({ firstHourMs: NOON });
    expect(await rollupBegins(store, NOON + HOUR)).toMatchObject({ firstHourMs: NOON - HOUR });
  });
});
