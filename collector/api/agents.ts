/** `GET /agents`, `/agents/:id`: the fleet as the registry sees it. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Assignment } from '../../protocol/frame.ts';
import type { AgentView, Registry } from '../registry/registry.ts';
import { ApiError } from './errors.ts';
import { iso, isoOrNull } from './instant.ts';
import { pageOf } from './page.ts';
import { limitParam, parseQuery } from './params.ts';

function healthJson(agent: AgentView) {
  const health = agent.health;
  if (health === undefined) return null;
  return {
    pending: health.pending,
    running: health.running,
    dropped: health.dropped,
    schedule_revision: health.scheduleRevision,
    event_loop_delay_ms: health.eventLoopDelayMs,
    cpu_ratio: health.cpuRatio,
    rss_bytes: health.rssBytes,
    clock_offset_ms: health.clockOffsetMs,
    last_error: health.lastError,
  };
}

function agentJson(agent: AgentView) {
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
    first_seen_at: iso(agent.firstSeenMs),
    last_seen_at: iso(agent.lastSeenMs),
    connected_since: isoOrNull(agent.connectedSinceMs),
    stopped_at: isoOrNull(agent.stoppedAtMs),
    assignments: agent.assignments,
    health: healthJson(agent),
  };
}

function assignmentJson(assignment: Assignment) {
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

const listSchema = z.strictObject({
  limit: limitParam(1000),
  after: z.string().optional(),
  region: z.string().optional(),
  state: z.enum(['connected', 'silent', 'stopped']).optional(),
});

export function agentRoutes(registry: Registry): Hono {
  const app = new Hono();
  app.get('/', (context) => {
    const { limit, after, region, state } = parseQuery(context, listSchema);
    const agents = registry
      .agents()
      .filter((agent) => region === undefined || agent.labels.region === region)
      .filter((agent) => state === undefined || agent.state === state)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return context.json(pageOf(agents.map(agentJson), limit, after));
  });
  app.get('/:id', async (context) => {
    const id = context.req.param('id');
    const agent = registry.agent(id);
    if (!agent) {
      throw new ApiError('not_found', `There is no agent named ${id}.`, 'List them: outrider agents list.');
    }
    return context.json({ ...agentJson(agent), checks: (await registry.assignments(id)).map(assignmentJson) });
  });
  return app;
}
