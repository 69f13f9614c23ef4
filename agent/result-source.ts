/** What the link needs of the place where results wait: the spool on disk, or one in memory where an agent is simulated. */
import type { RecordBatch } from '../protocol/record.ts';

export interface ResultSource {
  /** Names this process: seqs begin at 1 with it. */
  readonly boot: string;
  /** The highest seq given out by this process. */
  readonly lastSeq: number;
  /** Results not acknowledged yet. */
  readonly pending: number;
  /** Boots that results are held of, the oldest first; the last is this one, whether it has any or not. */
  boots(): string[];
  /** Up to `limit` results of `boot` after `afterSeq` that have consecutive seqs, in order. */
  read(boot: string, afterSeq: number, limit: number): RecordBatch;
  /** These went out: from now on the collector may hold them. */
  sent(boot: string, seq: number): void;
  /** The collector holds every result of `boot` up to `seq`. */
  acked(boot: string, seq: number): void;
  /** A session begins: the collector holds `seq` of `boot`, and everything after it is sent, or sent again. */
  heldAtStart(boot: string, seq: number): void;
  /** Gives up one result, e.g. because the collector refuses it; false when that cannot be stored. */
  drop(boot: string, seq: number, reason: string): boolean;
  /** Makes lasting what is due; true when nothing is left in memory alone. */
  commit(): boolean;
}
