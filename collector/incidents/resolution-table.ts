/** Who said that an incident is over, before data did. Any collector may write it; the one that detects ends the incident. */
import type { Store } from '../store/store.ts';

export interface Resolution {
  readonly incident: string;
  readonly by: string;
  readonly comment: string;
  readonly atMs: number;
}

/** Of these incidents, the last word on each. Rejects with a `StoreError`. */
export async function readResolutions(
  store: Pick<Store, 'query'>,
  incidents: readonly string[],
): Promise<readonly Resolution[]> {
  if (incidents.length === 0) return [];
  const rows = await store.query<{ incident: string; author: string; comment: string; at_ms: number }>(
    `SELECT incident, author, comment, toUnixTimestamp64Milli(at) AS at_ms FROM resolutions FINAL
     WHERE incident IN {incidents:Array(String)}`,
    { incidents },
  );
  return rows.map(({ at_ms, author, comment, incident }) => ({ incident, by: author, comment, atMs: at_ms }));
}

/** Rejects with a `StoreError`. */
export async function writeResolution(
  store: Pick<Store, 'insertRows'>,
  { atMs, by, comment, incident }: Resolution,
): Promise<void> {
  const at = Math.floor(atMs);
  await store.insertRows('resolutions', [{ incident, author: by, comment, at, version: at }]);
}
