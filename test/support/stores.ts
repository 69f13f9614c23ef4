/** Stores for tests: one of each engine, empty, with everything deleted afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { openStore, type StoreOptions } from '../../collector/store/open-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { type ClickHouseServer, serverUnavailable, startClickHouseServer } from './clickhouse-server.ts';
import { fillWithEmptyStore } from './empty-store.ts';

const ENGINES = ['embedded', 'server'] as const;
export type EngineName = (typeof ENGINES)[number];

export interface TestStore {
  readonly store: Store;
  /** To open the same store again, after `store.close()`. */
  readonly options: StoreOptions;
  readonly server?: ClickHouseServer;
  close(): Promise<void>;
}

/** The same tests on both engines; one that cannot run here is skipped, and its name says why. */
export function describeEngines(name: string, tests: (engine: EngineName) => void): void {
  for (const engine of ENGINES) {
    const unavailable = engine === 'server' ? serverUnavailable() : undefined;
    describe.skipIf(unavailable)(`${name}, ${engine}${unavailable ? ` (${unavailable})` : ''}`, () =>
      tests(engine),
    );
  }
}

/**
 * Rows of tests lie at fixed times, and ClickHouse drops rows of its own accord once they are older than a table's TTL: from a
 * month after those times on, tests would miss rows that they had put there. Holds for the tables that there are now.
 */
export const keepWhatIsOld = (store: Pick<Store, 'command'>): Promise<void> =>
  store.command('SYSTEM STOP TTL MERGES');

/**
 * Opens an empty store. A process can hold one embedded store at a time: a test file opens one and closes it before the next.
 */
export async function openTestStore(engine: EngineName): Promise<TestStore> {
  const dataDir = mkdtempSync(join(tmpdir(), 'outrider-store-'));
  const server = engine === 'server' ? await startClickHouseServer() : undefined;
  if (!server) await fillWithEmptyStore(dataDir);
  const options: StoreOptions = server ? { dataDir, clickhouse: { url: server.url } } : { dataDir };
  const store = await openStore(options).catch(async (error: unknown) => {
    await server?.close();
    throw error;
  });
  await keepWhatIsOld(store);
  return {
    store,
    options,
    ...(server && { server }),
    async close() {
      await store.close();
      await server?.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
