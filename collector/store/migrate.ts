/** Brings the schema of a store to what this version expects: numbered SQL files, each applied once, never edited. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from './errors.ts';
import type { Store } from './store.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly statements: readonly string[];
}

export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

const MIGRATIONS_DIR = join(import.meta.dirname, 'migrations');

const MIGRATIONS_TABLE = `
  CREATE TABLE IF NOT EXISTS migrations
  (version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
  ENGINE = ReplacingMergeTree ORDER BY version`;

/** The migrations of a folder in their order. A statement ends with `;` at the end of a line. */
export function readMigrations(folder: string = MIGRATIONS_DIR): readonly Migration[] {
  return readdirSync(folder)
    .filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file))
    .sort()
    .map((file) => {
      const sql = readFileSync(join(folder, file), 'utf8');
      return {
        version: Number(file.slice(0, 4)),
        name: file.slice(5, -4),
        checksum: createHash('sha256').update(sql).digest('hex'),
        statements: sql
          .split(/;\s*$/m)
          .map((statement) => statement.trim())
          .filter((statement) => statement.length > 0),
      };
    });
}

/**
 * Applies what is missing. Every statement can be applied again, so that a migration cut off in the middle simply is; and at
 * any time, as other collectors may be at work on the store.
 * Throws `StoreError('migration')` when the store holds an edited or a later migration.
 */
export async function migrate(
  store: Pick<Store, 'query' | 'command' | 'insertRows'>,
  migrations: readonly Migration[] = readMigrations(),
): Promise<void> {
  const applied = await readApplied(store);
  checkApplied(applied, migrations);
  const done = new Set(applied.map(({ version }) => version));
  for (const migration of migrations) {
    if (done.has(migration.version)) continue;
    for (const statement of migration.statements) await store.command(statement);
    const { version, name, checksum } = migration;
    await store.insertRows('migrations', [{ version, name, checksum }]);
  }
}

/** What a database has; nothing when it is new. */
export async function readApplied(
  store: Pick<Store, 'query' | 'command'>,
): Promise<readonly AppliedMigration[]> {
  await store.command(MIGRATIONS_TABLE);
  return store.query('SELECT version, name, checksum FROM migrations FINAL ORDER BY version');
}

function checkApplied(applied: readonly AppliedMigration[], known: readonly Migration[]): void {
  for (const { version, name, checksum } of applied) {
    const ours = known.find((migration) => migration.version === version);
    if (!ours) {
      throw new StoreError(
        'migration',
        `The store holds migration ${version} (${name}), which this version of Outrider does not know.`,
        { hint: 'Start the version of Outrider that last wrote this store, or a later one.' },
      );
    }
    if (ours.checksum !== checksum) {
      throw new StoreError(
        'migration',
        `Migration ${version} (${name}) was applied to this store with another content than the one shipped here.`,
        { hint: 'Restore the shipped file collector/store/migrations, or start with a new data directory.' },
      );
    }
  }
}
