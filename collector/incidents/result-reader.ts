/**
 * Reads results as the detector takes them: each once, in about the order in which collectors took them. A block of rows is
 * stamped before it is inserted and seen, whole, once it is committed: so what is new are blocks, and several collectors'
 * blocks do not appear in the order of their stamps.
 */

import { setImmediate as turn } from 'node:timers/promises';
import { scaleOf } from '../../probes/metrics.ts';
import type { Blame, ErrorCode, Layer, Outcome } from '../../probes/outcome.ts';
import type { Observation } from '../detect/observation.ts';
import type { Store } from '../store/store.ts';
import { INCIDENT_LIMITS } from './limits.ts';

/** Rows given at a time: judging them takes about 5 ms. */
const YIELD_ROWS = 500;

/** A row of `RESULT_FIELDS`. */
export interface Row {
  readonly collector: string;
  readonly block: number;
  readonly agent: string;
  readonly boot: string;
  readonly seq: number;
  readonly region: string;
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  readonly country: string;
  readonly city: string;
  readonly isp: string;
  readonly asn: number;
  readonly provider: string;
  readonly network: string;
  readonly pop: string;
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

/** Blocks that are being read, page by page. */
interface Reading {
  readonly blocks: ReadonlySet<string>;
  readonly untilMs: number;
  /** Met by the first look. */
  readonly first: boolean;
  cursor: Cursor;
}

interface BlockRow {
  readonly name: string;
  readonly from_ms: number;
  readonly until_ms: number;
}

const BLOCKS_SQL = `
SELECT concat(collector, '/', toString(block)) AS name,
  toUnixTimestamp64Milli(min(ingested_at)) AS from_ms, toUnixTimestamp64Milli(max(ingested_at)) AS until_ms
FROM results
WHERE ingested_at >= fromUnixTimestamp64Milli({from_ms:Int64})
GROUP BY collector, block`;

/** So many blocks are named in the question for their rows; of more, all rows of the time are read. */
const NAMED_BLOCKS = 200;
const ONLY_NAMED = "AND concat(collector, '/', toString(block)) IN {blocks:Array(String)}";

/** What is read of a result, as one selects it. */
export const RESULT_FIELDS = `collector, block, agent, boot, seq, region, probe, type, target, country, city, isp, asn, provider, network, pop,
  toUnixTimestamp64Milli(scheduled_at) AS scheduled_ms, toUnixTimestamp64Milli(ingested_at) AS seen_ms,
  toString(outcome) AS outcome, layer, blame, code, disturbed, metric, value`;

/** Of each check its last rounds alone, before the first look. */
const ONLY_LAST =
  'AND toUnixTimestamp64Milli(ingested_at) >= transform(toString(probe), {probes:Array(String)}, {since:Array(Int64)}, 0)';

/** Only scheduled runs fill slots; the order is total, so that pages neither overlap nor leave a gap. */
const pageSql = (only: string) => `
SELECT ${RESULT_FIELDS}
FROM results
WHERE trigger = 'schedule'
  AND ingested_at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND ingested_at <= fromUnixTimestamp64Milli({until_ms:Int64})
  AND (toUnixTimestamp64Milli(ingested_at), agent, boot, seq) > ({from_ms:Int64}, {agent:String}, {boot:String}, {seq:UInt64})
  ${only}
ORDER BY seen_ms, agent, boot, seq
LIMIT {limit:UInt32}`;

/** A shard of the store that is away must not blind the detector to the agents of the others: what it has comes later, or is missed. */
const WHAT_IS_THERE = { partial: true } as const;

/** The time from which on there are at most so many rows. */
const HISTORY_SQL = `
SELECT toUnixTimestamp64Milli(min(ingested_at)) AS from_ms, count() AS rows FROM (
  SELECT ingested_at FROM results
  WHERE trigger = 'schedule' AND ingested_at >= fromUnixTimestamp64Milli({from_ms:Int64})
  ORDER BY ingested_at DESC LIMIT {limit:UInt32})`;

/** From when on each check is to be read. */
export type SinceByProbe = ReadonlyMap<string, number>;

/** What the detector takes for a row. */
export function observationOf(row: Row): Observation {
  const metrics: Record<string, number> = {};
  for (const [i, name] of row.metric.entries()) metrics[name] = (row.value[i] as number) / scaleOf(name);
  const { agent, region, probe, type, target, outcome, layer, blame, code } = row;
  return {
    agent,
    region,
    probe,
    type,
    target,
    dims: dimsOf(row),
    scheduledMs: row.scheduled_ms,
    seenMs: row.seen_ms,
    outcome,
    disturbed: row.disturbed === 1,
    metrics,
    ...(outcome === 'fail' ? { failure: { layer, blame, code } } : {}),
  };
}

/** What is known of where a run was made, and of the edge that answered it; nothing of what nobody said. */
function dimsOf({ country, city, isp, asn, provider, network, pop }: Row): Readonly<Record<string, string>> {
  const named = Object.entries({ country, city, isp, provider, network, pop });
  return Object.fromEntries([
    ...named.filter(([, value]) => value !== ''),
    ...(asn ? [['asn', `${asn}`]] : []),
  ]);
}

export class ResultReader {
  readonly #store: Pick<Store, 'query'>;
  /** Blocks taken within the overlap, with the time of their last row: those are met again. */
  readonly #taken = new Map<string, number>();
  #seenMs: number;
  /** For what is there at the first look. */
  readonly #since: SinceByProbe | undefined;
  #begun = false;
  #reading: Reading | undefined;

