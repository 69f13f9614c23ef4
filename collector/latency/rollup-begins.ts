/** From when on the rollups have everything: those that a later version brought begin where it began. */
import type { Store } from '../store/store.ts';

const HOUR_MS = 3_600_000;
/** The migration that brought the rollups of regions. */
const REGIONS_MIGRATION = 30;
/** Migrations of a new store are applied one after the other, before it has any result. */
const AT_ONCE_S = 600;

export interface RollupBegins {
  /** The first hour that latency_1h has, of which it may have only the end; undefined while it has none. Unix milliseconds. */
  readonly firstHourMs: number | undefined;
  /** The first whole hour that latency_region_1m and latency_region_1h have. */
  readonly regionsFromMs: number;
}

interface Known {
  readonly atMs: number;
  readonly begins: RollupBegins;
}

/** By store: what is asked reads all hours that a store has, and changes with its retention alone. */
const known = new WeakMap<Store, Known>();

/**
 * Asked anew every hour. A first hour that is thought later than it is does no harm: the minutes, which have all, are read until then.
 */
export async function rollupBegins(store: Store, nowMs: number): Promise<RollupBegins> {
  const before = known.get(store);
  if (before && Math.abs(nowMs - before.atMs) < HOUR_MS) return before.begins;
  const [firstHourMs, regionsFromMs] = await Promise.all([firstHour(store), regionsFrom(store)]);
  const begins = { firstHourMs, regionsFromMs };
  if (firstHourMs !== undefined) known.set(store, { atMs: nowMs, begins });
  return begins;
}

async function firstHour(store: Store): Promise<number | undefined> {
  const rows = await store.query<{ first_s: number }>(
    "SELECT toUnixTimestamp(min(hour)) AS first_s FROM latency_1h WHERE metric = 'run_ms'",
  );
  const first = rows[0]?.first_s ?? 0;
  return first > 0 ? first * 1000 : undefined;
}

/** Slots of after the migration were stored after it; a new store has no others. */
async function regionsFrom(store: Store): Promise<number> {
  const [row] = await store.query<{ store_s: number; regions_s: number }>(
    `SELECT toUnixTimestamp(min(applied_at)) AS store_s, toUnixTimestamp(minIf(applied_at, version = ${REGIONS_MIGRATION})) AS regions_s
     FROM migrations`,
  );
  if (!row || row.regions_s - row.store_s < AT_ONCE_S) return 0;
  // An insert that was under way then did not see the new tables.
  return Math.ceil((row.regions_s * 1000 + 60_000) / HOUR_MS) * HOUR_MS;
}
