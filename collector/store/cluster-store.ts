/**
 * The store on a ClickHouse cluster. The results of an agent are on one shard, chosen by the agent's id, together with all that
 * is filled from them; they are inserted there directly, and everything that makes a block count once happens within that
 * shard. All other tables have their rows on the first shard. Queries of results go to all shards.
 */
import type { ClickHouseSettings } from '@clickhouse/client';
import { isSpread, spreadNames } from './cluster-ddl.ts';
import { ClusterNode, type ReadyNode } from './cluster-node.ts';
import { ClusterShard } from './cluster-shard.ts';
import { type ServerView, topologyOf } from './cluster-topology.ts';
import { StoreError } from './errors.ts';
import { hidingSettings } from './hidden-tables.ts';
import { STORE_LIMITS } from './limits.ts';
import { type Migration, readMigrations } from './migrate.ts';
import { checkQuestion, refusedFunctions } from './readonly-sql.ts';
import {
  insertBlock,
  killInserts,
  lastBlock,
  repairBlock,
  runningInserts,
  storeLife,
} from './result-inserts.ts';
import { openServerEngine, type ServerOptions } from './server-engine.ts';
import { askReadonly, createStatements, guarded } from './statements.ts';
import type { QueryOptions, QueryParams, Store } from './store.ts';

export interface ClusterOptions extends Omit<ServerOptions, 'url'> {
  /** Its name in `remote_servers` of the servers. */
  readonly cluster: string;
  /** One for each server, in the order of shards and replicas. */
  readonly urls: readonly string[];
}

/** Of a query that the servers ask each other. A server that hangs must not hold it up for long. */
const WIDE_SETTINGS = {
  skip_unavailable_shards: 0,
  distributed_product_mode: 'global',
  connections_with_failover_max_tries: '1',
  handshake_timeout_ms: STORE_LIMITS.shardHandshakeMs.value,
} as const satisfies ClickHouseSettings;

/** 209 and 210 in the middle of an answer, 279 at its begin. */
const SHARD_AWAY = new Set([209, 210, 279]);

/** Rejects with `StoreError` `cluster`, `unreachable`, `migration` or `query`. */
export async function openClusterStore(options: ClusterOptions): Promise<Store> {
  const migrations = readMigrations();
  const shards = await shardsOf(options, migrations);
  try {
    await Promise.all(shards.map(prepare));
    return await createClusterStore(shards, spreadNames(migrations));
  } catch (error) {
    await Promise.all(shards.map((shard) => shard.close()));
    throw error;
  }
}

/** One after the other: a further copy takes the schema from the first. At least one has to answer. */
async function prepare(shard: ClusterShard): Promise<void> {
  let failure: unknown;
  for (const node of shard.nodes) {
    try {
      await node.ready();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'unreachable') throw error;
      failure = error;
    }
  }
  if (shard.nodes.every(({ open }) => !open)) throw failure;
}

async function shardsOf(
  options: ClusterOptions,
  migrations: readonly Migration[],
): Promise<readonly ClusterShard[]> {
  const { cluster, urls, database = 'outrider', ...access } = options;
  const topology = topologyOf(
    cluster,
    await Promise.all(urls.map((url) => ask({ ...access, url }, cluster))),
  );
  const { replicated } = topology;
  return topology.shards.map((placed, shard) => {
    const nodes: ClusterNode[] = placed.map(
      ({ url }, index) =>
        new ClusterNode({
          ...access,
          url,
          cluster,
          database,
          shard,
          shards: topology.shards.length,
          replicated,
          first: index === 0,
          migrations,
          siblings: () => nodes.flatMap(({ open }) => open ?? []),
        }),
    );
    return new ClusterShard(nodes, replicated);
  });
}

async function ask(access: ServerOptions, cluster: string): Promise<ServerView> {
  const { url } = access;
  try {
    const engine = await openServerEngine({ ...access, database: 'default' });
    try {
      const { query } = createStatements(engine);
      const rows = await query<{ shard: number; replica: number; address: string; local: number }>(
        `SELECT shard_num AS shard, replica_num AS replica, concat(host_name, ':', toString(port)) AS address, is_local AS local
         FROM system.clusters WHERE cluster = {cluster:String} ORDER BY shard, replica`,
        { cluster },
      );
      const clusters = await query<{ cluster: string }>(
        'SELECT DISTINCT cluster FROM system.clusters ORDER BY 1',
      );
      const macros = await query<{ macro: string; substitution: string }>('SELECT * FROM system.macros');
      return {
        url,
        rows: rows.map((row) => ({ ...row, local: row.local === 1 })),
        clusters: clusters.map((row) => row.cluster),
        macros: Object.fromEntries(macros.map(({ macro, substitution }) => [macro, substitution])),
      };
    } finally {
      await engine.close();
    }
  } catch (error) {
    const failure = await guarded(() => Promise.reject(error)).catch((cause: StoreError) => cause);
    if (failure.code !== 'unreachable') throw failure;
    return { url, failure: failure.message, rows: [], clusters: [], macros: {} };
  }
}

