/** An agent as the API gives it. */
import type { Assignment, Health } from '../../protocol/frame.ts';
import type { AgentView } from '../registry/registry.ts';
import type { AgentDetailJson, AgentHealthJson, AgentJson } from './answers/fleet.ts';
import { iso, isoOrNull } from './instant.ts';

function healthJson(health: Health, atMs: number | undefined): AgentHealthJson {
  const { spool, light, browser, link } = health;
  return {
    at: isoOrNull(atMs),
    pending: health.pending,
    running: health.running,
    dropped: health.dropped,
    schedule_revision: health.scheduleRevision,
    event_loop_delay_ms: health.eventLoopDelayMs,
    cpu_ratio: health.cpuRatio,
    rss_bytes: health.rssBytes,
    clock_offset_ms: health.clockOffsetMs,
    last_error: health.lastError,
    lateness_ms: health.latenessMs ?? null,
    spool: spool
      ? {
          bytes: spool.bytes,
          bytes_max: spool.bytesMax,
          oldest_age_ms: spool.oldestAgeMs,
          age_max_ms: spool.ageMaxMs,
          in_flight: spool.inFlight,
          refusing: spool.refusing,
        }
      : null,
    lanes: light && browser ? { light, browser } : null,
    link: link ?? null,
  };
}

export function agentJson(agent: AgentView): AgentJson {
  const { labels, capabilities } = agent;
  return {
    id: agent.id,
    state: agent.state,
    region: labels.region,
    country: labels.country,
    city: labels.city,
    lat: labels.lat,
    lon: labels.lon,
    asn: labels.asn,
    isp: labels.isp,
    provider: labels.provider,
    network: labels.network,
    tags: labels.tags,
    probe_types: capabilities.probeTypes,
    browser: capabilities.browser,
    software: agent.software,
    boot: agent.boot,
    collector: agent.collector,
    first_seen_at: iso(agent.firstSeenMs),
    last_seen_at: iso(agent.lastSeenMs),
    connected_since: isoOrNull(agent.connectedSinceMs),
    stopped_at: isoOrNull(agent.stoppedAtMs),
    rival_at: isoOrNull(agent.rivalMs),
    assignments: agent.assignments,
    schedule: { revision: agent.revision, told_at: agent.toldMs > 0 ? iso(agent.toldMs) : null },
    health: agent.health === undefined ? null : healthJson(agent.health, agent.healthMs),
  };
}

export function assignmentJson(assignment: Assignment): AgentDetailJson['checks'][number] {
  return {
    probe: assignment.probe,
    type: assignment.type,
    target: assignment.target.name,
    url: assignment.target.url,
    every_ms: assignment.everyMs,
    timeout_ms: assignment.timeoutMs,
    effective_from: iso(assignment.effectiveFromMs),
  };
}
