/** Results as ClickHouse takes them: blocks of rows of `results`, made once and retried as they are. */
import { encodeBatch } from '../../protocol/batch-codec.ts';
import { type BatchView, viewBatch } from '../../protocol/batch-view.ts';
import type { ResultRecord } from '../../protocol/record.ts';
import { blockColumnChunks, ResultColumns, type ResultSource } from './result-columns.ts';

/** Rows that are committed together. The same block twice is one block: its name is its deduplication token. */
export interface ResultBlock {
  /** The run of the collector that made it. */
  readonly collector: string;
  /** 1, 2, 3 … within that run. */
  readonly number: number;
  readonly rowCount: number;
  /** Size of the body. */
  readonly bytes: number;
  /** In Native format, with the columns `RESULT_COLUMNS`; `ingestedMs` is when the collector stores it, Unix milliseconds. */
  body(ingestedMs: number): Uint8Array[];
}

/**
 * Gathers rows. What it holds grows with the rows, in a few large pieces; there is no object a row. All rows of a block must
 * be of one UTC day, so that it is one part of the table: whole, or not there.
 */
export class ResultBlockBuilder {
  readonly #collector: string;
  readonly #number: number;
  readonly #columns = new ResultColumns();

  constructor(collector: string, number: number) {
    this.#collector = collector;
    this.#number = number;
  }

  get rowCount(): number {
    return this.#columns.rowCount;
  }

  /** What the rows take in memory. */
  get bytes(): number {
    return this.#columns.bytes;
  }

  /** Takes the results `[from, to)` of a batch. */
  append(source: ResultSource, view: BatchView, from: number, to: number): void {
    this.#columns.append(source, view, from, to);
  }

  /** The block; nothing can be appended any more. */
  build(): ResultBlock {
    const rows = this.#columns.chunks();
    const { rowCount } = this;
    const [collector, number] = [this.#collector, this.#number];
    const ofBlock = (ingestedMs: number) => blockColumnChunks(collector, number, rowCount, ingestedMs);
    return {
      collector,
      number,
      rowCount,
      bytes: [...rows, ...ofBlock(0)].reduce((sum, chunk) => sum + chunk.length, 0),
      body: (ingestedMs) => [...rows, ...ofBlock(ingestedMs)],
    };
  }
}

/** One result and the collector's view of the agent that made it. */
export interface ResultRow extends ResultSource {
  readonly boot: string;
  readonly record: ResultRecord;
}

/** A block of single results; for tests and for those who have all rows at hand. */
export function resultBlock(token: string, rows: readonly ResultRow[], number = 1): ResultBlock {
  const builder = new ResultBlockBuilder(token, number);
  for (const { boot, record, ...source } of rows)
    builder.append(source, viewBatch(encodeBatch({ boot, records: [record] })), 0, 1);
  return builder.build();
}
