/**
 * What bears an incident out beside its own evidence: quantiles before and after, failed runs, slow ones. Read from the results while
 * they are there, and out of the copy that the incident keeps afterwards.
 */
import type { MetricQuantilesJson } from '../api/answers/incident-evidence.ts';
import type { IncidentAnswerJson } from '../api/answers/incidents.ts';
import type { Incident } from '../detect/incident.ts';
import type { Store } from '../store/store.ts';
import { failingRuns } from './failing-runs.ts';
import { incidentQuantiles } from './incident-quantiles.ts';
import { INCIDENT_COPY_LIMITS } from './limits.ts';
import { readRun } from './run-reader.ts';
import { slowestRuns } from './slowest-runs.ts';

export type IncidentFacts = Pick<IncidentAnswerJson, 'quantiles' | 'runs' | 'slow_runs'>;

/** What is kept of one incident. */
interface Copy extends IncidentFacts {
  readonly status: Incident['status'];
  readonly keptMs: number;
}

interface CopyRow {
  readonly incident: string;
  readonly status: Incident['status'];
  readonly kept_ms: number;
}

/** An incident that goes on for long is copied again before what its first runs saw is past its time. */
const AGAIN_MS = 86_400_000;
/** Runs that tell of the beginning have come by then; those of the end, too. */
const AFTER_OPENING_MS = 60_000;
const AFTER_END_MS = 15_000;

async function readFacts(
  store: Pick<Store, 'query'>,
  incident: Incident,
  nowMs: number,
): Promise<IncidentFacts> {
  const [quantiles, runs, slow_runs] = await Promise.all([
    incidentQuantiles(store, incident, nowMs),
    failingRuns(store, incident, nowMs),
    slowestRuns(store, incident, nowMs),
  ]);
  return { quantiles, runs, slow_runs };
}

export class IncidentCopies {
  readonly #store: Pick<Store, 'query' | 'insertRows'>;

  constructor(store: Pick<Store, 'query' | 'insertRows'>) {
    this.#store = store;
  }

  /** As the results have it now, completed by what was kept when they had more. Rejects with a `StoreError`. */
  async facts(incident: Incident, nowMs: number): Promise<IncidentFacts> {
    const copy = await this.#read(incident.id);
    if (copy?.status === 'resolved') {
      const { quantiles, runs, slow_runs } = copy;
      return { quantiles, runs, slow_runs };
    }
    const now = await readFacts(this.#store, incident, nowMs);
    return copy ? completed(now, copy) : now;
  }

  /** Of these incidents, those of which something is to be kept now. Rejects with a `StoreError`. */
  async due(incidents: readonly Incident[], nowMs: number): Promise<readonly Incident[]> {
    if (incidents.length === 0) return [];
    const rows = await this.#store.query<CopyRow>(
      `SELECT incident, status, toUnixTimestamp64Milli(kept_at) AS kept_ms FROM incident_copies FINAL
       WHERE incident IN {ids:Array(String)}`,
      { ids: incidents.map(({ id }) => id) },
    );
    const copies = new Map(rows.map((row) => [row.incident, row]));
    return incidents.filter((one) => isDue(one, copies.get(one.id), nowMs));
  }

  /** Keeps what there is of an incident: first the runs, then the list that names them. Rejects with a `StoreError`. */
  async keep(incident: Incident, nowMs: number): Promise<void> {
    const before = await this.#read(incident.id);
    const now = await readFacts(this.#store, incident, nowMs);
    const facts = before ? completed(now, before) : now;
    const kept_at = Math.floor(nowMs);
    const ids = [...now.runs, ...now.slow_runs].map(({ run_id }) => run_id);
    const found = await Promise.all(ids.map((id) => readRun(this.#store, id)));
    const runs = found.filter((run) => run !== undefined);
    const rows = runs.map((run) => ({
      run_id: run.run_id,
      incident: incident.id,
      kept_at,
      body: JSON.stringify(run),
    }));
    if (rows.length > 0) await this.#store.insertRows('kept_runs', rows);
    await this.#store.insertRows('incident_copies', [
      {
        ...{ incident: incident.id, status: incident.status, kept_at },
        ...{ body: JSON.stringify(facts), version: kept_at },
      },
    ]);
  }

  async #read(incident: string): Promise<Copy | undefined> {
    const [row] = await this.#store.query<CopyRow & { readonly body: string }>(
      `SELECT incident, status, toUnixTimestamp64Milli(kept_at) AS kept_ms, body FROM incident_copies FINAL
       WHERE incident = {incident:String}`,
      { incident },
    );
    if (!row) return undefined;
    return { ...(JSON.parse(row.body) as IncidentFacts), status: row.status, keptMs: row.kept_ms };
  }
}

function isDue(
  { detectedMs, resolvedMs }: Incident,
  copy: Omit<CopyRow, 'incident'> | undefined,
  nowMs: number,
): boolean {
  if (copy?.status === 'resolved') return false;
  if (resolvedMs !== null) return nowMs - resolvedMs >= AFTER_END_MS;
  return nowMs - (copy ? copy.kept_ms : detectedMs) >= (copy ? AGAIN_MS : AFTER_OPENING_MS);
}

/** What was kept is older, and may be all that there is: the newer comes first. */
function completed(now: IncidentFacts, kept: IncidentFacts): IncidentFacts {
  const most = INCIDENT_COPY_LIMITS.runs.value / 2;
  const union = <T extends { readonly run_id: string }>(newer: readonly T[], older: readonly T[]): T[] => [
    ...newer,
    ...older.filter((old) => !newer.some(({ run_id }) => run_id === old.run_id)),
  ];
  const rest = kept.quantiles.filter(
    (old) =>
      old.before !== null && !now.quantiles.some((one) => one.before !== null && keyOf(one) === keyOf(old)),
  );
  const seen = new Set(rest.map(keyOf));
  return {
    quantiles: [
      ...rest.map((old) => ({
        ...old,
        after: now.quantiles.find((one) => keyOf(one) === keyOf(old))?.after ?? old.after,
      })),
      ...now.quantiles.filter((one) => !seen.has(keyOf(one))),
    ].slice(0, INCIDENT_COPY_LIMITS.metrics.value),
    runs: union(now.runs, kept.runs)
      .toSorted((a, b) => (a.scheduled_at < b.scheduled_at ? 1 : -1))
      .slice(0, most),
    slow_runs: union(now.slow_runs, kept.slow_runs).slice(0, most),
  };
}

const keyOf = ({ metric, probe, target }: MetricQuantilesJson): string =>
  JSON.stringify([probe, target, metric]);