async function createClusterStore(
  shards: readonly ClusterShard[],
  spread: ReadonlySet<string>,
): Promise<Store> {
  const first = shards[0] as ClusterShard;
  const shardAt = (index = 0): ClusterShard => {
    const shard = shards[index];
    if (!shard) throw new RangeError(`there is no shard ${index}`);
    return shard;
  };
  const facts = await first.use(({ local }) =>
    local.query<{ version: string; functions: string[]; tables: string[] }>(
      `SELECT version() AS version, (SELECT groupArray(name) FROM system.table_functions) AS functions,
       (SELECT groupArray(name) FROM system.tables WHERE database = currentDatabase() AND startsWith(engine, 'Replicated')) AS tables`,
    ),
  );
  const { version = '', functions = [], tables = [] } = facts[0] ?? {};
  const refused = refusedFunctions(functions);
  const personSettings = { ...WIDE_SETTINGS, ...(await first.use(({ local }) => hidingSettings(local))) };
  const replicatedIn = (sql: string) => {
    const words = new Set(sql.match(/\w+/g));
    return tables.filter((table) => words.has(table));
  };
  const askAll = <T>(sql: string, params: QueryParams | undefined, partial: boolean): Promise<T[]> =>
    firstThatAnswers(partial ? shards : [first], ({ wide }) =>
      wide.queryWith<T>({ ...WIDE_SETTINGS, skip_unavailable_shards: partial ? 1 : 0 }, sql, params),
    );
  let closing: Promise<void> | undefined;
  const open = async <T>(work: () => Promise<T>): Promise<T> =>
    closing ? Promise.reject(new StoreError('closed', 'The store is closed.')) : work();

  return {
    engine: 'server',
    version,
    shards: shards.length,
    query: <T>(sql: string, params?: QueryParams, { shard, partial = false }: QueryOptions = {}) =>
      open(() =>
        shard === undefined && isSpread(sql, spread)
          ? askAll<T>(sql, params, partial)
          : shardAt(shard).useFresh(replicatedIn(sql), ({ local }) => local.query<T>(sql, params)),
      ),
    queryReadonly: (sql, options) =>
      open(async () => {
        const question = checkQuestion(sql, refused);
        return firstThatAnswers([first], ({ wideEngine }) =>
          guarded(() => askReadonly(wideEngine, question, options, personSettings)),
        );
      }),
    command: (sql, params) =>
      open(() => first.useFresh(replicatedIn(sql), ({ local }) => local.command(sql, params))),
    insertRows: (table, rows, options) =>
      open(() => first.use(({ local }) => local.insertRows(table, rows, options))),
    insertResults: (block, options) =>
      open(() =>
        shardAt(options?.shard).use(({ localEngine }) =>
          guarded(() => insertBlock(localEngine, block, options)),
        ),
      ),
    fence: (collector, refusedFrom, shard) =>
      open(async () => {
        await shardAt(shard).useAll(({ local }) =>
          local.insertRows('fences', [{ collector, refused_from: refusedFrom }]),
        );
      }),
    lastBlock: (collector, sinceMs, shard) =>
      open(() =>
        shardAt(shard).useFresh(replicatedIn('results'), ({ local }) => lastBlock(local, collector, sinceMs)),
      ),
    repairBlock: (collector, block, shard) =>
      open(() =>
        shardAt(shard).useFresh(replicatedIn('results'), ({ local }) => repairBlock(local, collector, block)),
      ),
    life: (shard) => open(() => shardAt(shard).use(({ local }) => storeLife(local))),
    runningInserts: (collector) =>
      open(async () => {
        const counts = await everywhere(shards, ({ local }) => runningInserts(local, collector));
        return counts.reduce((sum, count) => sum + count, 0);
      }),
    killInserts: (collector) =>
      open(async () => {
        await everywhere(shards, ({ local }) => killInserts(local, collector));
      }),
    close: () => {
      closing ??= Promise.all(shards.map((shard) => shard.close())).then(() => undefined);
      return closing;
    },
  };
}

async function everywhere<T>(
  shards: readonly ClusterShard[],
  work: (node: ReadyNode) => Promise<T>,
): Promise<readonly T[]> {
  return (await Promise.all(shards.map((shard) => shard.useAll(work)))).flat();
}

/** A server that cannot reach another says so in ClickHouse's words; people get it in ours. */
async function firstThatAnswers<T>(
  shards: readonly ClusterShard[],
  work: (node: ReadyNode) => Promise<T>,
): Promise<T> {
  let failure: unknown;
  for (const shard of shards) {
    try {
      return await shard.use(work);
    } catch (error) {
      failure = error;
      if (!(error instanceof StoreError) || error.code !== 'unreachable') break;
    }
  }
  if (failure instanceof StoreError && SHARD_AWAY.has(failure.clickhouseCode)) {
    throw new StoreError(
      'unreachable',
      'A shard of the ClickHouse cluster does not answer, and an answer without its results would be wrong.',
      {
        hint: 'Ask again when it is back; what its agents measure meanwhile waits with them.',
        clickhouseCode: failure.clickhouseCode,
        cause: failure,
      },
    );
  }
  throw failure;
}
