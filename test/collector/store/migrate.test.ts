import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate, readMigrations } from '../../../collector/store/migrate.ts';
import { openStore } from '../../../collector/store/open-store.ts';
import { resultBlock } from '../../../collector/store/result-block.ts';
import type { Store } from '../../../collector/store/store.ts';
import { rowOf } from '../../support/records.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outrider-migrations-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, sql: string) => writeFileSync(join(folder, name), sql);

describe('the shipped migrations', () => {
  it('are numbered from 1, each by a number of its own', () => {
    const versions = readMigrations().map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(versions[0]).toBe(1);
  });
});

describe('readMigrations', () => {
  it('reads files in the order of their numbers, statement by statement, and nothing else', () => {
    file('0002-second.sql', 'SELECT 2;\n');
    file('0001-first.sql', "-- a comment; with a semicolon\nSELECT ';' AS a;\nSELECT 2\n;\n");
    file('notes.md', 'no');
    expect(
      readMigrations(folder).map(({ version, name, statements }) => ({ version, name, statements })),
    ).toEqual([
      {
        version: 1,
        name: 'first',
        statements: ["-- a comment; with a semicolon\nSELECT ';' AS a", 'SELECT 2'],
      },
      { version: 2, name: 'second', statements: ['SELECT 2'] },
    ]);
  });
});

describeEngines('migrate', (engine) => {
  let test: TestStore;
  beforeEach(async () => {
    test = await openTestStore(engine);
    await test.store.command('DROP TABLE migrations');
  });
  afterEach(() => test.close());

  it('applies each migration once, in order, and goes on where a failed one stopped', async () => {
    file('0001-one.sql', 'CREATE TABLE IF NOT EXISTS one (a UInt8) ENGINE = Memory;\n');
    file('0002-two.sql', 'CREATE TABLE IF NOT EXISTS two (a UInt8) ENGINE = Memory;\nSELECT nothing_such;\n');
    await expect(migrate(test.store, readMigrations(folder))).rejects.toMatchObject({ code: 'query' });
    expect(await test.store.query('SELECT version FROM migrations')).toEqual([{ version: 1 }]);
    await test.store.insertRows('one', [{ a: 1 }]);
    file('0002-two.sql', 'CREATE TABLE IF NOT EXISTS two (a UInt8) ENGINE = Memory;\n');
    await migrate(test.store, readMigrations(folder));
    await migrate(test.store, readMigrations(folder));
    expect(await test.store.query('SELECT version, name FROM migrations FINAL ORDER BY version')).toEqual([
      { version: 1, name: 'one' },
      { version: 2, name: 'two' },
    ]);
    expect(await test.store.query('SELECT count() AS rows FROM one')).toEqual([{ rows: 1 }]);
  });

  it('refuses a store whose migration was another one, or that a later version wrote', async () => {
    file('0001-one.sql', 'CREATE TABLE IF NOT EXISTS one (a UInt8) ENGINE = Memory;\n');
    file('0002-two.sql', 'CREATE TABLE IF NOT EXISTS two (a UInt8) ENGINE = Memory;\n');
    await migrate(test.store, readMigrations(folder));
    rmSync(join(folder, '0002-two.sql'));
    await expect(migrate(test.store, readMigrations(folder))).rejects.toMatchObject({
      code: 'migration',
      message: expect.stringContaining('migration 2 (two)'),
      hint: expect.stringContaining('later'),
    });
    file('0002-two.sql', 'SELECT 2;\n');
    await expect(migrate(test.store, readMigrations(folder))).rejects.toMatchObject({
      code: 'migration',
      message: expect.stringContaining('another content'),
    });
  });

  it('changes nothing in a store that is up to date, however often it is applied', async () => {
    const { store } = test;
    await store.insertResults(
      resultBlock('c', [rowOf(1, { scheduledMs: Date.now() }), rowOf(2, { scheduledMs: Date.now() })]),
    );
    const spec = { name: 'a', spec: '{}', updated_at: Date.now(), version: 1 };
    await store.insertRows('targets', [spec]);
    await store.insertRows('probes', [{ ...spec, deleted: 0 }]);
    await migrate(store);
    const before = await contents(store);
    expect(Object.keys(before)).toEqual(
      expect.arrayContaining(['agent_progress', 'latency_1h', 'latency_1m', 'region_latency_1h', 'results']),
    );
    await store.command('DROP TABLE migrations');
    await migrate(store);
    expect(await contents(store)).toEqual(before);
    await store.close();
    const again = await openStore(test.options);
    expect(await contents(again)).toEqual(before);
    await again.close();
  });

  it('brings a store that an earlier version wrote up to date, with what it holds', async () => {
    const { store } = test;
    for (const table of Object.keys(await contents(store)))
      await store.command(`DROP TABLE ${table} SETTINGS check_table_dependencies = 0`);
    const migrations = readMigrations();
    await migrate(store, migrations.slice(0, 3));
    const old = { probe: 'p', scheduled_at: Date.now(), trigger: 'schedule', outcome: 'ok', boot: 'b' };
    await store.insertRows('results', [{ ...old, agent: 'a', seq: 1, duration_us: 1000 }]);
    await migrate(store, migrations);
    await store.insertResults(resultBlock('c', [rowOf(1, { probe: 'p', scheduledMs: Date.now() })]));
    // Who stopped while this version began has no name of its own.
    await store.insertRows('results', [{ ...old, agent: 'a', seq: 2, duration_us: 1000 }]);
    expect(
      await store.query(
        `SELECT agent, collector, block FROM results WHERE probe = 'p' ORDER BY collector, seq`,
      ),
    ).toEqual([
      { agent: 'a', collector: '', block: 0 },
      { agent: 'a', collector: '', block: 0 },
      { agent: 'eu-west-1', collector: 'c', block: 1 },
    ]);
    const counts = (table: string) =>
      store.query(`SELECT sum(count) AS count FROM ${table} WHERE probe = 'p' AND metric = 'run_ms'`);
    expect(await counts('latency_1m')).toEqual([{ count: 3 }]);
    expect(await counts('latency_1h')).toEqual([{ count: 2 }]);
  });

  it.skipIf(engine === 'embedded')(
    'is applied by several collectors that start at the same time',
    async () => {
      const { options, server } = test;
      const fresh = { ...options, clickhouse: { url: server?.url ?? '', database: 'fresh' } };
      const stores = await Promise.all([openStore(fresh), openStore(fresh), openStore(fresh)]);
      const [first] = stores;
      await first?.insertResults(resultBlock('c', [rowOf(1, { scheduledMs: Date.now() })]));
      expect(
        await first?.query("SELECT sum(count) AS count FROM latency_1h WHERE metric = 'run_ms'"),
      ).toEqual([{ count: 1 }]);
      expect(await first?.query('SELECT count() AS rows FROM migrations FINAL')).toEqual([
        { rows: readMigrations().length },
      ]);
      await Promise.all(stores.map((store) => store.close()));
    },
  );
});

/** How each table and view of a store was made, and how many rows it has; but for those of the migrations themselves. */
async function contents(store: Store): Promise<Record<string, unknown>> {
  const tables = await store.query<{ name: string; made: string }>(
    `SELECT name, create_table_query AS made FROM system.tables
     WHERE database = currentDatabase() AND name NOT LIKE '.inner%' AND name != 'migrations' ORDER BY name`,
  );
  const counted = tables.map(async ({ name, made }) => {
    const [row] = await store.query<{ rows: number }>(`SELECT count() AS rows FROM ${name}`);
    return [name, { made, rows: row?.rows }] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}
