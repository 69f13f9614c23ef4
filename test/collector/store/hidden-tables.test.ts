import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEmbeddedEngine } from '../../../collector/store/embedded-engine.ts';
import type { Engine } from '../../../collector/store/engine.ts';
import { hidingSettings } from '../../../collector/store/hidden-tables.ts';
import { migrate } from '../../../collector/store/migrate.ts';
import { openServerEngine } from '../../../collector/store/server-engine.ts';
import { askReadonly, createStatements } from '../../../collector/store/statements.ts';
import { type ClickHouseServer, startClickHouseServer } from '../../support/clickhouse-server.ts';
import { describeEngines } from '../../support/stores.ts';

const DATABASE = { embedded: 'default', server: 'outrider' } as const;

/** Each would give a row, or 1, if the table had its rows. */
const WAYS: readonly ((table: string, database: string) => string)[] = [
  (table) => `SELECT id FROM ${table}`,
  (table, database) => `SELECT id FROM ${database}.${table}`,
  (table, database) => `SELECT x.id FROM \`${database}\`."${table}" AS x FINAL`,
  (table) => `SELECT id FROM '${table}'`,
  (table) => `SELECT id FROM '${table.replace('_', '\\x6q')}'`,
  (table) => `SELECT id FROM ${table} PREWHERE id = 'it'`,
  (table) => `SELECT id FROM numbers(1) AS n CROSS JOIN ${table} AS x`,
  (table) => `WITH t AS (SELECT * FROM ${table}) SELECT id FROM t`,
  (table) => `SELECT id FROM view(SELECT id FROM ${table})`,
  (table) => `SELECT 1 WHERE 'it' IN (SELECT id FROM ${table})`,
  (table) => `SELECT count() FROM ${table} HAVING count() > 0`,
];

describeEngines('SQL of people that nobody has looked at', (kind) => {
  let folder: string;
  let server: ClickHouseServer | undefined;
  let engine: Engine;
  const ask = async (sql: string, isHiding: boolean) => {
    const settings = isHiding ? await hidingSettings(createStatements(engine)) : {};
    return (await askReadonly(engine, sql, { limitRows: 10, timeoutMs: 5000 }, settings)).rows;
  };
  const query = (sql: string) => ask(sql, true);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'outrider-hidden-'));
    server = kind === 'server' ? await startClickHouseServer() : undefined;
    engine = server ? await openServerEngine({ url: server.url }) : await openEmbeddedEngine(folder);
    const statements = createStatements(engine);
    await migrate(statements);
    const expiresMs = Date.now() + 86_400_000;
    await statements.insertRows('access_tokens', [{ id: 'it', hash: 'secret', expires_at: expiresMs }]);
    await statements.insertRows('access_audit', [{ id: 'it', at: Date.now() }]);
  }, 60_000);
  afterAll(async () => {
    await engine?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['access_tokens', 'access_audit'])('finds no row in %s, however it is named', async (table) => {
    for (const way of WAYS) {
      const sql = way(table, DATABASE[kind]);
      // FINAL is for tables of versions alone.
      if (table === 'access_audit' && sql.endsWith('FINAL')) continue;
      expect([sql, (await ask(sql, false)).length]).toEqual([sql, 1]);
      expect([sql, await query(sql)]).toEqual([sql, []]);
    }
  });

  it('cannot take the filter off, and finds everything else', async () => {
    await expect(
      query('SELECT id FROM access_tokens SETTINGS "additional_table_filters" = {}'),
    ).rejects.toMatchObject({ message: expect.stringContaining('readonly') });
    expect(await query('SELECT count() > 0 FROM migrations')).toEqual([[1]]);
  });
});
