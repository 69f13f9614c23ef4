/**
 * How results get into the store once, and how a run of a collector is kept from writing any more.
 *
 * A block is one insert, of one block of rows, under a token that is its name. ClickHouse drops what each table has of a token
 * already, in `results` and in every table that views fill from it: so its collector inserts the same block again until that
 * succeeds, as long as the server lives. A server that dies may remember a token of rows that it does not have: then nothing is
 * inserted again, and it is looked what of the block is there.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from './engine.ts';
import { StoreError } from './errors.ts';
import type { ResultBlock } from './result-block.ts';
import { RESULT_COLUMNS } from './result-columns.ts';
import { sqlSettings } from './sql-literal.ts';
import type { InsertOptions, Store } from './store.ts';

/** More than any block has, and more than the rows of any table that one block fills. */
const BLOCK_ROWS_MAX = 16 * 1024 * 1024;

/** What an insert of a block is told. */
export const insertSettings = (collector: string, block: number | string) => ({
  insert_deduplicate: 1,
  insert_deduplication_token: `${collector}/${block}`,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  // Nothing is acknowledged before it is written.
  async_insert: 0,
  // One block stays one, in every table: no reader or writer beside the first, and nothing is split by rows or by bytes.
  max_insert_threads: 1,
  max_threads: 1,
  max_block_size: BLOCK_ROWS_MAX,
  preferred_block_size_bytes: 0,
  max_insert_block_size: BLOCK_ROWS_MAX,
  min_insert_block_size_rows: BLOCK_ROWS_MAX,
  min_insert_block_size_bytes: 0,
});

export async function insertBlock(
  engine: Engine,
  block: ResultBlock,
  options: InsertOptions = {},
): Promise<void> {
  if (block.rowCount === 0) return;
  const { collector, number } = block;
  const { ingestedMs = Date.now(), attempt = randomUUID() } = options;
  await engine.insertNative({
    table: 'results',
    columns: RESULT_COLUMNS,
    body: block.body(ingestedMs),
    settings: insertSettings(collector, number),
    queryId: `outrider/${collector}/${number}/${attempt}`,
  });
}

type Statements = Pick<Store, 'query' | 'command'>;

/**
 * Inserts of a run of a collector are named after it. Of one that has read no row yet the rows are still to come, and are checked
 * then: after the fence, which stands. Its sender may have stopped in the middle of them, and ClickHouse waits for it half a minute.
 */
const RUNNING = 'startsWith(query_id, {prefix:String}) AND read_rows > 0';
const ofRun = (collector: string) => ({ prefix: `outrider/${collector}/` });

/** See `Store.runningInserts`; on one server. */
export async function runningInserts({ query }: Statements, collector: string): Promise<number> {
  const [row] = await query<{ running: number }>(
    `SELECT count() AS running FROM system.processes WHERE ${RUNNING}`,
    ofRun(collector),
  );
  return row?.running ?? 0;
}

/** See `Store.killInserts`; on one server. */
export async function killInserts({ command }: Statements, collector: string): Promise<void> {
  await command(`KILL QUERY WHERE ${RUNNING} ASYNC`, ofRun(collector));
}

/** See `Store.lastBlock`. `ingested_at` is indexed by itself, `block` together with its collector. */
export async function lastBlock(
  { query }: Statements,
  collector: string,
  sinceMs: number,
): Promise<number | undefined> {
  const [row] = await query<{ block: number; rows: number }>(
    `SELECT max(block) AS block, count() AS rows FROM results
     WHERE collector = {collector:String} AND ingested_at >= fromUnixTimestamp64Milli({since:Int64})`,
    { collector, since: Math.floor(sinceMs) },
  );
  return row && row.rows > 0 ? row.block : undefined;
}

const OF_BLOCK = 'collector = {collector:String} AND block = {block:UInt32}';

/** A repair of one block takes a fraction of a second. */
const IDLE_POLL_MS = 50;
const IDLE_POLLS = 600;

/** The tables that views fill, each behind those that it is filled through: what goes into one goes on by itself. */
const ROLLUPS = [
  { table: 'latency_1m', slot: 'minute', before: ['results'] },
  { table: 'latency_1h', slot: 'hour', before: ['results', 'latency_1m'] },
  { table: 'latency_region_1m', slot: 'minute', before: ['results', 'latency_1m'] },
  { table: 'latency_region_1h', slot: 'hour', before: ['results', 'latency_1m', 'latency_region_1m'] },
] as const;

/** A block of a run of a collector, as parameters of a query. */
type BlockName = { readonly collector: string; readonly block: number };

/**
 * See `Store.repairBlock`. The rows come out of `results` itself, so that nobody else need have kept them. A table has the whole
 * of a block or nothing of it: an agent's progress tells by its seq, the tables of minutes and hours by the mark that the block
 * has left there. What a table lacks goes in by the very query of the view that fills it.
 */
