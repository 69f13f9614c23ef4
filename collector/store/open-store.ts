/** Opens the store: an embedded ClickHouse in the data directory, or a server by URL; the schema is brought up to date first. */
import { join } from 'node:path';
import { toStoreError } from './clickhouse-error.ts';
import { openEmbeddedEngine } from './embedded-engine.ts';
import type { Engine } from './engine.ts';
import { StoreError } from './errors.ts';
import { STORE_LIMITS } from './limits.ts';
import { migrate } from './migrate.ts';
import { checkQuestion, refusedFunctions } from './readonly-sql.ts';
import { insertBlock, lastBlock, repairBlock } from './result-inserts.ts';
import { openServerEngine, type ServerOptions } from './server-engine.ts';
import type { QueryAnswer, QueryParams, ReadonlyOptions, Store } from './store.ts';

export interface StoreOptions {
  /** A server; without it ClickHouse runs in this process. */
  readonly clickhouse?: ServerOptions;
  /** Where the embedded engine keeps its data: the folder `clickhouse` in it. */
  readonly dataDir: string;
}

/** How answers look, on both engines. */
const ANSWER_SETTINGS = {
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  date_time_output_format: 'iso',
} as const;

const ROW_INSERT_SETTINGS = { async_insert: 0, date_time_input_format: 'best_effort' } as const;

/** Rejects with `StoreError`: `locked`, `data_dir`, `engine_missing`, `unreachable`, `migration` or `query`. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const engine = await openEngine(options);
  try {
    const statements = createStatements(engine);
    await migrate(statements);
    return await createStore(engine, statements);
  } catch (error) {
    await engine.close();
    throw toStoreError(error);
  }
}

function openEngine(options: StoreOptions): Promise<Engine> {
  if (!options.clickhouse) return openEmbeddedEngine(join(options.dataDir, 'clickhouse'));
  return openServerEngine(options.clickhouse).catch((error) => {
    throw toStoreError(error);
  });
}

type Statements = Pick<Store, 'query' | 'command' | 'insertRows'>;

function createStatements(engine: Engine): Statements {
  return {
    async query<T>(sql: string, params: QueryParams = {}): Promise<T[]> {
      const answer = await guarded(() =>
        engine.withClient(async (client) => {
          const result = await client.query({
            query: sql,
            format: 'JSONEachRow',
            query_params: { ...params },
            clickhouse_settings: {
              ...engine.settings,
              ...ANSWER_SETTINGS,
              max_execution_time: STORE_LIMITS.queryMs.value / 1000,
            },
          });
          return result.json<T>();
        }),
      );
      return answer;
    },
    command: (sql, params = {}) =>
      guarded(() =>
        engine.withClient(async (client) => {
          await client.command({ query: sql, query_params: { ...params } });
        }),
      ),
    insertRows: async (table, rows, { token } = {}) => {
      if (rows.length === 0) return;
      const once =
        token === undefined ? {} : { insert_deduplicate: 1 as const, insert_deduplication_token: token };
      await guarded(() =>
        engine.insertObjects({ table, rows, settings: { ...ROW_INSERT_SETTINGS, ...once } }),
      );
    },
  };
}

async function createStore(engine: Engine, statements: Statements): Promise<Store> {
  const [facts] = await statements.query<{ version: string; functions: string[] }>(
    'SELECT version() AS version, (SELECT groupArray(name) FROM system.table_functions) AS functions',
  );
  const refused = refusedFunctions(facts?.functions ?? []);
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
    queryReadonly: (sql, options) =>
      open(() => guarded(async () => askReadonly(engine, checkQuestion(sql, refused), options))),
    close: () => {
      closing ??= engine.close();
      return closing;
    },
  };
}

interface CompactAnswer {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly (readonly unknown[])[];
}

/** `readonly` stands last: the engine takes the settings in their order, and takes none after it. */
async function askReadonly(engine: Engine, sql: string, options: ReadonlyOptions): Promise<QueryAnswer> {
  return engine.withClient(async (client) => {
    const result = await client.query({
      query: sql,
      format: 'JSONCompact',
      clickhouse_settings: {
        ...engine.settings,
        ...ANSWER_SETTINGS,
        max_execution_time: Math.max(0.001, options.timeoutMs / 1000),
        max_result_rows: String(options.limitRows + 1),
        max_result_bytes: String(STORE_LIMITS.personResultBytes.value),
        result_overflow_mode: 'break',
        max_memory_usage: String(STORE_LIMITS.personMemoryBytes.value),
        max_threads: 2,
        readonly: '1',
      },
    });
    const { meta, data } = (await result.json()) as unknown as CompactAnswer;
    return {
      columns: meta,
      rows: data.slice(0, options.limitRows),
      truncated: data.length > options.limitRows,
    };
  });
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error);
  }
}
