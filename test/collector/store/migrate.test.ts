import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate, readMigrations } from '../../../collector/store/migrate.ts';
import { openStore } from '../../../collector/store/open-store.ts';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outrider-migrations-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, sql: string) => writeFileSync(join(folder, name), sql);

describe('the shipped migrations', () => {
  it('are numbered from 1 without gaps, and every statement can be applied again', () => {
    const migrations = readMigrations();
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
    for (const { statements } of migrations)
      for (const statement of statements)
        expect(statement.replace(/^--.*$/gm, '').trim()).toMatch(/^CREATE [A-Z ]+ IF NOT EXISTS /);
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

  it('changes nothing in a store that is up to date', async () => {
    await migrate(test.store);
    const tables = () =>
      test.store.query(
        'SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name',
      );
    const before = await tables();
    expect(before.map((table) => (table as { name: string }).name)).toEqual(
      expect.arrayContaining([
        'agent_progress',
        'agents',
        'assignments',
        'changes',
        'incidents',
        'latency_1m',
        'probes',
        'region_latency',
        'results',
        'runs',
        'targets',
      ]),
    );
    await test.store.close();
    const again = await openStore(test.options);
    expect(await again.query('SELECT count() AS rows FROM migrations FINAL')).toEqual([
      { rows: readMigrations().length },
    ]);
    await again.close();
  });
});
