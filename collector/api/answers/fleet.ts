/** Agents, their ledgers, and the collectors. */
import { z } from 'zod';
import {
  type Answer,
  COMPONENTS,
  count,
  counts,
  instant,
  instantOrNull,
  number,
  numberOrNull,
  page,
  type Row,
  text,
  texts,
} from './shared.ts';

const lane = z.object({ running: count, waiting: count });

const health = z
  .object({
    at: instantOrNull,
    pending: count,
    running: count,
    dropped: counts,
    schedule_revision: count,
    event_loop_delay_ms: number,
    cpu_ratio: number,
    rss_bytes: number,
    clock_offset_ms: number,
    last_error: text,
    lateness_ms: numberOrNull,
    spool: z
      .object({
        bytes: number,
        bytes_max: number,
        oldest_age_ms: number,
        age_max_ms: number,
        in_flight: count,
        refusing: z.boolean(),
      })
      .nullable(),
    lanes: z.object({ light: lane, browser: lane }).nullable(),
    link: z.object({ sessions: count, collector: count, collectors: count }).nullable(),
  })
  .register(COMPONENTS, { id: 'AgentHealth' });

export type AgentHealthJson = Answer<typeof health>;

const agent = z
  .object({
    id: text,
    state: z.enum(['connected', 'silent', 'stopped']),
    region: text,
    country: text,
    city: text,
    lat: number,
    lon: number,
    asn: number,
    isp: text,
    provider: text,
    network: z.string(),
    tags: texts,
    probe_types: texts,
    browser: text,
    software: text,
    boot: text,
    collector: text,
    first_seen_at: instant,
    last_seen_at: instant,
    connected_since: instantOrNull,
    stopped_at: instantOrNull,
    rival_at: instantOrNull.describe('When another process last tried to use its id.'),
    assignments: count,
    schedule: z.object({ revision: count, told_at: instantOrNull }),
    health: health.nullable(),
  })
  .register(COMPONENTS, { id: 'Agent' });

export type AgentJson = Answer<typeof agent>;

export const agentsAnswer = page(agent);
export const agentAnswer = agent.extend({
  checks: z.array(
    z.object({
      probe: text,
      type: text,
      target: text,
      url: text,
      every_ms: number,
      timeout_ms: number,
      effective_from: instant,
    }),
  ),
});

export type AgentDetailJson = Answer<typeof agentAnswer>;

/** expected = stored + pending + missed + dropped + unaccounted. */
const slots = z.object({
  expected: count,
  stored: count,
  pending: count,
  pending_by_place: counts,
  missed: number,
  missed_by_reason: counts,
  missed_inferred: count,
  dropped: count,
  dropped_by_reason: counts,
  unaccounted: number,
  duplicates: count,
  extra: count,
});

export const totals = slots.extend({ since: instant }).register(COMPONENTS, { id: 'LedgerTotals' });

export type TotalsJson = Answer<typeof totals>;

export const ledgerAnswer = page(slots.extend({ agent: text, region: text, state: text })).extend({
  total: totals,
});

export type LedgerRowJson = Row<typeof ledgerAnswer>;

export const whyAnswer = agent.extend({
  healthy: z.boolean(),
  findings: z.array(z.object({ rule: text, level: z.enum(['problem', 'note']), what: text, hint: text })),
  equation: text,
  ledger: totals.extend({
    rows: z.array(z.object({ kind: text, reason: text, slots: number, meaning: text })),
  }),
  last_hour: z.object({
    missed: counts,
    dropped: counts,
    lateness_p99_ms: numberOrNull,
    slow_checks: z.array(z.object({ probe: text, target: text, every_ms: number, takes_ms: number })),
    errors: z.array(z.object({ code: text, layer: text, count, last_at: instant, message: text })),
  }),
});

export type AgentWhyJson = Answer<typeof whyAnswer>;

export const collectorsAnswer = page(
  z
    .object({
      id: text,
      name: text,
      url: text,
      version: text,
      state: z.enum(['active', 'draining', 'drained', 'silent', 'fenced']),
      agents: count,
      detects: z.boolean(),
      here: z.boolean(),
      started_at: instant,
      seen_at: instant,
    })
    .register(COMPONENTS, { id: 'Collector' }),
);

export type CollectorJson = Row<typeof collectorsAnswer>;

export const drainAnswer = z.object({
  state: z.enum(['active', 'draining', 'drained']),
  agents: count,
  queued_rows: number,
  released: count,
  stored: count,
});

export type DrainJson = Answer<typeof drainAnswer>;

export const releaseAnswer = z.object({ states: texts });
