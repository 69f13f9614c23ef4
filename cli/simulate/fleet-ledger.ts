/** What the collector says became of the simulation's results: its ledger, and the rows of its table. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerRowJson } from '../../collector/api/answers/fleet.ts';
import type { ApiClient } from '../support/api-client.ts';
import type { Pagination } from '../support/output.ts';

const POLL_MS = 1000;
const SUMMED = [
  'expected',
  'stored',
  'pending',
  'missed',
  'dropped',
  'unaccounted',
  'duplicates',
  'extra',
] as const;

export type LedgerSums = Readonly<Record<(typeof SUMMED)[number], number>>;

/** The sums over the agents whose ids begin with `name-`, of slots since `sinceMs`. */
export async function readLedger(client: ApiClient, name: string, sinceMs: number): Promise<LedgerSums> {
  const sums: Record<(typeof SUMMED)[number], number> = {
    ...{ expected: 0, stored: 0, pending: 0, missed: 0 },
    ...{ dropped: 0, unaccounted: 0, duplicates: 0, extra: 0 },
  };
  let after: string | undefined;
  do {
    const page = await client.get<{ data: LedgerRowJson[]; pagination: Pagination }>('/api/v1/ledger', {
      since: new Date(sinceMs).toISOString(),
      after,
    });
    for (const row of page.data)
      if (row.agent.startsWith(`${name}-`)) for (const key of SUMMED) sums[key] += row[key] ?? 0;
    after = page.pagination.next ?? undefined;
  } while (after !== undefined);
  return sums;
}

/**
 * The ledger once it knows of `slots` slots and nothing is open any more, or as it is after `withinMs`. An agent whose goodbye
 * was lost has its last slots in it a grace later. A collector that is too busy to answer is asked again; rejects with its last
 * error when there is no answer at all.
 */
export async function settledLedger(
  client: ApiClient,
  { name, sinceMs, slots, withinMs }: { name: string; sinceMs: number; slots: number; withinMs: number },
): Promise<LedgerSums> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const late = performance.now() >= deadlineMs;
    try {
      const sums = await readLedger(client, name, sinceMs);
      const settled = sums.pending === 0 && sums.unaccounted === 0 && sums.expected >= slots;
      if (settled || late) return sums;
    } catch (error) {
      if (late) throw error;
    }
    await sleep(POLL_MS);
  }
}

/** Rows in the table `results` of the simulation's agents, of slots since `sinceMs`, missed ones included. */
export async function storedRows(client: ApiClient, name: string, sinceMs: number): Promise<number> {
  const sql = `SELECT count() FROM results WHERE startsWith(toString(agent), '${name}-') AND scheduled_at >= fromUnixTimestamp64Milli(${Math.floor(sinceMs)})`;
  const { rows } = await client.post<{ rows: [[number | string]] }>('/api/v1/query', { sql });
  return Number(rows[0][0]);
}
