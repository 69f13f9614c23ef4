/** Results as ClickHouse takes them: rows of `results` in TabSeparated, made once and retried as they are. */

import { scaleOf } from '../../probes/metrics.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import type { ResultRecord } from '../../protocol/record.ts';
import { dateTime, integerArray, text, textArray, textMap, unsigned } from './tab-separated.ts';

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

/** How each column of `results` is made of a row. The order of keys is the order of columns. */
const COLUMNS = {
  agent: (row) => text(row.agent),
  boot: (row) => text(row.boot),
  seq: (row) => unsigned(row.record.seq, 53),
  region: (row) => text(row.labels.region),
  country: (row) => text(row.labels.country),
  city: (row) => text(row.labels.city),
  isp: (row) => text(row.labels.isp),
  asn: (row) => unsigned(row.labels.asn, 32),
  provider: (row) => text(row.labels.provider),
  network: (row) => row.labels.network,
  probe: (row) => text(row.record.probe),
  type: (row) => text(row.record.type),
  target: (row) => text(row.record.target),
  pop: (row) => text(row.record.attributes.pop ?? ''),
  scheduled_at: (row) => dateTime(row.record.scheduledMs),
  lateness_us: (row) => unsigned(row.record.latenessMs * 1000, 32),
  duration_us: (row) => unsigned(row.record.durationMs * 1000, 32),
  trigger: (row) => row.record.trigger,
  request_id: (row) => text(row.record.requestId),
  outcome: (row) => row.record.outcome,
  layer: (row) => row.record.failure?.layer ?? '',
  blame: (row) => row.record.failure?.blame ?? '',
  code: (row) => row.record.failure?.code ?? '',
  message: (row) => text(row.record.failure?.message ?? ''),
  missed_reason: (row) => row.record.missedReason ?? '',
  metric: (row) => textArray(Object.keys(row.record.metrics)),
  value: (row) => integerArray(Object.entries(row.record.metrics).map(([name, value]) => steps(name, value))),
  attributes: (row) => textMap(row.record.attributes),
  event_loop_delay_us: (row) => unsigned(row.record.state.eventLoopDelayMs * 1000, 32),
  cpu_ppm: (row) => unsigned(row.record.state.cpuRatio * 1_000_000, 32),
  rss_bytes: (row) => unsigned(row.record.state.rssBytes, 53),
  clock_offset_ms: (row) => String(finite(row.record.state.clockOffsetMs)),
  disturbed: (row) => (row.record.state.disturbed ? '1' : '0'),
  ingested_at: (row) => dateTime(row.ingestedMs),
} satisfies Record<string, (row: ResultRow) => string>;

export const RESULT_COLUMNS = Object.keys(COLUMNS);
const WRITERS: readonly ((row: ResultRow) => string)[] = Object.values(COLUMNS);

/** One row, its newline included. */
export function resultLine(row: ResultRow): string {
  return `${WRITERS.map((write) => write(row)).join('\t')}\n`;
}

/** A block of rows; for tests and for those who have all rows at hand. */
export function resultBlock(token: string, rows: readonly ResultRow[]): ResultBlock {
  return { token, rowCount: rows.length, body: Buffer.from(rows.map(resultLine).join('')) };
}

/** A value in the integer steps of its metric, within what a number holds exactly. */
function steps(name: string, value: number): number {
  const whole = Math.round(finite(value) * scaleOf(name));
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, whole));
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
