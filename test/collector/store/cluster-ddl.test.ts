import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  definitionSql,
  distributedSql,
  isSpread,
  localMigration,
  replicatedSql,
  spreadNames,
  wideMigration,
} from '../../../collector/store/cluster-ddl.ts';
import { type Migration, readMigrations } from '../../../collector/store/migrate.ts';
import { openTestStore, type TestStore } from '../../support/stores.ts';

const MIGRATIONS = readMigrations();
const REPLICATED = { replicated: true, first: true } as const;
const statementsOf = (change: (migration: Migration) => Migration) =>
  MIGRATIONS.flatMap((migration) => change(migration).statements);

describe('a statement for replicas', () => {
  it.each([
    [
      'CREATE TABLE a (b String) ENGINE = MergeTree ORDER BY b',
      "CREATE TABLE a (b String) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}') ORDER BY b",
    ],
    [
      'CREATE TABLE a (b String) ENGINE = ReplacingMergeTree(version) ORDER BY b',
      "CREATE TABLE a (b String) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version) ORDER BY b",
    ],
    [
      'CREATE TABLE a (b String)\nENGINE = AggregatingMergeTree\nORDER BY b SETTINGS non_replicated_deduplication_window = 10000, ttl_only_drop_parts = 1',
      "CREATE TABLE a (b String)\nENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')\nORDER BY b SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 2592000, ttl_only_drop_parts = 1",
    ],
    [
      'CREATE TABLE a (b String) ENGINE = Join(ANY, LEFT, b)',
      'CREATE TABLE a (b String) ENGINE = Join(ANY, LEFT, b)',
    ],
  ])('of %s', (sql, replicated) => {
    expect(replicatedSql(sql)).toBe(replicated);
  });

  it('remembers tokens as long as raw results are kept, in every table that has a window', () => {
    const statements = statementsOf((migration) => localMigration(migration, REPLICATED));
    const windows = statements.join('\n').match(/\w*deduplication_window = \d+/g) ?? [];
    expect(windows.length).toBeGreaterThan(5);
    expect(windows.every((window) => window.startsWith('replicated_'))).toBe(true);
    expect(statements.join('\n').match(/deduplication_window_seconds = 2592000/g)).toHaveLength(
      windows.length,
    );
  });

  it('leaves no table of rows without copies', () => {
    const statements = statementsOf((migration) => localMigration(migration, REPLICATED));
    const engines = statements.flatMap((sql) => sql.match(/ENGINE = \w+/g) ?? []);
    expect(engines.filter((engine) => !engine.startsWith('ENGINE = Replicated'))).toEqual([
      'ENGINE = Join',
      'ENGINE = Memory',
    ]);
  });

  it('that copies rows is for the first of them alone', () => {
    const inserts = (first: boolean) =>
      statementsOf((migration) => localMigration(migration, { replicated: true, first })).filter((sql) =>
        sql.includes('INSERT INTO'),
      );
    expect(inserts(true).length).toBeGreaterThan(0);
    expect(inserts(false)).toEqual([]);
  });
});

describe('a migration on a server without copies', () => {
  it('is the migration itself', () => {
    for (const migration of MIGRATIONS)
      expect(localMigration(migration, { replicated: false, first: true })).toEqual(migration);
  });
});

describe('the tables and views', () => {
  it('whose rows are spread are the results and what comes of them', () => {
    expect([...spreadNames(MIGRATIONS)].toSorted()).toEqual([
      'agent_progress',
      'latency_1h',
      'latency_1m',
      'latency_region_1h',
      'latency_region_1m',
      'model_error',
      'publish_visibility',
      'region_latency',
      'region_latency_1h',
      'results',
      'runs',
    ]);
  });

  it('that a statement names say where it is asked', () => {
    const spread = spreadNames(MIGRATIONS);
    expect(isSpread('SELECT count() FROM results', spread)).toBe(true);
    expect(isSpread('SELECT 1 FROM agents JOIN `latency_1m` USING (a)', spread)).toBe(true);
    expect(isSpread('SELECT 1 FROM agents FINAL', spread)).toBe(false);
    expect(isSpread('SELECT results_of_mine FROM agents', spread)).toBe(false);
  });

  it('over all shards are the views for people, by the same text', () => {
    const names = statementsOf(wideMigration).map((sql) => /VIEW (?:IF NOT EXISTS )?(\w+)/.exec(sql)?.[1]);
    // Some once more: they were changed.
    expect(names).toEqual([
      ...['runs', 'region_latency', 'region_latency_1h', 'region_latency', 'model_error'],
      ...['runs', 'runs', 'publish_visibility'],
    ]);
  });

  it('are found again where they are already', () => {
    expect(definitionSql('CREATE TABLE a.b (c String)')).toBe('CREATE TABLE IF NOT EXISTS a.b (c String)');
    expect(definitionSql('CREATE MATERIALIZED VIEW a.b TO a.c AS SELECT 1')).toBe(
      'CREATE MATERIALIZED VIEW IF NOT EXISTS a.b TO a.c AS SELECT 1',
    );
  });
});

describe('every statement', () => {
  let test: TestStore;
  beforeAll(async () => {
    test = await openTestStore('embedded');
  });
  afterAll(() => test?.close());

  it('is one that ClickHouse can read, and reads as it is meant', async () => {
    const names = { cluster: "fl'eet", wide: 'outrider', local: 'outrider_shard' };
    const statements = [
      ...statementsOf((migration) => localMigration(migration, REPLICATED)),
      ...statementsOf(wideMigration),
      distributedSql('results', names),
    ];
    const read: string[] = [];
    for (const sql of statements) {
      const [row] = await test.store.query<{ sql: string }>('SELECT formatQuery({sql:String}) AS sql', {
        sql,
      });
      read.push(row?.sql ?? '');
    }
    const engines = read.flatMap((sql) => sql.match(/ENGINE = \w+\([^)]*\)/g) ?? []);
    expect(new Set(engines)).toEqual(
      new Set([
        "ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')",
        "ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')",
        "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')",
        "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)",
        "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', beat)",
        "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', precedence)",
        "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', kept_at)",
        "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', last_used_at)",
        'ENGINE = Join(ANY, LEFT, collector)',
        "ENGINE = Distributed('fl\\'eet', 'outrider_shard', 'results')",
      ]),
    );
  });
});