export async function repairBlock(statements: Statements, collector: string, block: number): Promise<void> {
  const of = { collector, block };
  const [found] = await statements.query<{ rows: number; scheduled: number; day: string }>(
    `SELECT count() AS rows, countIf(trigger = 'schedule') AS scheduled, toString(toDate(min(scheduled_at))) AS day
     FROM results WHERE ${OF_BLOCK}`,
    of,
  );
  if (!found || found.rows === 0) return;
  const repair = new Repair(statements, of, await storeLife(statements));
  const rows = `SELECT * FROM results WHERE ${OF_BLOCK}`;
  if (!(await repair.isInProgress()))
    await repair.fill('agent_progress', await repair.filling('agent_progress_fill', 'results', rows));
  if (found.scheduled === 0) return;
  const selects = new Map([['results', rows]]);
  for (const { before, slot, table } of ROLLUPS) {
    const source = before.at(-1) as string;
    const select = await repair.filling(`${table}_fill`, source, selects.get(source) as string);
    selects.set(table, select);
    if (await repair.isMarked(table, slot, found.day)) continue;
    // Another repair may be on its way there, through a table before it.
    for (const one of before) if (one !== 'results') await repair.untilIdle(one);
    if (!(await repair.isMarked(table, slot, found.day))) await repair.fill(table, select);
  }
}

class Repair {
  readonly #statements: Statements;
  readonly #of: BlockName;
  readonly #life: string;

  constructor(statements: Statements, of: BlockName, life: string) {
    this.#statements = statements;
    this.#of = of;
    this.#life = life;
  }

  /** Any boot of the block tells for all. */
  async isInProgress(): Promise<boolean> {
    const [one] = await this.#statements.query<{ agent: string; boot: string; seq: number }>(
      `SELECT agent, boot, max(seq) AS seq FROM results WHERE ${OF_BLOCK} GROUP BY agent, boot LIMIT 1`,
      this.#of,
    );
    if (!one) return true;
    const [held] = await this.#statements.query<{ seq: number }>(
      'SELECT max(seq) AS seq FROM agent_progress WHERE agent = {agent:String} AND boot = {boot:String}',
      { agent: one.agent, boot: one.boot },
    );
    return (held?.seq ?? 0) >= one.seq;
  }

  /** Whether a table of minutes or hours has the mark of this block, or of a later one of its run. */
  async isMarked(table: string, time: string, day: string): Promise<boolean> {
    const [mark] = await this.#statements.query<{ marks: number; block: number }>(
      `SELECT count() AS marks, max(value_max) AS block FROM ${table}
       WHERE metric = '' AND region = {collector:String} AND ${time} = toDateTime({day:String}, 'UTC')`,
      { collector: this.#of.collector, day: `${day} 00:00:00` },
    );
    return mark !== undefined && mark.marks > 0 && mark.block >= this.#of.block;
  }

  /** The query of a view, over `rows` in place of its table. */
  async filling(view: string, table: string, rows: string): Promise<string> {
    const [found] = await this.#statements.query<{ sql: string }>(
      'SELECT as_select AS sql FROM system.tables WHERE database = currentDatabase() AND name = {view:String}',
      { view },
    );
    const parts = (found?.sql ?? '').split(new RegExp(`\\bFROM (?:[\\w\`]+\\.)?\`?${table}\`?(?![\\w.])`));
    if (parts.length !== 2)
      throw new StoreError('migration', `The view ${view} does not read ${table}, as it should.`);
    return parts.join(`FROM (${rows})`);
  }

  /** Settles when no repair fills a table, or one takes far too long. */
  async untilIdle(table: string): Promise<void> {
    for (let polls = 0; polls < IDLE_POLLS; polls += 1) {
      const [running] = await this.#statements.query<{ repairs: number }>(
        'SELECT count() AS repairs FROM system.processes WHERE startsWith(query, {begin:String})',
        { begin: `INSERT INTO ${table} ` },
      );
      if (running?.repairs === 0) return;
      await sleep(IDLE_POLL_MS);
    }
  }

  /**
   * The token is of this life of the server, so that of two repairs at once one is kept: a token of an earlier life may be known
   * of a part that never came to be.
   */
  async fill(table: string, select: string): Promise<void> {
    const { collector, block } = this.#of;
    const settings = sqlSettings(insertSettings(collector, `${block}/${table}/${this.#life}`));
    await this.#statements.command(`INSERT INTO ${table} ${select} SETTINGS ${settings}`, { ...this.#of });
  }
}

/**
 * Names the time since the server began: another name than before says that it died meanwhile, or its first asker was quicker
 * than another.
 */
export async function storeLife({ query, command }: Statements): Promise<string> {
  for (;;) {
    const [life] = await query<{ id: string }>(
      'SELECT toString(id) AS id FROM store_life ORDER BY id LIMIT 1',
    );
    if (life) return life.id;
    await command('INSERT INTO store_life SELECT generateUUIDv4()');
  }
}
