/** One server of a cluster: its shard's own tables, and the tables over all shards as seen from there. */
import { definitionSql, distributedSql, localMigration, wideMigration } from './cluster-ddl.ts';
import type { Engine } from './engine.ts';
import { StoreError } from './errors.ts';
import { type Migration, migrate, readApplied } from './migrate.ts';
import { openServerEngine, type ServerOptions } from './server-engine.ts';
import { createStatements, guarded, type Statements } from './statements.ts';

export interface NodeOptions extends ServerOptions {
  readonly cluster: string;
  /** Of the tables over all shards. */
  readonly database: string;
  /** From 0. */
  readonly shard: number;
  readonly shards: number;
  readonly replicated: boolean;
  /** Of the servers of its shard. */
  readonly first: boolean;
  readonly migrations: readonly Migration[];
  /** Others of its shard that have the schema already. */
  siblings(): readonly ReadyNode[];
}

export interface ReadyNode {
  readonly url: string;
  /** The tables of its shard. */
  readonly local: Statements;
  readonly localEngine: Engine;
  /** All shards, under the same names. */
  readonly wide: Statements;
  readonly wideEngine: Engine;
}

function localDatabase(database: string): string {
  return `${database}_shard`;
}

export class ClusterNode {
  readonly url: string;
  readonly #options: NodeOptions;
  #opening: Promise<ReadyNode> | undefined;
  #ready: ReadyNode | undefined;

  constructor(options: NodeOptions) {
    this.url = options.url;
    this.#options = options;
  }

  /** With its schema up to date; a server that was away at the start gets it when it is first used. Rejects with a `StoreError`. */
  ready(): Promise<ReadyNode> {
    this.#opening ??= guarded(() => openNode(this.#options)).then(
      (node) => {
        this.#ready = node;
        return node;
      },
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening;
  }

  /** Undefined when it never answered. */
  get open(): ReadyNode | undefined {
    return this.#ready;
  }

  async close(): Promise<void> {
    const node = await this.#opening?.catch(() => undefined);
    await Promise.all([node?.localEngine.close(), node?.wideEngine.close()]);
  }
}

async function openNode(options: NodeOptions): Promise<ReadyNode> {
  const { database, url } = options;
  const localEngine = await openServerEngine({ ...options, database: localDatabase(database) });
  const wideEngine = await openServerEngine({ ...options, database }).catch(async (error: unknown) => {
    await localEngine.close();
    throw error;
  });
  const local = createStatements(localEngine);
  const wide = createStatements(wideEngine);
  try {
    await checkPlace(local, options);
    await checkWide(wide, options);
    await bringLocal(local, options);
    await notePlace(local, options);
    await bringWide(local, wide, options);
    return { url, local, localEngine, wide, wideEngine };
  } catch (error) {
    await Promise.all([localEngine.close(), wideEngine.close()]);
    throw error;
  }
}

async function bringLocal(local: Statements, options: NodeOptions): Promise<void> {
  const { replicated, first, migrations } = options;
  const [sibling] = options.siblings();
  // A new copy begins with the tables as they are by now: Keeper refuses it as they once were.
  if (sibling && (await readApplied(local)).length === 0) await copySchema(sibling.local, local);
  await migrate(
    local,
    migrations.map((migration) => localMigration(migration, { replicated, first })),
  );
}

async function bringWide(local: Statements, wide: Statements, options: NodeOptions): Promise<void> {
  const names = {
    cluster: options.cluster,
    wide: options.database,
    local: localDatabase(options.database),
  };
  for (const table of await tablesToSpread(local, names)) await wide.command(distributedSql(table, names));
  await migrate(wide, options.migrations.map(wideMigration));
}

/** Tables over the shards that are not there, or have not the columns of the shard's. Each database has its own `migrations`. */
async function tablesToSpread(
  local: Statements,
  names: { readonly wide: string; readonly local: string },
): Promise<readonly string[]> {
  const rows = await local.query<{ table: string }>(
    `SELECT table, groupArrayIf(described, database = {local:String}) AS ours, groupArrayIf(described, database = {wide:String}) AS theirs
     FROM (SELECT database, table, (name, type, default_kind, default_expression) AS described
       FROM system.columns WHERE database IN ({local:String}, {wide:String}) ORDER BY position)
     WHERE table IN (SELECT name FROM system.tables
       WHERE database = {local:String} AND NOT endsWith(engine, 'View') AND name NOT IN ('migrations', '${PLACE}'))
     GROUP BY table HAVING ours != theirs ORDER BY table`,
    names,
  );
  return rows.map(({ table }) => table);
}

/** Copies the definitions of tables and views, and which migrations they have in them. */
export async function copySchema(from: Statements, to: Statements): Promise<void> {
  const objects = await from.query<{ create_table_query: string }>(
    `SELECT create_table_query FROM system.tables
     WHERE database = currentDatabase() AND name NOT IN ('migrations', '${PLACE}')
     ORDER BY multiIf(engine = 'Join', 0, engine = 'View', 2, engine = 'MaterializedView', 3, 1), name`,
  );
  for (const { create_table_query } of objects) await to.command(definitionSql(create_table_query));
  const applied = await readApplied(from);
  await readApplied(to);
  await to.insertRows(
    'migrations',
    applied.map((one) => ({ ...one })),
  );
}

/** Which shard of how many a server has been: rows are where they are, and the store looks for them there. */
const PLACE = 'shard_place';

async function notePlace(local: Statements, { shard, shards }: NodeOptions): Promise<void> {
  await local.command(
    `CREATE TABLE IF NOT EXISTS ${PLACE} (shard UInt32, shards UInt32) ENGINE = ReplacingMergeTree ORDER BY (shard, shards)`,
  );
  const noted = await local.query(`SELECT shard FROM ${PLACE} LIMIT 1`);
  if (noted.length === 0) await local.insertRows(PLACE, [{ shard: shard + 1, shards }]);
}

async function checkPlace(local: Statements, options: NodeOptions): Promise<void> {
  if (!(await has(local, PLACE))) return;
  const [was] = await local.query<{ shard: number; shards: number }>(
    `SELECT shard, shards FROM ${PLACE} LIMIT 1`,
  );
  if (!was || (was.shard === options.shard + 1 && was.shards === options.shards)) return;
  throw new StoreError(
    'cluster',
    `${options.url} has been shard ${was.shard} of ${was.shards}, and in the cluster ${options.cluster} it is now shard ${options.shard + 1} of ${options.shards}.`,
    {
      hint: `The results of an agent are looked for on one shard, found by their number and order: restore them. To go on with other shards, let all agents send what they have, stop the collectors, and TRUNCATE TABLE ${localDatabase(options.database)}.${PLACE} on every server.`,
    },
  );
}

async function checkWide(wide: Statements, { url, database }: NodeOptions): Promise<void> {
  const [table] = await wide.query<{ engine: string }>(
    "SELECT engine FROM system.tables WHERE database = currentDatabase() AND name = 'results'",
  );
  if (!table || table.engine === 'Distributed') return;
  throw new StoreError('cluster', `The database ${database} at ${url} is a store of that server alone.`, {
    hint: `Use it without --clickhouse-cluster, or rename it first: RENAME DATABASE ${database} TO ${database}_before.`,
  });
}

async function has(statements: Statements, table: string): Promise<boolean> {
  const rows = await statements.query(
    'SELECT name FROM system.tables WHERE database = currentDatabase() AND name = {table:String}',
    { table },
  );
  return rows.length > 0;
}
