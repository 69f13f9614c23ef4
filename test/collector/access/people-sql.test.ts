import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEngines, openTestStore, type TestStore } from '../../support/stores.ts';

const OPTIONS = { limitRows: 10, timeoutMs: 5000 };
const TABLES = ['access_tokens', 'access_uses', 'access_enrolments', 'access_keys', 'access_audit'];

/** Ways to name a table, or to read one without naming it. */
const WAYS: readonly ((table: string) => string)[] = [
  (table) => `SELECT * FROM ${table}`,
  (table) => `SELECT * FROM ${table.toUpperCase()}`,
  (table) => `SELECT * FROM currentDatabase().${table}`,
  (table) => `SELECT * FROM default.${table}`,
  (table) => `SELECT * FROM \`${table}\``,
  (table) => `SELECT * FROM "${table}"`,
  (table) => `SELECT * FROM default/**/./**/${table}`,
  // A string is a name of a table, too.
  (table) => `SELECT * FROM '${table}'`,
  (table) => `SELECT * FROM '\\x61${table.slice(1)}'`,
  // ClickHouse makes an underscore of it.
  (table) => `SELECT * FROM '${table.replace('_', '\\x6q')}'`,
  (table) => `SELECT count() FROM numbers(1) WHERE 'x' IN '${table}'`,
  (table) => `DESCRIBE TABLE '${table}'`,
  // Comments that end elsewhere for ClickHouse, so that what looks quoted is not.
  (table) => `SELECT 1 // '\n, (SELECT count() FROM ${table}) // '`,
  (table) => `SELECT 1 /* /* */ ' */, (SELECT count() FROM ${table}) --'`,
  (table) => `SELECT count() FROM numbers(1) WHERE 'x' IN ${table}`,
  (table) => `WITH t AS (SELECT * FROM ${table}) SELECT * FROM t`,
  (table) => `SELECT (SELECT count() FROM ${table})`,
  (table) => `SELECT * FROM view(SELECT * FROM ${table})`,
  (table) => `SELECT * FROM viewIfPermitted(SELECT * FROM ${table} ELSE null('x String'))`,
  (table) => `SELECT * FROM merge(currentDatabase(), '^${table}$')`,
  () => `SELECT * FROM merge(currentDatabase(), '^acc')`,
  () => `SELECT * FROM merge('^acc')`,
  (table) => `SELECT * FROM mergeTreeIndex(currentDatabase(), '${table}')`,
  (table) => `SELECT * FROM mergeTreeIndex(currentDatabase(), ${table})`,
  (table) => `SELECT * FROM mergeTreeParts(currentDatabase(), '${table}')`,
  (table) => `SELECT * FROM mergeTreeProjection(currentDatabase(), '${table}', 'p')`,
  (table) => `SELECT * FROM loop(currentDatabase(), '${table}')`,
  (table) => `SELECT * FROM cluster('default', currentDatabase(), '${table}')`,
  (table) => `SELECT * FROM remote('127.0.0.1', currentDatabase(), '${table}')`,
  (table) => `SELECT * FROM dictionary('${table}')`,
  (table) => `SELECT * FROM {t:Identifier} SETTINGS param_t = '${table}'`,
  (table) => `SHOW CREATE TABLE ${table}`,
  (table) => `EXPLAIN SELECT * FROM ${table}`,
];

describeEngines('SQL of people', (engine) => {
  let test: TestStore;
  beforeAll(async () => {
    test = await openTestStore(engine);
    for (const table of TABLES) expect(await test.store.query(`SELECT * FROM ${table}`)).toEqual([]);
  }, 60_000);
  afterAll(() => test?.close());

  it.each(TABLES)('reads %s in none of the ways there are', async (table) => {
    for (const way of WAYS)
      expect([way(table), await outcomeOf(way(table))]).toEqual([way(table), 'refused']);
  });

  it('would find no row in them, if it reached one', async () => {
    const { rows } = await test.store.queryReadonly("SELECT getSetting('additional_table_filters')", OPTIONS);
    for (const table of TABLES) expect(JSON.stringify(rows)).toContain(`.${table}`);
  });

  it('finds nothing of them in the tables of the system but their shape', async () => {
    const { rows } = await test.store.queryReadonly(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'acc%' ORDER BY name",
      OPTIONS,
    );
    expect(rows.flat().sort()).toEqual([...TABLES].sort());
  });

  const outcomeOf = (sql: string): Promise<string> =>
    test.store.queryReadonly(sql, OPTIONS).then(
      () => 'answered',
      // Of these the engine says that there is no such function here, and that nobody gave the identifier.
      ({ code }: { code: string }) =>
        code === 'query' && /Identifier|mergeTreeParts/.test(sql) ? 'refused' : code,
    );
});
