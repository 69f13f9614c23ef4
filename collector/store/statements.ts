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

/** A number of 256 bits takes 32 bytes in the engine and may be written with two, `0,`: nothing is written shorter. */
const WRITTEN_SHORTER_MAX = 16;
const TOO_MANY_ROWS_OR_BYTES = 396;

/**
 * A query of a person. The engine cuts an answer past its bytes without a word: one that is long enough to have been cut is
 * asked for once more, to be refused if it was.
 */
export async function askReadonly(
  engine: Engine,
  sql: string,
  options: ReadonlyOptions,
  settings: ClickHouseSettings = {},
): Promise<QueryAnswer> {
  const ask = (overflow: ClickHouseSettings) =>
    askOnce(engine, sql, options.timeoutMs, { ...settings, ...overflow });
  const text = await ask({ max_result_rows: String(options.limitRows + 1), result_overflow_mode: 'break' });
  const { meta, data } = JSON.parse(text) as CompactAnswer;
  const mayLackBytes = text.length * WRITTEN_SHORTER_MAX > STORE_LIMITS.personResultBytes.value;
  const truncated =
    data.length > options.limitRows ||
    (mayLackBytes && (await isRefused(ask({ result_overflow_mode: 'throw' }))));
  return { columns: meta, rows: data.slice(0, options.limitRows), truncated };
}

/** The answer as text. `readonly` stands last: the engine takes the settings in their order, and takes none after it. */
function askOnce(
  engine: Engine,
  sql: string,
  timeoutMs: number,
  settings: ClickHouseSettings,
): Promise<string> {
  return engine.withClient(async (client) => {
    const result = await client.query({
      query: sql,
      format: 'JSONCompact',
      clickhouse_settings: {
        ...engine.settings,
        ...ANSWER_SETTINGS,
        ...settings,
        max_execution_time: Math.max(0.001, timeoutMs / 1000),
        max_result_bytes: String(STORE_LIMITS.personResultBytes.value),
        max_memory_usage: String(STORE_LIMITS.personMemoryBytes.value),
        max_threads: 2,
        readonly: '1',
      },
    });
    return result.text();
  });
}

/** Whether the engine refuses an answer as too large. Rejects when it fails for another reason. */
async function isRefused(answer: Promise<string>): Promise<boolean> {
  try {
    await answer;
    return false;
  } catch (error) {
    if (toStoreError(error).clickhouseCode === TOO_MANY_ROWS_OR_BYTES) return true;
    throw error;
  }
}

/** Whatever `work` rejects with comes as a `StoreError`. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error);
  }
}