  /**
   * Reads rows that collectors took after an instant, Unix milliseconds; of what is there already, of a check that is in `since` only
   * what is as late as that.
   */
  constructor(store: Pick<Store, 'query'>, fromMs: number, since?: SinceByProbe) {
    this.#store = store;
    this.#since = since;
    this.#seenMs = fromMs;
  }

  /** The start of the history to be played again after a restart, `sinceMs` at the earliest. */
  static async historyFrom(
    store: Pick<Store, 'query'>,
    nowMs: number,
    sinceMs = nowMs - INCIDENT_LIMITS.historyMs.value,
  ): Promise<number> {
    const [answer] = await store.query<{ from_ms: number; rows: number }>(
      HISTORY_SQL,
      {
        from_ms: Math.floor(sinceMs),
        limit: INCIDENT_LIMITS.historyRows.value,
      },
      WHAT_IS_THERE,
    );
    return answer && answer.rows > 0 ? answer.from_ms - 1 : nowMs;
  }

  /**
   * Pages of new rows, until there are no more or a tick has had its share: then the next read goes on there. `nowMs`: by the
   * clock that stamps the rows. Rejects with a `StoreError`.
   */
  async *read(nowMs = Number.POSITIVE_INFINITY): AsyncGenerator<readonly Observation[]> {
    for (let page = 0; page < INCIDENT_LIMITS.pagesPerTick.value; page += 1) {
      this.#reading ??= await this.#fresh(nowMs);
      if (!this.#reading) return;
      const rows = await this.#page(this.#reading);
      const { blocks } = this.#reading;
      const last = rows.at(-1);
      if (last && rows.length >= INCIDENT_LIMITS.pageRows.value)
        this.#reading.cursor = { seenMs: last.seen_ms, agent: last.agent, boot: last.boot, seq: last.seq };
      else this.#reading = undefined;
      const fresh = rows.filter((row) => blocks.has(`${row.collector}/${row.block}`));
      for (let from = 0; from < fresh.length; from += YIELD_ROWS) {
        // Sessions and inserts go on in between.
        if (from > 0) await turn();
        yield fresh.slice(from, from + YIELD_ROWS).map(observationOf);
      }
      if (!this.#reading) return;
    }
  }

  /** Whether there is more to be read than the last read gave. */
  get behind(): boolean {
    return this.#reading !== undefined;
  }

  /** Takes the blocks that have come since the last look; undefined when there are none. */
  async #fresh(nowMs: number): Promise<Reading | undefined> {
    // A stamp of the future, of a collector that errs, must not hide what the others stamp.
    const beforeMs = Math.floor(Math.min(this.#seenMs, nowMs)) - INCIDENT_LIMITS.overlapMs.value;
    const rows = await this.#store.query<BlockRow>(BLOCKS_SQL, { from_ms: beforeMs }, WHAT_IS_THERE);
    // What was there before the instant from which to read is not new; what comes after the first look is, however old.
    const isNew = ({ until_ms }: BlockRow) => this.#begun || until_ms > this.#seenMs;
    const fresh = rows.filter((row) => !this.#taken.has(row.name) && isNew(row));
    const first = !this.#begun;
    this.#begun = true;
    for (const { name, until_ms } of rows) {
      this.#taken.set(name, until_ms);
      this.#seenMs = Math.max(this.#seenMs, until_ms);
    }
    const present = new Set(rows.map(({ name }) => name));
    for (const name of this.#taken.keys()) if (!present.has(name)) this.#taken.delete(name);
    if (fresh.length === 0) return undefined;
    return {
      blocks: new Set(fresh.map(({ name }) => name)),
      first,
      untilMs: fresh.reduce((max, { until_ms }) => Math.max(max, until_ms), 0),
      cursor: {
        seenMs: fresh.reduce((min, { from_ms }) => Math.min(min, from_ms), Number.POSITIVE_INFINITY),
        agent: '',
        boot: '',
        seq: 0,
      },
    };
  }

  #page({ blocks, first, untilMs, cursor }: Reading): Promise<Row[]> {
    const { seenMs, agent, boot, seq } = cursor;
    const named = blocks.size <= NAMED_BLOCKS;
    const since = first ? this.#since : undefined;
    return this.#store.query<Row>(
      pageSql(`${named ? ONLY_NAMED : ''} ${since ? ONLY_LAST : ''}`),
      {
        from_ms: seenMs,
        until_ms: untilMs,
        agent,
        boot,
        seq,
        limit: INCIDENT_LIMITS.pageRows.value,
        ...(named && { blocks: [...blocks] }),
        ...(since && { probes: [...since.keys()], since: [...since.values()] }),
      },
      WHAT_IS_THERE,
    );
  }
}
