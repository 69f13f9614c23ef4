/** Reads results as the detector takes them: each row once, in the order in which the collector took them. */

import { scaleOf } from '../../probes/metrics.ts';
import type { Blame, ErrorCode, Layer, Outcome } from '../../probes/outcome.ts';
import type { Observation } from '../detect/observation.ts';
import type { Store } from '../store/store.ts';
import { INCIDENT_LIMITS } from './limits.ts';

interface Row {
  readonly agent: string;
  readonly boot: string;
  readonly seq: number;
  readonly region: string;
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  readonly scheduled_ms: number;
  readonly seen_ms: number;
  readonly outcome: Outcome;
  readonly layer: Layer;
  readonly blame: Blame;
  readonly code: ErrorCode;
  readonly disturbed: number;
  readonly metric: readonly string[];
  readonly value: readonly number[];
}

/** Where reading stands: the last row taken, by the order of the query. */
interface Cursor {
  readonly seenMs: number;
  readonly agent: string;
  readonly boot: string;
  readonly seq: number;
}

/** Only scheduled runs fill slots; the order is total, so that pages neither overlap nor leave a gap. */
const PAGE_SQL = `
SELECT agent, boot, seq, region, probe, type, target,
  toUnixTimestamp64Milli(scheduled_at) AS scheduled_ms, toUnixTimestamp64Milli(ingested_at) AS seen_ms,
  toString(outcome) AS outcome, layer, blame, code, disturbed, metric, value
FROM results
WHERE trigger = 'schedule'
  AND ingested_at >= fromUnixTimestamp64Milli({from_ms:Int64})
  AND (toUnixTimestamp64Milli(ingested_at), agent, boot, seq) > ({from_ms:Int64}, {agent:String}, {boot:String}, {seq:UInt64})
ORDER BY seen_ms, agent, boot, seq
LIMIT {limit:UInt32}`;

/** The time from which on there are at most so many rows. */
const HISTORY_SQL = `
SELECT toUnixTimestamp64Milli(min(ingested_at)) AS from_ms, count() AS rows FROM (
  SELECT ingested_at FROM results
  WHERE trigger = 'schedule' AND ingested_at >= fromUnixTimestamp64Milli({from_ms:Int64})
  ORDER BY ingested_at DESC LIMIT {limit:UInt32})`;

function observationOf(row: Row): Observation {
  const metrics: Record<string, number> = {};
  for (const [i, name] of row.metric.entries()) metrics[name] = (row.value[i] as number) / scaleOf(name);
  const { agent, region, probe, type, target, outcome, layer, blame, code } = row;
  return {
    agent,
    region,
    probe,
    type,
    target,
    scheduledMs: row.scheduled_ms,
    seenMs: row.seen_ms,
    outcome,
    disturbed: row.disturbed === 1,
    metrics,
    ...(outcome === 'fail' ? { failure: { layer, blame, code } } : {}),
  };
}

export class ResultReader {
  readonly #store: Pick<Store, 'query'>;
  /** Rows taken within the overlap, by name, with their time: those are met again. */
  readonly #taken = new Map<string, number>();
  #seenMs: number;

  /** Reads rows that the collector took after an instant, Unix milliseconds. */
  constructor(store: Pick<Store, 'query'>, fromMs: number) {
    this.#store = store;
    this.#seenMs = fromMs;
  }

  /** The start of the history to be played again after a restart. */
  static async historyFrom(store: Pick<Store, 'query'>, nowMs: number): Promise<number> {
    const [answer] = await store.query<{ from_ms: number; rows: number }>(HISTORY_SQL, {
      from_ms: nowMs - INCIDENT_LIMITS.historyMs.value,
      limit: INCIDENT_LIMITS.historyRows.value,
    });
    return answer && answer.rows > 0 ? answer.from_ms - 1 : nowMs;
  }

  /** Pages of new rows, until there are no more or a tick has had its share. Rejects with a `StoreError`. */
  async *read(): AsyncGenerator<readonly Observation[]> {
    let cursor: Cursor = {
      seenMs: this.#seenMs - INCIDENT_LIMITS.overlapMs.value,
      agent: '',
      boot: '',
      seq: 0,
    };
    for (let page = 0; page < INCIDENT_LIMITS.pagesPerTick.value; page += 1) {
      const rows = await this.#page(cursor);
      const last = rows.at(-1);
      if (!last) break;
      cursor = { seenMs: last.seen_ms, agent: last.agent, boot: last.boot, seq: last.seq };
      const fresh = rows.filter((row) => this.#take(row));
      this.#seenMs = Math.max(this.#seenMs, last.seen_ms);
      if (fresh.length > 0) yield fresh.map(observationOf);
      if (rows.length < INCIDENT_LIMITS.pageRows.value) break;
    }
    this.#forget();
  }

  #page(cursor: Cursor): Promise<Row[]> {
    const { seenMs, agent, boot, seq } = cursor;
    return this.#store.query<Row>(PAGE_SQL, {
      from_ms: seenMs,
      agent,
      boot,
      seq,
      limit: INCIDENT_LIMITS.pageRows.value,
    });
  }

  #take(row: Row): boolean {
    const name = JSON.stringify([row.agent, row.boot, row.seq]);
    if (this.#taken.has(name)) return false;
    this.#taken.set(name, row.seen_ms);
    return true;
  }

  #forget(): void {
    const before = this.#seenMs - INCIDENT_LIMITS.overlapMs.value;
    for (const [name, seenMs] of this.#taken) if (seenMs < before) this.#taken.delete(name);
  }
}
