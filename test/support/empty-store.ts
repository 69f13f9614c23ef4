/**
 * The schema takes a hundred statements and most of a second: too much for each of a thousand tests. So an empty embedded store is made
 * once, by the real migrations, and tests begin with a copy of its files. One is made anew for each version of what it is made of.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMigrations } from '../../collector/store/migrate.ts';
import { openStore } from '../../collector/store/open-store.ts';

const SOURCES = ['migrate.ts', 'embedded-engine.ts', 'native.ts'];

/** Puts the files of an empty store with today's schema into a directory. */
export async function fillWithEmptyStore(dataDir: string): Promise<void> {
  const folder = join(tmpdir(), `outrider-empty-store-${process.getuid?.() ?? 0}`);
  const made = join(folder, digest());
  if (!existsSync(made)) await make(folder, made);
  cpSync(made, dataDir, { recursive: true, verbatimSymlinks: true });
}

/** Several test processes may do so at the same time: the first is kept. */
async function make(folder: string, made: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const mine = mkdtempSync(join(folder, 'making-'));
  const store = await openStore({ dataDir: mine });
  await store.close();
  try {
    renameSync(mine, made);
  } catch (error) {
    if (!existsSync(made)) throw error;
    rmSync(mine, { recursive: true, force: true });
  }
}

function digest(): string {
  const hash = createHash('sha256');
  const store = join(import.meta.dirname, '../../collector/store');
  for (const file of SOURCES) hash.update(readFileSync(join(store, file)));
  for (const { name, checksum } of readMigrations()) hash.update(`${name} ${checksum}\n`);
  hash.update(readFileSync(createRequire(import.meta.url).resolve('chdb/package.json')));
  return hash.digest('hex').slice(0, 16);
}
