/**
 * The store: one code path for ClickHouse embedded in this process and for a ClickHouse server.
 * `openStore` is in `open-store.ts`.
 */
import type { ResultBlock } from './result-block.ts';

/** Values bound to `{name:Type}` placeholders. Dates as Unix milliseconds: `fromUnixTimestamp64Milli({since:Int64})`. */
export type QueryParams = Readonly<
  Record<string, string | number | boolean | readonly string[] | readonly number[]>
>;

export interface ReadonlyOptions {
  /** Rows given back at most; more are cut and `truncated` says so. */
  readonly limitRows: number;
  /** The engine stops the query after this long. */
  readonly timeoutMs: number;
}

export interface QueryAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  /** There are more rows than these: over `limitRows`, or over the bytes that an answer may have. */
  readonly truncated: boolean;
  /** Which of the two limits it was; only where it is truncated. */
  readonly cutBy?: 'rows' | 'bytes';
}

export interface InsertOptions {
  /** When the rows are stored, Unix milliseconds; now when absent. */
  readonly ingestedMs?: number;
  /** The last part of the statement’s name, `outrider/COLLECTOR/BLOCK/ATTEMPT`: no two that run may have the same. */
  readonly attempt?: number;
  /** From 0; absent for the first. */
  readonly shard?: number;
}

export interface QueryOptions {
  /** Asks one shard alone, from 0. Without it a query of results asks all shards, and any other the first, which has those tables. */
  readonly shard?: number;
  /** Takes what the shards that answer have; without it a query fails when one does not. */
  readonly partial?: boolean;
}

/**
 * Every method rejects with a `StoreError`. In answers 64-bit integers are numbers and every DateTime is ISO 8601 UTC
 * text (`2026-11-21T03:30:03.123Z`); NaN and infinities are null.
 */
export interface Store {
  readonly engine: 'embedded' | 'server';
  /** Version of ClickHouse, e.g. `26.7.1.1`. */
  readonly version: string;
  /** How many parts of the store take blocks, each for itself; 1 unless it is a cluster. */
  readonly shards: number;
  /**
   * Commits a block of results, rollups included; the same block a second time changes nothing. Rejects with `fenced` when
   * the collector of the block was taken out.
   */
  insertResults(block: ResultBlock, options?: InsertOptions): Promise<void>;
  /**
   * Lets a run of a collector write no block from `refusedFrom` on, in the store itself: an insert is refused however late it
   * comes. Inserts that run already may still be committed.
   */
  fence(collector: string, refusedFrom: number, shard?: number): Promise<void>;
  /** The highest block of a run of a collector that is in `results`, of those stored since an instant; undefined for none. */
  lastBlock(collector: string, sinceMs: number, shard?: number): Promise<number | undefined>;
  /**
   * Brings the rows of a block that `results` has to the tables that lack them; changes nothing when none does, nor when there is
   * no such block. To be called when no insert of it runs any more.
   */
  repairBlock(collector: string, block: number, shard?: number): Promise<void>;
  /**
   * Names the time since the server began. An insert that failed may be tried again under its token as long as this is the same:
   * ClickHouse that dies in the middle of an insert may remember a token of rows that it does not have.
   */
  life(shard?: number): Promise<string>;
  /** How many inserts of a run of a collector are under way, anywhere in the store, and have rows already. */
  runningInserts(collector: string): Promise<number>;
  /** Stops those; does not wait for their end. */
  killInserts(collector: string): Promise<void>;
  /** Rows of a SELECT as objects. Settings go into the SQL, as `SETTINGS name = value`; no FORMAT clause. */
  query<T>(sql: string, params?: QueryParams, options?: QueryOptions): Promise<T[]>;
  /**
   * A query of a person: cannot write, change settings beyond its own limits, nor reach files, URLs or other servers.
   * Rejects with `StoreError` `refused` (not allowed), `timeout`, or `query` (the engine's own complaint).
   */
  queryReadonly(sql: string, options: ReadonlyOptions): Promise<QueryAnswer>;
  /** Runs a statement that gives no rows; in a cluster on the first shard. */
  command(sql: string, params?: QueryParams): Promise<void>;
  /**
   * Inserts rows as objects, column name → value; absent columns take their defaults. DateTime64(3) columns take
   * Unix milliseconds as a number or ISO text. For the small tables; results go by `insertResults`. With a `token`, the rows
   * are one block, and of several with the same token only the first is kept: the others change nothing, and say nothing.
   */
  insertRows(
    table: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    options?: { readonly token?: string },
  ): Promise<void>;
  /** Waits for what is under way and closes the engine. Idempotent. */
  close(): Promise<void>;
}
