/** What differs between ClickHouse in this process and ClickHouse behind a URL: how a client is had, and how blocks go in. */
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';

export type InsertSettings = Readonly<Record<string, string | number>>;

/** Rows in Native format: one block. */
export interface NativeInsert {
  readonly table: string;
  readonly columns: readonly string[];
  /** The block, in pieces. */
  readonly body: readonly Uint8Array[];
  readonly settings: InsertSettings;
  /** By which the statement is found among those that run. */
  readonly queryId: string;
}

/** Rows as objects, column name → value. */
export interface ObjectInsert {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly settings: InsertSettings;
}

export interface Engine {
  readonly kind: 'embedded' | 'server';
  /** Settings that a statement needs on this engine only. */
  readonly settings: ClickHouseSettings;
  /** Lends a client for one statement. */
  withClient<T>(work: (client: ClickHouseClient) => Promise<T>): Promise<T>;
  insertNative(insert: NativeInsert): Promise<void>;
  insertObjects(insert: ObjectInsert): Promise<void>;
  close(): Promise<void>;
}
