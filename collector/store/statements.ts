/** Questions, commands and small inserts over one engine, with our settings and our errors. */
import type { ClickHouseSettings } from '@clickhouse/client';
import { toStoreError } from './clickhouse-error.ts';
import type { Engine } from './engine.ts';
import { STORE_LIMITS } from './limits.ts';
import type { QueryAnswer, QueryParams, ReadonlyOptions, Store } from './store.ts';

/** How answers look, on both engines. */
const ANSWER_SETTINGS = {
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  date_time_output_format: 'iso',
} as const;

const ROW_INSERT_SETTINGS = { async_insert: 0, date_time_input_format: 'best_effort' } as const;

export interface Statements extends Pick<Store, 'command' | 'insertRows'> {
  query<T>(sql: string, params?: QueryParams): Promise<T[]>;
  /** As `query`, with settings in place of ours. */
  queryWith<T>(settings: ClickHouseSettings, sql: string, params?: QueryParams): Promise<T[]>;
}

/** Every method rejects with a `StoreError`. */
export function createStatements(engine: Engine): Statements {
  const queryWith = <T>(settings: ClickHouseSettings, sql: string, params: QueryParams = {}): Promise<T[]> =>
    guarded(() =>
      engine.withClient(async (client) => {
        const result = await client.query({
          query: sql,
          format: 'JSONEachRow',
          query_params: { ...params },
          clickhouse_settings: {
            ...engine.settings,
            ...ANSWER_SETTINGS,
            max_execution_time: STORE_LIMITS.queryMs.value / 1000,
            ...settings,
          },
        });
        return result.json<T>();
      }),
    );
  return {
    query: (sql, params) => queryWith({}, sql, params),
    queryWith,
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

interface CompactAnswer {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly (readonly unknown[])[];
}

/** A query of a person. `readonly` stands last: the engine takes the settings in their order, and takes none after it. */
export function askReadonly(
  engine: Engine,
  sql: string,
  options: ReadonlyOptions,
  settings: ClickHouseSettings = {},
): Promise<QueryAnswer> {
  return engine.withClient(async (client) => {
    const result = await client.query({
      query: sql,
      format: 'JSONCompact',
      clickhouse_settings: {
        ...engine.settings,
        ...ANSWER_SETTINGS,
        ...settings,
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

/** Whatever `work` rejects with comes as a `StoreError`. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error);
  }
}
