/** What the benchmark of ingest and its processes say to each other. */
import type { ResultRecord } from '../../../protocol/record.ts';
import type { Engine } from './fleet-settings.ts';

/** To the process that stands for the fleet. */
export type SenderOrder =
  | {
      readonly type: 'connect';
      readonly url: string;
      readonly agents: number;
      readonly regions: number;
      readonly records: readonly ResultRecord[];
      /** Time of seq 1, Unix milliseconds. */
      readonly sinceMs: number;
    }
  /** Makes the frames of a round, and keeps them. */
  | { readonly type: 'encode'; readonly perAgent: number }
  /** Sends them. */
  | { readonly type: 'send' };

export type SenderReport =
  | { readonly type: 'connected' }
  | { readonly type: 'encoded'; readonly results: number; readonly wireBytes: number }
  /** Every result was acknowledged; `ms` from the first frame to the last ack. */
  | { readonly type: 'acked'; readonly ms: number }
  | { readonly type: 'failed'; readonly message: string };

export const RAW_FORMATS = ['RowBinary', 'Native', 'TabSeparated', 'JSONEachRow'] as const;
export type RawFormat = (typeof RAW_FORMATS)[number];

/** To the process that inserts directly. */
export interface RawOrder {
  readonly type: 'raw';
  readonly engine: Engine;
  /** Of the server; the embedded engine opens `dataDir`. */
  readonly url: string | undefined;
  readonly serverPid: number | undefined;
  readonly dataDir: string;
  readonly records: readonly ResultRecord[];
  readonly agents: number;
  readonly regions: number;
  readonly rounds: number;
  readonly batches: number;
}

/** One format over so many connections: a figure a round. */
export interface RawSeries {
  readonly format: RawFormat;
  readonly connections: number;
  readonly rowsPerS: readonly number[];
  /** Of the engine, microseconds of processor time a row. */
  readonly cpuUs: readonly number[];
}

/** What the store holds in the end. */
export interface StoreFacts {
  /** Rows that came through collectors, and how many different results they are. */
  readonly rows: number;
  readonly distinct: number;
  /** All rows, raw ones included, as each table counts them. */
  readonly total: number;
  readonly byMinute: number;
  readonly byHour: number;
  readonly byAgent: number;
  /** Of the rows that came through collectors, merged into one part a day. */
  readonly diskBytesPerRow: number;
}

export type RawReport =
  | { readonly type: 'measured'; readonly series: readonly RawSeries[]; readonly facts: StoreFacts }
  | { readonly type: 'failed'; readonly message: string };
