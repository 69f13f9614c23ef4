/**
 * How results get into the store once, and how a run of a collector is kept from writing any more.
 *
 * A block is one insert, of one block of rows, under a token that is its name. ClickHouse drops what each table has of a token
 * already, in `results` and in every table that views fill from it: so the same block is inserted again until that succeeds,
 * by its collector or, out of `results`, by another.
 */
import { randomUUID } from 'node:crypto';
import type { Engine } from './engine.ts';
import { StoreError } from './errors.ts';
import { STORE_LIMITS } from './limits.ts';
import type { ResultBlock } from './result-block.ts';
import { RESULT_COLUMNS } from './result-columns.ts';
import { sqlSettings } from './sql-literal.ts';
import type { InsertOptions, Store } from './store.ts';

/** More than any block has, and more than the rows of any table that one block fills. */
const BLOCK_ROWS_MAX = 16 * 1024 * 1024;

/** What an insert of a block is told. */
export const insertSettings = (collector: string, block: number) => ({
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

/** See `Store.repairBlock`. The rows come out of the table itself, so that nobody else need have kept them. */
export async function repairBlock(statements: Statements, collector: string, block: number): Promise<void> {
  const columns = RESULT_COLUMNS.join(', ');
  if (!(await isRemembered(statements, collector, block))) return;
  await statements.command(
    `INSERT INTO results (${columns}) SELECT ${columns} FROM results
     WHERE ${OF_BLOCK} ORDER BY agent, boot, seq SETTINGS ${sqlSettings(insertSettings(collector, block))}`,
    { collector, block },
  );
}

/** False when there is no such block. A token that is forgotten would let the rows in twice. */
async function isRemembered({ query }: Statements, collector: string, block: number): Promise<boolean> {
  const [found] = await query<{ rows: number; since: number }>(
    `SELECT count() AS rows, toUnixTimestamp64Milli(min(ingested_at)) AS since FROM results WHERE ${OF_BLOCK}`,
    { collector, block },
  );
  if (!found || found.rows === 0) return false;
  const [later] = await query<{ blocks: number }>(
    `SELECT uniqExact(collector, block) AS blocks FROM results
     WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64})`,
    { since: found.since },
  );
  const limit = STORE_LIMITS.repairBlocks.value;
  if ((later?.blocks ?? 0) <= limit) return true;
  throw new StoreError(
    'too_late',
    `More than ${limit} blocks came after block ${block} of ${collector}: the store may not know it any more.`,
    { hint: 'Its results are stored; the tables of minutes and hours may lack some of them.' },
  );
}
