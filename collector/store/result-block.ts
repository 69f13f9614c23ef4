/** Results as ClickHouse takes them: rows of `results` in TabSeparated, made once and retried as they are. */
import type { AgentLabels } from '../../protocol/identity.ts';
import type { ResultRecord } from '../../protocol/record.ts';

/** One result and the collector's view of the agent that made it. */
export interface ResultRow {
  readonly agent: string;
  readonly labels: AgentLabels;
  readonly boot: string;
  readonly record: ResultRecord;
  /** When the collector took it, Unix milliseconds. */
  readonly ingestedMs: number;
}

/** Rows that are committed together. The token names the block: the same token twice is one block. */
export interface ResultBlock {
  readonly token: string;
  readonly rowCount: number;
  /** TabSeparated, in the order of `RESULT_COLUMNS`, each row ended by a newline. */
  readonly body: Uint8Array;
}
