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
        engine.insertObjects({
          table,
          rows: rows.map(wellFormedRow),
          settings: { ...ROW_INSERT_SETTINGS, ...once },
        }),
      );
    },
  };
}

/**
 * Half of a surrogate pair, such as a cut leaves, is no text (RFC 8259 §8.2): the engine refuses it, and with it every row beside it. It
 * becomes U+FFFD.
 */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  return typeof value === 'object' && value !== null ? wellFormedRow({ ...value }) : value;
}

const wellFormedRow = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, wellFormed(value)]));

/** A number of 256 bits takes 32 bytes in the engine and may be written with two, `0,`: nothing is written shorter. */
const WRITTEN_SHORTER_MAX = 16;
const TOO_MANY_ROWS_OR_BYTES = 396;

/**
 * A query of a person. The engine cuts an answer past its bytes without a word: one that is long enough to have been cut is
 * asked for once more, to be refused if it was. What it counts of a constant column is one value: so the text is counted, too.
 */
export async function askReadonly(
  engine: Engine,
  sql: string,
  options: ReadonlyOptions,
  settings: ClickHouseSettings = {},
): Promise<QueryAnswer> {
  const ask = (overflow: ClickHouseSettings) =>
    askOnce(engine, sql, options.timeoutMs, { ...settings, ...overflow });
  const { columns, rows, bytes } = await ask({
    max_result_rows: String(options.limitRows + 1),
    result_overflow_mode: 'break',
  });
  if (rows.length > options.limitRows)
    return { columns, rows: rows.slice(0, options.limitRows), truncated: true, cutBy: 'rows' };
  const bytesMax = STORE_LIMITS.personResultBytes.value;
  const isCut =
    bytes > bytesMax ||
    (bytes * WRITTEN_SHORTER_MAX > bytesMax && (await isRefused(ask({ result_overflow_mode: 'throw' }))));
  return isCut ? { columns, rows, truncated: true, cutBy: 'bytes' } : { columns, rows, truncated: false };
}

interface ReadAnswer extends Pick<QueryAnswer, 'columns'> {
  readonly rows: (readonly unknown[])[];
  /** Of the rows as text. */
  readonly bytes: number;
}

/**
 * The answer up to the row that goes past the bytes that one may have; the rest is not read. `readonly` stands last: the engine
 * takes the settings in their order, and takes none after it.
 */
function askOnce(
  engine: Engine,
  sql: string,
  timeoutMs: number,
  settings: ClickHouseSettings,
): Promise<ReadAnswer> {
  return engine.withClient(async (client) => {
    const result = await client.query({
      query: sql,
      format: 'JSONCompactEachRowWithNamesAndTypes',
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
    const rows: unknown[][] = [];
    let bytes = 0;
    for await (const batch of result.stream<unknown[]>()) {
      for (const row of batch) {
        rows.push(row.json());
        bytes += Buffer.byteLength(row.text);
        if (bytes > STORE_LIMITS.personResultBytes.value) return answerOf(rows, bytes);
      }
    }
    return answerOf(rows, bytes);
  });
}

/** The first two rows are the names of the columns, and their types. */
function answerOf([names = [], types = [], ...rows]: unknown[][], bytes: number): ReadAnswer {
  return { columns: names.map((name, i) => ({ name: String(name), type: String(types[i]) })), rows, bytes };
}

/** Whether the engine refuses an answer as too large. Rejects when it fails for another reason. */
async function isRefused(answer: Promise<ReadAnswer>): Promise<boolean> {
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
