/** What a collector takes, by its own `/metrics`. */
import type { ApiClient } from '../support/api-client.ts';

export interface CollectorUse {
  readonly rssBytes: number;
  readonly cpuSeconds: number;
  /** When it started, Unix seconds: two readings of one process have the same. */
  readonly startedAt: number;
}

const TIMEOUT_MS = 15_000;

/** Undefined when it cannot be read: nothing depends on it. */
export async function readCollectorUse(client: ApiClient): Promise<CollectorUse | undefined> {
  try {
    return parseCollectorUse(await client.within(TIMEOUT_MS).text('/metrics'));
  } catch {
    return undefined;
  }
}

/** Of the Prometheus text format. */
export function parseCollectorUse(text: string): CollectorUse | undefined {
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  const use = {
    rssBytes: value('process_resident_memory_bytes'),
    cpuSeconds: value('process_cpu_seconds_total'),
    startedAt: value('outrider_start_time_seconds'),
  };
  return Object.values(use).every(Number.isFinite) ? use : undefined;
}
