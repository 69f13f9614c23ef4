/**
 * The schema on a cluster, made out of the same migrations. Each shard has all tables for itself, in a database of its own;
 * beside it, under the ordinary name, a database with the same names over all shards, for queries. Pure: text in, text out.
 */
import type { Migration } from './migrate.ts';
import { sqlLiteral } from './sql-literal.ts';

/** Where Keeper has what the replicas of a table agree on; the servers fill in the macros. */
const KEEPER_PATH = '/clickhouse/tables/{shard}/{database}/{table}';

/** As long as raw results are kept: how old a block may be that is inserted again. By default Keeper forgets tokens after an hour. */
const TOKENS_KEPT_S = 30 * 86_400;

const WITHOUT_COMMENTS = /^(?:\s*--[^\n]*\n)*\s*/;
const VIEW = /^CREATE (?:OR REPLACE )?VIEW |^DROP VIEW /i;

/** How a migration reads on a server of the cluster. `first`: of the replicas of its shard, which copy what is inserted. */
export function localMigration(
  migration: Migration,
  { replicated, first }: { readonly replicated: boolean; readonly first: boolean },
): Migration {
  const statements = migration.statements
    .filter((sql) => first || !/^INSERT /i.test(bare(sql)))
    .map((sql) => (replicated ? replicatedSql(sql) : sql));
  return { ...migration, statements };
}

/** The part of a migration that belongs in the database over all shards: views for people. */
export function wideMigration(migration: Migration): Migration {
  return { ...migration, statements: migration.statements.filter((sql) => VIEW.test(bare(sql))) };
}

/** A statement with Replicated engines in place of those of one server, and Keeper's memory for tokens in place of the table's own. */
export function replicatedSql(sql: string): string {
  return sql
    .replace(/\bENGINE\s*=\s*(\w*)MergeTree(?:\(([^)]*)\))?/g, (_, kind: string, given?: string) => {
      const more = given?.trim() ? `, ${given}` : '';
      return `ENGINE = Replicated${kind}MergeTree('${KEEPER_PATH}', '{replica}'${more})`;
    })
    .replace(
      /\bnon_replicated_deduplication_window\s*=\s*(\d+)/g,
      (_, blocks: string) =>
        `replicated_deduplication_window = ${blocks}, replicated_deduplication_window_seconds = ${TOKENS_KEPT_S}`,
    );
}

/** The table of the same name over all shards. It is only read: rows go into the shards directly. */
export function distributedSql(
  table: string,
  names: { readonly cluster: string; readonly wide: string; readonly local: string },
): string {
  const { cluster, wide, local } = names;
  return `CREATE OR REPLACE TABLE ${quoted(wide)}.${quoted(table)} AS ${quoted(local)}.${quoted(table)}
    ENGINE = Distributed(${sqlLiteral(cluster)}, ${sqlLiteral(local)}, ${sqlLiteral(table)})`;
}

/**
 * The tables and views whose rows are spread over the shards: `results`, what is filled from it, and the views for people. All
 * others have their rows on the first shard alone.
 */
export function spreadNames(migrations: readonly Migration[]): ReadonlySet<string> {
  const names = new Set(['results']);
  for (const sql of migrations.flatMap(({ statements }) => statements)) {
    const filled = /^CREATE MATERIALIZED VIEW (?:IF NOT EXISTS )?(\w+)\s+TO\s+(\w+)/i.exec(bare(sql));
    if (filled?.[2]) names.add(filled[2]);
    const view = /^CREATE (?:OR REPLACE )?VIEW (?:IF NOT EXISTS )?(\w+)/i.exec(bare(sql));
    if (view?.[1]) names.add(view[1]);
  }
  return names;
}

/** Whether a statement has to be asked of all shards: it names, or might name, something whose rows are spread. */
export function isSpread(sql: string, spread: ReadonlySet<string>): boolean {
  return (sql.match(/\w+/g) ?? []).some((word) => spread.has(word));
}

/** A definition as another server gives it, for one that may have it already. */
export function definitionSql(createQuery: string): string {
  return createQuery.replace(/^CREATE (TABLE|VIEW|MATERIALIZED VIEW) /, 'CREATE $1 IF NOT EXISTS ');
}

function bare(sql: string): string {
  return sql.replace(WITHOUT_COMMENTS, '');
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '')}\``;
}
