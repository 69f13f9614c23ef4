/** What agents are to run, read from the store: for many agents at once, as they connect. */
import type { Store } from '../store/store.ts';

/** A check that an agent was told to run, and not told to leave. */
export interface OpenPeriod {
  readonly fingerprint: string;
  readonly fromMs: number;
  /** Of a check that the catalogue has no more. */
  readonly period?: {
    readonly probe: string;
    readonly target: string;
    readonly everyMs: number;
    readonly timeoutMs: number;
  };
}

export interface OpenPeriods {
  /** In the order of their begin. */
  readonly open: readonly OpenPeriod[];
  /** Of the agent's schedule; 0 for one that was never told any. */
  readonly revision: number;
  /** The latest begin of all periods, ended ones included. */
  readonly lastBeginMs: number;
}

const OPEN = `
SELECT * EXCEPT running FROM (
SELECT
    agent,
    max(revision) AS revision,
    toUnixTimestamp64Milli(max(effective_from)) AS last_begin,
    groupArrayIf((toUnixTimestamp64Milli(effective_from), fingerprint), effective_until IS NULL) AS running,
    arrayMap(one -> one.2, arraySort(running)) AS fingerprints,
    arrayMap(one -> one.1, arraySort(running)) AS begins
FROM assignments FINAL
WHERE agent IN {agents:Array(String)}
GROUP BY agent)`;

const GONE = `
SELECT DISTINCT fingerprint, toString(probe) AS probe, toString(target) AS target, every_ms, timeout_ms
FROM assignments FINAL
WHERE agent IN {agents:Array(String)} AND effective_until IS NULL AND fingerprint IN {fingerprints:Array(String)}`;

interface OpenRow {
  readonly agent: string;
  readonly revision: number;
  readonly last_begin: number;
  readonly fingerprints: readonly string[];
  readonly begins: readonly number[];
}

interface GoneRow {
  readonly fingerprint: string;
  readonly probe: string;
  readonly target: string;
  readonly every_ms: number;
  readonly timeout_ms: number;
}

/** Of those agents that were told anything. `known`: whether the catalogue has the check. Rejects with a `StoreError`. */
export async function readOpenPeriods(
  store: Pick<Store, 'query'>,
  agents: readonly string[],
  known: (fingerprint: string) => boolean,
): Promise<ReadonlyMap<string, OpenPeriods>> {
  const rows = await store.query<OpenRow>(OPEN, { agents });
  const gone = await readGone(store, rows, known);
  return new Map(
    rows.map((row) => [
      row.agent,
      {
        revision: row.revision,
        lastBeginMs: row.last_begin,
        open: row.fingerprints.map((fingerprint, index) => {
          const period = gone.get(fingerprint);
          return { fingerprint, fromMs: row.begins[index] ?? 0, ...(period && { period }) };
        }),
      },
    ]),
  );
}

async function readGone(
  store: Pick<Store, 'query'>,
  rows: readonly OpenRow[],
  known: (fingerprint: string) => boolean,
): Promise<ReadonlyMap<string, NonNullable<OpenPeriod['period']>>> {
  const fingerprints = new Set<string>();
  const agents: string[] = [];
  for (const row of rows) {
    const unknown = row.fingerprints.filter((fingerprint) => !known(fingerprint));
    if (unknown.length > 0) agents.push(row.agent);
    for (const fingerprint of unknown) fingerprints.add(fingerprint);
  }
  if (agents.length === 0) return new Map();
  const found = await store.query<GoneRow>(GONE, { agents, fingerprints: [...fingerprints] });
  return new Map(
    found.map(({ fingerprint, probe, target, every_ms, timeout_ms }) => [
      fingerprint,
      { probe, target, everyMs: every_ms, timeoutMs: timeout_ms },
    ]),
  );
}
