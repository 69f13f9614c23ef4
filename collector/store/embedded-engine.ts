/**
 * ClickHouse in this process, by chdb: one engine and one data directory a process, any number of connections.
 *
 * Every statement gets a connection of its own (0.2 ms), because a connection keeps what it should not: settings stay
 * set for later statements, and what a failed query had written before it failed comes out in front of the next answer.
 */
import { mkdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ClickHouseClient, type ClickHouseClientConfigOptions, createClient } from '@clickhouse/client';
import type { ChdbConnection } from 'chdb/connection';
import type { Engine, NativeInsert, ObjectInsert } from './engine.ts';
import { StoreError } from './errors.ts';
import { holderOf } from './holder.ts';
import { STORE_LIMITS } from './limits.ts';
import { sqlLiteral, sqlSettings } from './sql-literal.ts';
import { createTurns } from './turns.ts';

/** Opens the engine on a directory, made if need be. Throws `StoreError` `locked`, `data_dir` or `engine_missing`. */
export async function openEmbeddedEngine(path: string): Promise<Engine> {
  const createChdbConnection = await loadEngine();
  const directory = resolve(path);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(directory, error);
  }
  const connect = () => createChdbConnection({ path: directory });
  const base = openBase(connect, directory);
  const incoming = join(directory, '..', 'incoming.native');
  // A crash can leave one behind; what was in it is with the agents.
  await rm(incoming, { force: true });
  const inserts = createTurns(1, STORE_LIMITS.embeddedWaiting.value);
  const turns = createTurns(STORE_LIMITS.embeddedConcurrency.value, STORE_LIMITS.embeddedWaiting.value);

  return {
    kind: 'embedded',
    settings: {},
    withClient(work) {
      return turns.take(async () => {
        const connection = connect();
        try {
          return await work(clientOver(connection));
        } finally {
          await connection.close();
        }
      });
    },
    // The library takes text formats only from memory; from a file it takes any. One at a time: there is one file.
    insertNative({ table, columns, body, settings }: NativeInsert) {
      return inserts.take(async () => {
        await writeFile(incoming, body, { mode: 0o600 }).catch((error: unknown) => {
          throw unusable(directory, error);
        });
        const connection = connect();
        try {
          await clientOver(connection).command({
            query: `INSERT INTO ${table} (${columns.join(', ')}) FROM INFILE ${sqlLiteral(incoming)} SETTINGS ${sqlSettings(settings)} FORMAT Native`,
          });
        } finally {
          await connection.close();
        }
      });
    },
    insertObjects({ table, rows, settings }: ObjectInsert) {
      return inserts.take(async () => {
        const values = Buffer.from(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
        await base.chdb.rawInsert({ table, format: 'JSONEachRow', values, settings });
      });
    },
    async close() {
      await Promise.all([inserts.end(), turns.end()]);
      await rm(incoming, { force: true });
      await base.close();
    },
  };
}

async function loadEngine(): Promise<typeof import('chdb/connection').createChdbConnection> {
  try {
    return (await import('chdb/connection')).createChdbConnection;
  } catch (error) {
    throw new StoreError(
      'engine_missing',
      `The embedded ClickHouse cannot be loaded on ${process.platform}-${process.arch}: ${messageOf(error)}`,
      { hint: 'Install it with `npm install chdb`, or use a server with `--clickhouse URL`.', cause: error },
    );
  }
}

/** The connection that keeps the engine open; inserts go through it, as they give no answer to mix up. */
function openBase(connect: () => ChdbConnection, directory: string): ChdbConnection {
  try {
    return connect();
  } catch (error) {
    const holder = holderOf(directory);
    if (holder !== undefined) {
      throw new StoreError('locked', `The data directory ${directory} is in use by process ${holder}.`, {
        hint: 'Stop that collector, or choose another directory with `--data-dir`.',
        cause: error,
      });
    }
    throw unusable(directory, error);
  }
}

function unusable(directory: string, error: unknown): StoreError {
  return new StoreError('data_dir', `The embedded ClickHouse cannot use ${directory}: ${messageOf(error)}`, {
    hint: 'Check that you may write there and that the disk is not full, or choose another directory with `--data-dir`.',
    cause: error,
  });
}

/** chdb is typed against another copy of the same interface: only the names of the types differ. */
type NodeConnection = NonNullable<ClickHouseClientConfigOptions['connection']>;

function clientOver(connection: ChdbConnection): ClickHouseClient {
  return createClient({ connection: connection as unknown as NodeConnection, log: { level: 127 } });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error ?? '');
}
