/** What differs between ClickHouse in this process and ClickHouse behind a URL: how a client is had, and how text goes in. */
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';

export type InsertSettings = Readonly<Record<string, string | number>>;

/** Rows as TabSeparated text. */
export interface TextInsert {
  readonly table: string;
  readonly columns: readonly string[];
  readonly body: Uint8Array;
  readonly settings: InsertSettings;
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
  insertText(insert: TextInsert): Promise<void>;
  insertObjects(insert: ObjectInsert): Promise<void>;
  close(): Promise<void>;
}
