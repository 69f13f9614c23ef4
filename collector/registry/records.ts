/** The registry's rows in the store: agents, what they gave up, their periods. The latest version of a row counts. */
import { z } from 'zod';
import type { Assignment, Health } from '../../protocol/frame.ts';
import type { NetworkKind } from '../../protocol/identity.ts';
import { slotSeries } from '../../protocol/slots.ts';
import type { Store } from '../store/store.ts';
import type { Check } from './checks.ts';
import type { DropCount } from './fleet.ts';
import type { SpecKind } from './language.ts';
import { REGISTRY_LIMITS } from './limits.ts';
import type { AgentIdentity, Member } from './member.ts';
import type { Period } from './period.ts';
import { healthSchema } from './remote-agent.ts';

/** What is remembered of an agent. */
export interface AgentRecord extends AgentIdentity {
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly stoppedAtMs?: number;
  readonly collector: string;
  readonly connectedSinceMs?: number;
  readonly health?: Health;
  readonly healthMs?: number;
}

/** What a person changed. */
export interface Change {
  readonly kind: SpecKind;
  readonly name: string;
  readonly action: string;
  readonly detail: unknown;
}

export interface Loaded {
  readonly agents: readonly AgentRecord[];
  /** The highest of any schedule. */
  readonly revision: number;
  /** The highest of all rows. */
  readonly version: number;
}

const LATEST = `
  SELECT
    greatest((SELECT max(revision) FROM assignments), (SELECT max(revision) FROM changes)) AS revision,
    greatest((SELECT max(version) FROM assignments), (SELECT max(version) FROM agents)) AS version`;

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
  readonly collector: string;
  readonly connected_at: string | null;
  readonly health_at: string | null;
  readonly health: string;
}

interface PeriodRow {
  readonly probe: string;
  readonly target: string;
  readonly effective_from: string;
  readonly every_ms: number;
  readonly timeout_ms: number;
  readonly fingerprint: string;
}

const AGENTS = 'SELECT * EXCEPT version FROM agents FINAL';

/** Reads every agent; what they run is read as they connect. */
export async function loadAgents(store: Store): Promise<Loaded> {
  const agents = await store.query<AgentRow>(AGENTS);
  const [latest] = await store.query<{ revision: number; version: number }>(LATEST);
  return {
    agents: agents.map(agentOf),
    revision: latest?.revision ?? 0,
    version: latest?.version ?? 0,
  };
}

/** The agents that a collector wrote about since `sinceMs`, the store's clock. */
export async function agentsOf(
  store: Store,
  collector: string,
  sinceMs: number,
): Promise<readonly AgentRecord[]> {
  const rows = await store.query<AgentRow>(
    `${AGENTS} WHERE collector = {collector:String} AND last_seen_at >= fromUnixTimestamp64Milli({since:Int64})`,
    { collector, since: Math.round(sinceMs) },
  );
  return rows.map(agentOf);
}

export async function writeAgents(store: Store, agents: readonly Member[]): Promise<void> {
  await inChunks(agents, (chunk) =>
    store.insertRows(
      'agents',
      chunk.map((agent) => ({
        id: agent.id,
        ...agent.labels,
        probe_types: agent.capabilities.probeTypes,
        browser: agent.capabilities.browser,
        software: agent.software,
        boot: agent.boot,
        first_seen_at: isoOf(agent.firstSeenMs),
        last_seen_at: isoOf(agent.lastSeenMs),
        stopped_at: isoOrNull(agent.stoppedAtMs),
        collector: agent.collector,
        connected_at: isoOrNull(agent.connectedSinceMs),
        health_at: isoOrNull(agent.healthMs),
        health: agent.health ? JSON.stringify(agent.health) : '',
        version: agent.stamp,
      })),
    ),
  );
}

export async function writeDrops(store: Store, drops: readonly DropCount[]): Promise<void> {
  await store.insertRows(
    'agent_drops',
    drops.map(({ agent, reason, atMs, count }) => ({ agent, reason, at: isoOf(atMs), count })),
  );
}

/** Rejects with `StoreError('fenced')` when one is the word of a run of a collector that was taken out. */
export async function writePeriods(store: Store, periods: readonly Period[]): Promise<void> {
  await inChunks(periods, (chunk) =>
    store.insertRows(
      'assignments',
      chunk.map((period) => ({
        agent: period.agent,
        probe: period.probe,
        target: period.target,
        effective_from: isoOf(period.fromMs),
        effective_until: isoOrNull(period.untilMs),
        settled: period.settled ? 1 : 0,
        every_ms: period.everyMs,
        timeout_ms: period.timeoutMs,
        phase_ms: slotSeries(period.probe, period.target, period.agent, period.everyMs).phaseMs,
        fingerprint: period.fingerprint,
        revision: period.revision,
        collector: period.collector,
        version: period.version,
      })),
    ),
  );
}

const ASSIGNMENTS = `
SELECT toString(probe) AS probe, toString(target) AS target, effective_from, every_ms, timeout_ms, fingerprint
FROM assignments FINAL
WHERE agent = {agent:String} AND effective_until IS NULL
ORDER BY probe, target`;

/** What an agent was told to run; of a check that is not known any more without its URL and parameters. */
export async function readAssignments(
  store: Store,
  agent: string,
  checkOf: (fingerprint: string) => Check | undefined,
): Promise<readonly Assignment[]> {
  const rows = await store.query<PeriodRow>(ASSIGNMENTS, { agent });
  return rows.map(({ probe, target, effective_from, every_ms, timeout_ms, fingerprint }) => ({
    probe,
    type: '',
    target: { name: target, url: '', labels: {} },
    everyMs: every_ms,
    timeoutMs: timeout_ms,
    params: {},
    ...checkOf(fingerprint)?.assignment,
    effectiveFromMs: Date.parse(effective_from),
  }));
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

/** Each chunk is an insert: together they could be larger than the memory for one. */
async function inChunks<T>(rows: readonly T[], write: (chunk: readonly T[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < rows.length; from += REGISTRY_LIMITS.insertRows.value)
    await write(rows.slice(from, from + REGISTRY_LIMITS.insertRows.value));
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
    collector: row.collector,
    ...(row.stopped_at !== null && { stoppedAtMs: Date.parse(row.stopped_at) }),
    ...(row.connected_at !== null && { connectedSinceMs: Date.parse(row.connected_at) }),
    ...healthOf(row),
  };
}

/** Health that another version wrote in a way that is not understood counts as none. */
function healthOf({ health, health_at }: AgentRow): Pick<AgentRecord, 'health' | 'healthMs'> {
  if (health === '' || health_at === null) return {};
  const parsed = storedHealth.safeParse(health);
  return parsed.success ? { health: parsed.data as Health, healthMs: Date.parse(health_at) } : {};
}

const storedHealth = z.string().transform((text, context) => {
  try {
    return healthSchema.parse(JSON.parse(text));
  } catch {
    context.addIssue('not the health of an agent');
    return z.NEVER;
  }
});

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : isoOf(ms);
}
