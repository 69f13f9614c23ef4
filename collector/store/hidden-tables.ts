/**
 * A second wall behind `checkQuestion`, which knows SQL only as far as we do: the tables that say who may do what have no rows in
 * queries of people, however they are named. ClickHouse lays such a filter over a table wherever it is read, and takes none off
 * under `readonly`. Table functions such as `merge` read past it; those are refused by their names.
 */
import { type ClickHouseSettings, SettingsMap } from '@clickhouse/client';
import { sqlLiteral } from './sql-literal.ts';
import type { Statements } from './statements.ts';

/** Tokens, keys and the audit log: migration 27. */
export const HIDDEN_PREFIX = 'access_';

/** For `askReadonly`. Of every database: on a cluster each has such tables of its own. Rejects with a `StoreError`. */
export async function hidingSettings({ query }: Pick<Statements, 'query'>): Promise<ClickHouseSettings> {
  const tables = await query<{ full: string }>(
    "SELECT concat(database, '.', name) AS full FROM system.tables WHERE startsWith(name, {prefix:String}) ORDER BY 1",
    { prefix: HIDDEN_PREFIX },
  );
  // The map puts quotes around a name, and escapes nothing in it.
  const filters = tables.map(({ full }) => [sqlLiteral(full).slice(1, -1), '0']);
  return { additional_table_filters: SettingsMap.from(Object.fromEntries(filters)) };
}
