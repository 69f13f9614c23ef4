import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { migrate, readMigrations } from '../../../collector/store/migrate.ts';
import { type ResultRow, resultBlock } from '../../../collector/store/result-block.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { recordOf, rowOf } from '../../support/records.ts';
import { describeEngines, keepWhatIsOld, openTestStore, type TestStore } from '../../support/stores.ts';

const HOUR = Date.UTC(2026, 10, 21, 12, 0, 0);
const failure = { layer: 'http', blame: 'target', code: 'status', message: '' } as const;
const HELD_UP = { ...recordOf(0).state, eventLoopDelayMs: 300, disturbed: true };

let seq = 0;
let probe = '';
function run(more: Partial<ResultRecord>): ResultRow {
  seq += 1;
  return rowOf(seq, { probe, scheduledMs: HOUR + seq, metrics: { ttfb_ms: 20 }, ...more });
}

/** Of each kind a few; what was disturbed is slow, and would show anywhere. */
const someOfEach = (): ResultRow[] => [
  ...Array.from({ length: 10 }, () => run({})),
  ...Array.from({ length: 5 }, () => run({ state: HELD_UP, metrics: { ttfb_ms: 9000 } })),
  run({ outcome: 'fail', failure, metrics: { ttfb_ms: 30 } }),
  run({ outcome: 'fail', failure, state: HELD_UP, metrics: { ttfb_ms: 9000 } }),
  run({ outcome: 'fail', failure: { ...failure, blame: 'agent' }, metrics: {} }),
  run({ outcome: 'fail', failure: { ...failure, blame: 'agent' }, state: HELD_UP, metrics: {} }),
  run({ outcome: 'missed', missedReason: 'overrun', state: HELD_UP, metrics: {} }),
];

describeEngines('runs that the agent itself disturbed', (engine) => {
  let test: TestStore;
  beforeAll(async () => {
    test = await openTestStore(engine);
  });
  afterAll(() => test.close());

  // A store for all: opening one takes longer than any of the tests.
  beforeEach(() => {
    probe = `p-${seq}`;
  });
  const insert = (rows: readonly ResultRow[]) => test.store.insertResults(resultBlock(probe, rows));

  const row = async (view: string, metric: string) =>
    (
      await test.store.query<Record<string, number | null>>(
        `SELECT * FROM ${view} WHERE probe = {probe:String} AND metric = {metric:String} AND pop = 'fra1'`,
        { metric, probe },
      )
    )[0];

  it.each(['region_latency', 'region_latency_1h'])(
    'are counted in %s as disturbed, and as nothing else',
    async (view) => {
      await insert(someOfEach());
      expect(await row(view, 'run_ms')).toMatchObject({
        ...{ count: 20, ok: 10, fail: 1, agent_fail: 1, missed: 1, disturbed: 7 },
        success_ratio: 10 / 11,
      });
    },
  );

  it.each(['region_latency', 'region_latency_1h'])('are in no figure of %s', async (view) => {
    await insert(someOfEach());
    const figures = await row(view, 'ttfb_ms');
    expect(figures).toMatchObject({ count: 17, ok: 10, fail: 1, disturbed: 6, avg: 20, min: 20, max: 20 });
    expect(figures?.p99).toBeLessThan(21);
  });

  it('leave a check of which nothing else is there without figures, and not with zeros', async () => {
    await insert([run({ state: HELD_UP }), run({ state: HELD_UP })]);
    expect(await row('region_latency', 'ttfb_ms')).toMatchObject({
      ...{ count: 2, ok: 0, disturbed: 2, success_ratio: null },
      ...{ p50: null, p99: null, avg: null, min: null, max: null },
    });
  });

  it('keep the equation of the rollup, whatever runs come together', async () => {
    const rows = someOfEach();
    await insert(rows);
    for (const table of ['latency_1m', 'latency_1h']) {
      const [sum] = await test.store.query(
        `SELECT sum(count) AS count, sum(ok + fail + agent_fail + missed + disturbed) AS parts FROM ${table} WHERE metric = 'run_ms' AND probe = {probe:String}`,
        { probe },
      );
      expect(sum).toEqual({ count: rows.length, parts: rows.length });
    }
  });

  it('are mended after a crash by the same rule: the block is brought to the minutes out of the results', async () => {
    const { store } = test;
    await insert(someOfEach());
    const before = [await row('region_latency', 'run_ms'), await row('region_latency_1h', 'ttfb_ms')];
    await store.command('TRUNCATE TABLE latency_1m');
    await store.command('TRUNCATE TABLE latency_1h');
    await store.repairBlock(probe, 1);
    expect([await row('region_latency', 'run_ms'), await row('region_latency_1h', 'ttfb_ms')]).toEqual(
      before,
    );
  });

  it('stay where they are in minutes of an earlier version; what comes after it counts by the rule of now', async () => {
    const { store } = test;
    const tables = await store.query<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND name NOT LIKE '.inner%'",
    );
    for (const { name } of tables)
      await store.command(`DROP TABLE ${name} SETTINGS check_table_dependencies = 0`);
    const migrations = readMigrations();
    await migrate(
      store,
      migrations.filter(({ version }) => version < 11),
    );
    await keepWhatIsOld(store);
    await store.insertResults(resultBlock('old', someOfEach()));
    const old = await row('region_latency', 'run_ms');
    expect(old).toMatchObject({ count: 20, ok: 15, fail: 2, agent_fail: 2, missed: 1, disturbed: 8 });
    await migrate(store, migrations);
    expect(await row('region_latency', 'run_ms')).toEqual(old);
    await store.insertResults(resultBlock('new', someOfEach()));
    expect(await row('region_latency', 'run_ms')).toMatchObject({
      ...{ count: 40, ok: 25, fail: 3, agent_fail: 3, missed: 2, disturbed: 15 },
    });
    expect(await store.query('SELECT count() AS rows FROM results')).toEqual([{ rows: 40 }]);
  });
});
