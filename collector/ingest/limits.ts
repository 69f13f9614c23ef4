/** Limits of ingest, each with its reason; those of the link itself are in `protocol/limits.ts`. */
export const INGEST_LIMITS = {
  sessions: {
    value: 5000,
    reason: 'Sockets and dictionaries of agents: about 100 kB each.',
    past: 'The upgrade is answered with 503.',
  },
  flushMs: {
    value: 200,
    reason: 'Five inserts a second: what ClickHouse merges in passing, and what a person does not notice.',
    past: '-',
  },
  blockRows: {
    value: 20_000,
    reason: 'Beyond it larger blocks insert no faster; a retried block is sent again whole.',
    past: 'A block is inserted before its time.',
  },
  blockBytes: {
    value: 8 * 1024 * 1024,
    reason: 'Below the size at which ClickHouse splits an insert: a block must stay one.',
    past: 'A block is inserted before its time.',
  },
  queueRows: {
    value: 200_000,
    reason: 'Shared out as credit: what all agents together may have in flight.',
    past: 'Agents get less credit and spool.',
  },
  queueBytes: {
    value: 256 * 1024 * 1024,
    reason: 'The memory that a slow store may cost.',
    past: 'Sessions are not read until half of it is free.',
  },
  creditMin: {
    value: 50,
    reason: 'One ordinary batch: with less an agent could not catch up.',
    past: '-',
  },
  retryMinMs: { value: 200, reason: 'A store that failed once is mostly back at once.', past: '-' },
  retryMaxMs: { value: 10_000, reason: 'A store that is back is noticed within this.', past: '-' },
  silentMs: {
    value: 20_000,
    reason: 'Four health intervals: a peer that says nothing is gone, though its socket may look open.',
    past: 'The session is cut.',
  },
  unreadBytes: {
    value: 4 * 1024 * 1024,
    reason: 'A few of the largest schedules: more waits only for a peer that does not read.',
    past: 'The session is cut.',
  },
  clockAheadMs: {
    value: 60_000,
    reason: 'How far the clock of an agent may be ahead when it says when it stopped.',
    past: 'It counts as stopped at that limit.',
  },
  aliveMs: {
    value: 1000,
    reason: 'How long the older of two sessions of one agent has to answer a ping.',
    past: 'The newer takes its place.',
  },
  drainMs: {
    value: 5000,
    reason: 'How long agents have to end their sessions when the collector stops.',
    past: 'Their sessions are closed; what is not acknowledged comes again.',
  },
  drainRetryMs: { value: 1000, reason: 'When a restarted collector is likely back.', past: '-' },
  lastFlushMs: {
    value: 10_000,
    reason: 'How long the last insert may take when the collector stops.',
    past: 'It stays in the journal and is inserted at the next start.',
  },
  pastMs: {
    value: 30 * 86_400_000,
    reason: 'Raw results are kept for 30 days.',
    past: 'Older ones are acknowledged, counted and thrown away.',
  },
  futureMs: {
    value: 3_600_000,
    reason: 'A clock more than an hour ahead says nothing about when.',
    past: 'Later ones are acknowledged, counted and thrown away.',
  },
} as const;
