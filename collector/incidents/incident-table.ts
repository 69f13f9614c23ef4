/** Incidents in the store: the latest row of an id counts. What is written is read back as it was. */
import { incidentJson } from '../api/incident-json.ts';
import type { Evidence, Incident, IncidentScope, ScopeKind, Size } from '../detect/incident.ts';
import type { Store } from '../store/store.ts';
import { INCIDENT_LIMITS } from './limits.ts';

interface Row {
  readonly version: number;
  readonly id: string;
  readonly status: Incident['status'];
  readonly scope: string;
  readonly scope_kind: ScopeKind;
  readonly metric: string;
  readonly probe: string;
  readonly target: string;
  readonly severity: Incident['severity'];
  readonly blame: Incident['blame'];
  readonly started_ms: number;
  readonly detected_ms: number;
  readonly resolved_ms: number | null;
  readonly summary: string;
  readonly size: string;
  readonly evidence: string;
}

const SELECT_SQL = `
SELECT version, id, status, scope, scope_kind, metric, probe, target, severity, blame,
  toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(detected_at) AS detected_ms,
  toUnixTimestamp64Milli(resolved_at) AS resolved_ms, summary, size, evidence
FROM incidents FINAL`;

const LOAD_SQL = `${SELECT_SQL}
WHERE status = 'open' OR resolved_at >= fromUnixTimestamp64Milli({since_ms:Int64})
ORDER BY status = 'open' DESC, started_at DESC
LIMIT {limit:UInt32}`;

const BY_ID_SQL = `${SELECT_SQL}
WHERE id IN {ids:Array(String)}`;

const CHANGES_SQL = `${SELECT_SQL}
WHERE version >= {version:UInt64}
ORDER BY version
LIMIT {limit:UInt32}`;

/** The reverse of snake_case keys. */
function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      camelKeys(item),
    ]),
  );
}

/** As a row of `incidents`; `version` orders the rows of one id, `lease` is what its writer holds. */
export function incidentRow(incident: Incident, version: number, lease = ''): Record<string, unknown> {
  const json = incidentJson(incident);
  const { merged_into, evidence, size, probe, target, started_at, detected_at, resolved_at, ...rest } = json;
  return {
    ...rest,
    probe: probe ?? '',
    target: target ?? '',
    started_at: incident.startedMs,
    detected_at: incident.detectedMs,
    resolved_at: incident.resolvedMs,
    size: JSON.stringify(size),
    evidence: JSON.stringify({ ...(evidence as object), merged_into, scope: incident.scope }),
    version,
    lease,
  };
}

function incidentOf(row: Row): Incident {
  const { merged_into, scope, ...evidence } = JSON.parse(row.evidence) as {
    merged_into: string | null;
    scope: IncidentScope;
  };
  return {
    id: row.id,
    scope,
    status: row.status,
    metric: row.metric,
    probe: row.probe || null,
    target: row.target || null,
    severity: row.severity,
    blame: row.blame,
    startedMs: row.started_ms,
    detectedMs: row.detected_ms,
    resolvedMs: row.resolved_ms,
    mergedInto: merged_into,
    summary: row.summary,
    size: JSON.parse(row.size) as Size,
    evidence: camelKeys(evidence) as Evidence,
  };
}

export class IncidentTable {
  readonly #store: Pick<Store, 'query' | 'insertRows'>;
  readonly #nowMs: () => number;
  /** Latest state of each incident that is not yet in the store. */
  readonly #unwritten = new Map<string, Incident>();
  /** Of the latest row of each that is known here; only as far back as rows may still come late. */
  #versions = new Map<string, number>();
  #version = 0;

  /** `nowMs`: the clock of the store, by which rows of several collectors are ordered. */
  constructor(store: Pick<Store, 'query' | 'insertRows'>, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** Open incidents, and resolved ones of the last days; newest first. Rejects with a `StoreError`. */
  async load(): Promise<Incident[]> {
    const rows = await this.#store.query<Row>(LOAD_SQL, {
      since_ms: Math.floor(this.#nowMs()) - INCIDENT_LIMITS.rememberedMs.value,
      limit: INCIDENT_LIMITS.remembered.value,
    });
    this.#know(rows);
    return rows.map(incidentOf);
  }

  /** Those of these ids that were ever written, however long ago. Rejects with a `StoreError`. */
  async withIds(ids: readonly string[]): Promise<Incident[]> {
    const found: Incident[] = [];
    // As many as a server takes in one question.
    for (let from = 0; from < ids.length; from += INCIDENT_LIMITS.remembered.value) {
      const some = ids.slice(from, from + INCIDENT_LIMITS.remembered.value);
      found.push(...(await this.#store.query<Row>(BY_ID_SQL, { ids: some })).map(incidentOf));
    }
    return found;
  }

  /** What others have written since the last look; oldest first. Rejects with a `StoreError`. */
  async changes(): Promise<Incident[]> {
    const rows = await this.#store.query<Row>(CHANGES_SQL, {
      version: Math.max(0, this.#version - INCIDENT_LIMITS.followOverlapMs.value),
      limit: INCIDENT_LIMITS.remembered.value,
    });
    const fresh = rows.filter(({ id, version }) => this.#versions.get(id) !== version);
    this.#know(rows);
    return fresh.map(incidentOf);
  }

  /** Notes a state to be written; a later one of the same incident replaces it. */
  put(incident: Incident): void {
    this.#unwritten.set(incident.id, incident);
  }

  /** Forgets what waits: another collector sees to incidents now. */
  drop(): void {
    this.#unwritten.clear();
  }

  /** Incidents that wait to be written. */
  get pending(): number {
    return this.#unwritten.size;
  }

  /**
   * Writes what waits, under a lease. Rejects with a `StoreError`; then it waits on. Code `fenced`: another collector has the
   * lease.
   */
  async flush(lease = ''): Promise<void> {
    const incidents = [...this.#unwritten.values()];
    if (incidents.length === 0) return;
    const version = Math.max(this.#version + 1, Math.floor(this.#nowMs()));
    await this.#store.insertRows(
      'incidents',
      incidents.map((incident) => incidentRow(incident, version, lease)),
    );
    this.#know(incidents.map(({ id }) => ({ id, version })));
    for (const incident of incidents)
      if (this.#unwritten.get(incident.id) === incident) this.#unwritten.delete(incident.id);
  }

  #know(rows: readonly { readonly id: string; readonly version: number }[]): void {
    for (const { id, version } of rows) {
      this.#versions.set(id, version);
      this.#version = Math.max(this.#version, version);
    }
    const before = this.#version - INCIDENT_LIMITS.followOverlapMs.value;
    for (const [id, version] of this.#versions) if (version < before) this.#versions.delete(id);
  }
}
