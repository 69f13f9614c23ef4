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

export const INCIDENT_COPY_LIMITS = {
  metrics: {
    value: 24,
    reason: 'Rows of a table before and after: as many as people read.',
    past: 'Those that changed least are left out.',
  },
  runs: {
    value: 24,
    reason: 'Failed and slow runs kept whole with an incident, each up to 300 kB with a picture of its page.',
    past: 'Those of an earlier copy that are no longer the newest or slowest are not listed; they can still be opened.',
  },
  seriesSteps: {
    value: 150,
    reason: 'Points of a plot that is as wide as a screen.',
    past: 'Steps become longer, up to four hours; of what goes on for longer the beginning is left out.',
  },
  copiesPerLook: {
    value: 20,
    reason: 'A copy takes some ten queries; a storm of incidents must not keep the store from results.',
    past: 'The others are copied at the next looks.',
  },
  lookMs: {
    value: 15_000,
    reason:
      'Evidence is kept for days: seconds do not matter, a crash shortly after the end should not lose it.',
    past: 'A look that takes longer delays the next one; they never overlap.',
  },
} as const satisfies Record<string, Limit>;
