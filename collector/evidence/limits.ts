/** Every limit of the evidence that a collector takes in, with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

export const EVIDENCE_INTAKE_LIMITS = {
  queueBytes: {
    value: 16 * 1024 * 1024,
    reason: 'Evidence comes when much is failing, and must not take the memory that results need.',
    past: 'The agent is asked to send it again later.',
  },
  agents: {
    value: 20_000,
    reason: 'As many as one collector registers; a name and a number each.',
    past: 'The one that sent nothing for the longest is forgotten: what it gave up may be counted twice.',
  },
  flushMs: {
    value: 1000,
    reason: 'An insert costs ClickHouse as much as 20,000 rows of it: one a second for all agents together.',
    past: 'What has come by then is inserted, and acknowledged.',
  },
  retryMs: {
    value: 30_000,
    reason: 'The queue is written every second: after half a minute it is empty, or the store is down.',
    past: 'The agent sends it again.',
  },
} as const satisfies Record<string, Limit>;
