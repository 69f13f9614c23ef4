/** ClickHouse behind a URL. */
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import type { Engine, NativeInsert, ObjectInsert } from './engine.ts';
import { STORE_LIMITS } from './limits.ts';

export interface ServerOptions {
  /** `http://host:8123`. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Made when it does not exist; `outrider` when absent. */
  readonly database?: string;
}

/** Connects and makes the database. Rejects with ClickHouse's or the network's own error. */
export async function openServerEngine(options: ServerOptions): Promise<Engine> {
  const database = options.database ?? 'outrider';
  const connect = (name: string): ClickHouseClient =>
    createClient({
      url: options.url,
      username: options.username ?? 'default',
      password: options.password ?? '',
      database: name,
      application: 'outrider-collector',
      request_timeout: STORE_LIMITS.requestMs.value,
      log: { level: 127 },
    });
  await makeDatabase(connect('default'), database);
  const client = connect(database);

  return {
    kind: 'server',
    // An error in the middle of an answer becomes an error, not half an answer.
    settings: { wait_end_of_query: 1 },
    withClient: (work) => work(client),
    async insertNative({ table, columns, body, settings, queryId }: NativeInsert) {
      const { stream } = await client.exec({
        query: `INSERT INTO ${table} (${columns.join(', ')}) FORMAT Native`,
        values: Readable.from(body, { objectMode: false }),
        // The server gives up when the client does, or attempts would pile up there.
        clickhouse_settings: {
          ...settings,
          wait_end_of_query: 1,
          max_execution_time: STORE_LIMITS.requestMs.value / 1000,
        },
        query_id: queryId,
      });
      stream.resume();
      await finished(stream);
    },
    async insertObjects({ table, rows, settings }: ObjectInsert) {
      await client.insert({ table, values: rows, format: 'JSONEachRow', clickhouse_settings: settings });
    },
    close: () => client.close(),
  };
}

async function makeDatabase(client: ClickHouseClient, database: string): Promise<void> {
  try {
    await client.command({ query: `CREATE DATABASE IF NOT EXISTS \`${database.replaceAll('`', '')}\`` });
  } finally {
    await client.close();
  }
}
