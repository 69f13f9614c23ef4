/**
 * ClickHouse in this process, by chdb: one engine and one data directory a process, any number of connections.
 *
 * Every statement gets a connection of its own (0.2 ms), because a connection keeps what it should not: settings stay
 * set for later statements, and what a failed query had written before it failed comes out in front of the next answer.
 */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ClickHouseClient, type ClickHouseClientConfigOptions, createClient } from '@clickhouse/client';
import type { ChdbConnection } from 'chdb/connection';
import type { Engine, ObjectInsert, TextInsert } from './engine.ts';
import { StoreError } from './errors.ts';
import { STORE_LIMITS } from './limits.ts';
import { createTurns } from './turns.ts';

/** Opens the engine on a directory, made if need be. Throws `StoreError` `locked` or `engine_missing`. */
export async function openEmbeddedEngine(path: string): Promise<Engine> {
  const createChdbConnection = await loadEngine();
  const directory = resolve(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const connect = () => createChdbConnection({ path: directory });
  const base = openBase(connect, directory);
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
    async insertText({ table, columns, body, settings }: TextInsert) {
      await base.chdb.rawInsert({ table, columns, format: 'TabSeparated', values: body, settings });
    },
    async insertObjects({ table, rows, settings }: ObjectInsert) {
      const values = Buffer.from(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
      await base.chdb.rawInsert({ table, format: 'JSONEachRow', values, settings });
    },
    async close() {
      await turns.idle();
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
    const detail = `${messageOf(error)} ${error instanceof Error ? messageOf(error.cause) : ''}`;
    const lockedElsewhere = /Cannot lock file|Code: 76|one active data directory|another process/i.test(
      detail,
    );
    throw new StoreError(
      'locked',
      lockedElsewhere
        ? `The data directory ${directory} is in use by another collector.`
        : `The embedded ClickHouse cannot open ${directory}: ${messageOf(error)}`,
      {
        hint: lockedElsewhere
          ? 'Stop the other collector, or choose another directory with `--data-dir`.'
          : 'Check that the directory is writable and not held by another collector, or choose another with `--data-dir`.',
        cause: error,
      },
    );
  }
}

/** chdb is typed against another copy of the same interface: only the names of the types differ. */
type NodeConnection = NonNullable<ClickHouseClientConfigOptions['connection']>;

function clientOver(connection: ChdbConnection): ClickHouseClient {
  return createClient({ connection: connection as unknown as NodeConnection, log: { level: 127 } });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error ?? '');
}
