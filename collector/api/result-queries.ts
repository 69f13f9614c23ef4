/** Reading results: the newest, what came after a cursor, and the worst by a metric. */
import { z } from 'zod';
import { METRICS, type MetricName } from '../../probes/metrics.ts';
import type { QueryParams, Store } from '../store/store.ts';
import { RESULT_COLUMNS, type StoredResult } from './result-json.ts';

/** Where a reader is: rows come in the order in which the collector took them, ties by who sent them. */
export const cursorSchema = z.tuple([z.number().int(), z.string(), z.string(), z.number().int()]);
type Cursor = z.infer<typeof cursorSchema>;

export const ORDER = ['ingested_at', 'agent', 'boot', 'seq'] as const;

export function cursorOf(row: StoredResult): Cursor {
  return [Date.parse(row.ingested_at), row.agent, row.boot, row.seq];
}

export interface ResultQuestion {
  readonly filters: readonly (readonly [string, string])[];
  readonly limit: number;
}

export async function readRows(
  store: Store,
  condition: string,
  params: QueryParams,
  order: string,
  limit: number,
) {
  return store.query<StoredResult>(
    `SELECT ${RESULT_COLUMNS} FROM results WHERE ${condition} ORDER BY ${order} LIMIT {rows:UInt32}`,
    { ...params, rows: limit },
  );
}

function filterSql({ filters }: ResultQuestion): { condition: string; params: Record<string, string> } {
  return {
    condition: filters.map(([name]) => ` AND ${name} = {f_${name}:String}`).join(''),
    params: Object.fromEntries(filters.map(([name, value]) => [`f_${name}`, value])),
  };
}

/** A stretch of slots. Unix milliseconds. */
interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
}

const IN_STRETCH =
  "scheduled_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND scheduled_at <= fromUnixTimestamp64Milli({until:Int64}, 'UTC')";

/** The newest rows of a time, oldest of them first. */
export async function readNewest(
  store: Store,
  question: ResultQuestion,
  { fromMs, untilMs }: Stretch,
): Promise<StoredResult[]> {
  const { condition, params } = filterSql(question);
  const rows = await readRows(
    store,
    `${IN_STRETCH}${condition}`,
    { ...params, since: fromMs, until: untilMs },
    ORDER.map((name) => `${name} DESC`).join(', '),
    question.limit,
  );
  return rows.toReversed();
}

/** Of a time those runs that went through and were worst by a metric, worst first: what the table of latency is made of. */
export async function readWorst(
  store: Store,
  question: ResultQuestion,
  { fromMs, untilMs }: Stretch,
  metric: MetricName,
): Promise<StoredResult[]> {
  const { condition, params } = filterSql(question);
  const order = METRICS[metric].better === 'higher' ? 'ASC' : 'DESC';
  const steps = metric === 'run_ms' ? 'toInt64(duration_us)' : 'value[indexOf(metric, {worst:String})]';
  const measured = metric === 'run_ms' ? '' : ' AND has(metric, {worst:String})';
  const wanted = `trigger = 'schedule' AND outcome = 'ok' AND disturbed = 0${measured}`;
  const inTime = { ...params, since: fromMs, until: untilMs };
  // The numbers first: whole rows are read of the few alone that are worst.
  const worst = await store.query<{ agent: string; boot: string; seq: number; at_ms: number }>(
    `SELECT agent, boot, seq, toUnixTimestamp64Milli(scheduled_at) AS at_ms FROM results
     WHERE ${IN_STRETCH}${condition} AND ${wanted}
     ORDER BY ${steps} ${order}, scheduled_at LIMIT {rows:UInt32}`,
    { ...inTime, worst: metric, rows: question.limit },
  );
  if (worst.length === 0) return [];
  const times = worst.map(({ at_ms }) => at_ms);
  const rows = await readRows(
    store,
    `${IN_STRETCH} AND has(arrayZip({agents:Array(String)}, {boots:Array(String)}, {seqs:Array(UInt64)}), (toString(agent), toString(boot), seq))`,
    {
      ...{ since: Math.min(...times), until: Math.max(...times) },
      agents: worst.map(({ agent }) => agent),
      boots: worst.map(({ boot }) => boot),
      seqs: worst.map(({ seq }) => seq),
    },
    ORDER.join(', '),
    question.limit,
  );
  const rank = new Map(worst.map(({ agent, boot, seq }, nth) => [JSON.stringify([agent, boot, seq]), nth]));
  const rankOf = ({ agent, boot, seq }: StoredResult) => rank.get(JSON.stringify([agent, boot, seq])) ?? 0;
  return rows.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** The rows that the collector took after the cursor. */
export async function readAfter(
  store: Store,
  question: ResultQuestion,
  cursor: Cursor,
): Promise<StoredResult[]> {
  const { condition, params } = filterSql(question);
  const at = "fromUnixTimestamp64Milli({at:Int64}, 'UTC')";
  return readRows(
    store,
    `ingested_at >= ${at} AND (${ORDER.join(', ')}) > (${at}, {agent:String}, {boot:String}, {seq:UInt64})${condition}`,
    { ...params, at: cursor[0], agent: cursor[1], boot: cursor[2], seq: cursor[3] },
    ORDER.join(', '),
    question.limit,
  );
}
