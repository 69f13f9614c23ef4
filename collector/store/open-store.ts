/**
 * Opens the store: an embedded ClickHouse in the data directory, a server by URL, or a cluster by the URLs of its servers; the
 * schema is brought up to date first.
 */
import { join } from 'node:path';
import { toStoreError } from './clickhouse-error.ts';
import { type ClusterOptions, openClusterStore } from './cluster-store.ts';
import { openEmbeddedEngine } from './embedded-engine.ts';
import type { Engine } from './engine.ts';
import { StoreError } from './errors.ts';
import { hidingSettings } from './hidden-tables.ts';
import { migrate } from './migrate.ts';
import { checkQuestion, refusedFunctions } from './readonly-sql.ts';
import {
  insertBlock,
  killInserts,
  lastBlock,
  repairBlock,
  runningInserts,
  storeLife,
} from './result-inserts.ts';
import { openServerEngine, type ServerOptions } from './server-engine.ts';
import { askReadonly, createStatements, guarded, type Statements } from './statements.ts';
import type { Store } from './store.ts';

export interface StoreOptions {
  /** A server, or a cluster of servers; without it ClickHouse runs in this process. */
  readonly clickhouse?: ServerOptions | ClusterOptions;
  /** Where the embedded engine keeps its data: the folder `clickhouse` in it. */
  readonly dataDir: string;
}

/** Rejects with `StoreError`: `locked`, `data_dir`, `engine_missing`, `unreachable`, `cluster`, `migration` or `query`. */
export async function openStore({ clickhouse, dataDir }: StoreOptions): Promise<Store> {
  if (clickhouse && 'cluster' in clickhouse) return openClusterStore(clickhouse);
  const engine = await guarded(() =>
    clickhouse ? openServerEngine(clickhouse) : openEmbeddedEngine(join(dataDir, 'clickhouse')),
  );
  try {
    const statements = createStatements(engine);
    await migrate(statements);
    return await createStore(engine, statements);
  } catch (error) {
    await engine.close();
    throw toStoreError(error);
  }
}

async function createStore(engine: Engine, statements: Statements): Promise<Store> {
  const [facts] = await statements.query<{ version: string; functions: string[] }>(
    'SELECT version() AS version, (SELECT groupArray(name) FROM system.table_functions) AS functions',
  );
  const refused = refusedFunctions(facts?.functions ?? []);
  const hiding = await hidingSettings(statements);
  let closing: Promise<void> | undefined;
  const open = <T>(work: () => Promise<T>): Promise<T> =>
    closing ? Promise.reject(new StoreError('closed', 'The store is closed.')) : work();

  return {
    engine: engine.kind,
    version: facts?.version ?? '',
    query: (sql, params) => open(() => statements.query(sql, params)),
    command: (sql, params) => open(() => statements.command(sql, params)),
    insertRows: (table, rows, options) => open(() => statements.insertRows(table, rows, options)),
    shards: 1,
    insertResults: (block, options) => open(() => guarded(() => insertBlock(engine, block, options))),
    fence: (collector, refusedFrom) =>
      open(() => statements.insertRows('fences', [{ collector, refused_from: refusedFrom }])),
    lastBlock: (collector, sinceMs) => open(() => lastBlock(statements, collector, sinceMs)),
    repairBlock: (collector, block) => open(() => repairBlock(statements, collector, block)),
    life: () => open(() => storeLife(statements)),
    runningInserts: (collector) => open(() => runningInserts(statements, collector)),
    killInserts: (collector) => open(() => killInserts(statements, collector)),
    queryReadonly: (sql, options) =>
      open(() => guarded(async () => askReadonly(engine, checkQuestion(sql, refused), options, hiding))),
    close: () => {
      closing ??= engine.close();
      return closing;
    },
  };
}
