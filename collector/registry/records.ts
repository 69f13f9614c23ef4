/** The registry's rows in the store: read at the start, written as they change. The latest version of a row counts. */
import type { ProbeSpec, TargetSpec } from '../../probes/spec.ts';
import type { Capabilities } from '../../protocol/frame.ts';
import type { AgentLabels, NetworkKind } from '../../protocol/identity.ts';
import type { Store } from '../store/store.ts';
import type { Period } from './period.ts';

/** What is remembered of an agent. */
export interface AgentRecord {
  readonly id: string;
  readonly labels: AgentLabels;
  readonly capabilities: Capabilities;
  readonly software: string;
  readonly boot: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly stoppedAtMs?: number;
}

export interface SpecRecord<Spec> {
  readonly spec: Spec;
  readonly updatedMs: number;
}

export interface Change {
  readonly kind: 'target' | 'probe';
  readonly name: string;
  readonly action: string;
  readonly detail: unknown;
}

export interface Loaded {
  readonly agents: readonly AgentRecord[];
  readonly targets: readonly SpecRecord<TargetSpec>[];
  readonly probes: readonly SpecRecord<ProbeSpec>[];
  readonly periods: readonly Period[];
  readonly revision: number;
  /** The highest of all rows. */
  readonly version: number;
}

const LATEST = `
  SELECT
    greatest((SELECT max(revision) FROM assignments), (SELECT max(revision) FROM changes)) AS revision,
    greatest((SELECT max(version) FROM assignments), (SELECT max(version) FROM agents),
             (SELECT max(version) FROM targets), (SELECT max(version) FROM probes)) AS version`;

interface AgentRow {
  readonly id: string;
  readonly region: string;
  readonly country: string;
  readonly city: string;
  readonly lat: number;
  readonly lon: number;
  readonly asn: number;
  readonly isp: string;
  readonly provider: string;
  readonly network: NetworkKind;
  readonly tags: string[];
  readonly probe_types: string[];
  readonly browser: string;
  readonly software: string;
  readonly boot: string;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  readonly stopped_at: string | null;
}

interface PeriodRow {
  readonly agent: string;
  readonly probe: string;
  readonly target: string;
  readonly effective_from: string;
  readonly effective_until: string | null;
  readonly settled: number;
  readonly every_ms: number;
  readonly timeout_ms: number;
  readonly fingerprint: string;
  readonly revision: number;
}

interface SpecRow {
  readonly spec: string;
  readonly updated_at: string;
}

/** Reads everything; closed periods as far back as `closedSinceMs`. */
export async function loadRegistry(store: Store, closedSinceMs: number): Promise<Loaded> {
  const agents = await store.query<AgentRow>('SELECT * EXCEPT version FROM agents FINAL');
  const targets = await store.query<SpecRow>('SELECT spec, updated_at FROM targets FINAL');
  const probes = await store.query<SpecRow>('SELECT spec, updated_at FROM probes FINAL WHERE deleted = 0');
  const periods = await store.query<PeriodRow>(
    `SELECT * EXCEPT version FROM assignments FINAL
     WHERE effective_until IS NULL OR effective_until >= fromUnixTimestamp64Milli({since:Int64})`,
    { since: Math.round(closedSinceMs) },
  );
  const [latest] = await store.query<{ revision: number; version: number }>(LATEST);
  return {
    agents: agents.map(agentOf),
    targets: targets.map((row) => specOf<TargetSpec>(row)),
    probes: probes.map((row) => specOf<ProbeSpec>(row)),
    periods: periods.map(periodOf),
    revision: latest?.revision ?? 0,
    version: latest?.version ?? 0,
  };
}

export async function writeAgents(
  store: Store,
  agents: readonly AgentRecord[],
  version: number,
): Promise<void> {
  await store.insertRows(
    'agents',
    agents.map((agent) => ({
      id: agent.id,
      ...agent.labels,
      probe_types: agent.capabilities.probeTypes,
      browser: agent.capabilities.browser,
      software: agent.software,
      boot: agent.boot,
      first_seen_at: isoOf(agent.firstSeenMs),
      last_seen_at: isoOf(agent.lastSeenMs),
      stopped_at: agent.stoppedAtMs === undefined ? null : isoOf(agent.stoppedAtMs),
      version,
    })),
  );
}

export async function writePeriods(store: Store, periods: readonly Period[], version: number): Promise<void> {
  await store.insertRows(
    'assignments',
    periods.map((period) => ({
      agent: period.agent,
      probe: period.probe,
      target: period.target,
      effective_from: isoOf(period.fromMs),
      effective_until: period.untilMs === undefined ? null : isoOf(period.untilMs),
      settled: period.settled ? 1 : 0,
      every_ms: period.everyMs,
      timeout_ms: period.timeoutMs,
      fingerprint: period.fingerprint,
      revision: period.revision,
      version,
    })),
  );
}

export async function writeTargets(
  store: Store,
  targets: readonly SpecRecord<TargetSpec>[],
  version: number,
): Promise<void> {
  await store.insertRows(
    'targets',
    targets.map((target) => specRow(target, version)),
  );
}

export async function writeProbes(
  store: Store,
  probes: readonly SpecRecord<ProbeSpec>[],
  version: number,
  deleted = false,
): Promise<void> {
  await store.insertRows(
    'probes',
    probes.map((probe) => ({ ...specRow(probe, version), deleted: deleted ? 1 : 0 })),
  );
}

export async function writeChanges(
  store: Store,
  changes: readonly Change[],
  atMs: number,
  revision: number,
): Promise<void> {
  await store.insertRows(
    'changes',
    changes.map(({ kind, name, action, detail }) => ({
      at: isoOf(atMs),
      revision,
      kind,
      name,
      action,
      detail: JSON.stringify(detail),
    })),
  );
}

function specRow({ spec, updatedMs }: SpecRecord<TargetSpec | ProbeSpec>, version: number) {
  return { name: spec.name, spec: JSON.stringify(spec), updated_at: isoOf(updatedMs), version };
}

function specOf<Spec>(row: SpecRow): SpecRecord<Spec> {
  return { spec: JSON.parse(row.spec) as Spec, updatedMs: Date.parse(row.updated_at) };
}

function agentOf(row: AgentRow): AgentRecord {
  const { region, country, city, lat, lon, asn, isp, provider, network, tags } = row;
  return {
    id: row.id,
    labels: { region, country, city, lat, lon, asn, isp, provider, network, tags },
    capabilities: { probeTypes: row.probe_types, browser: row.browser },
    software: row.software,
    boot: row.boot,
    firstSeenMs: Date.parse(row.first_seen_at),
    lastSeenMs: Date.parse(row.last_seen_at),
    ...(row.stopped_at !== null && { stoppedAtMs: Date.parse(row.stopped_at) }),
  };
}

function periodOf(row: PeriodRow): Period {
  return {
    agent: row.agent,
    probe: row.probe,
    target: row.target,
    everyMs: row.every_ms,
    timeoutMs: row.timeout_ms,
    fingerprint: row.fingerprint,
    fromMs: Date.parse(row.effective_from),
    ...(row.effective_until !== null && { untilMs: Date.parse(row.effective_until) }),
    settled: row.settled === 1,
    revision: row.revision,
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
