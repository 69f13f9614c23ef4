/** Limits of ingest, each with its reason; those of the link itself are in `protocol/limits.ts`. */
import type { Limit } from '../../probes/limit.ts';

export const INGEST_LIMITS = {
  sessions: {
    value: 20_000,
    reason: 'An open session takes about 15 kB: 300 MB.',
    past: 'The upgrade is answered with 503.',
  },
  arriving: {
    value: 4000,
    reason:
      'Sessions before their welcome: as many as are welcomed within the ten seconds that an agent waits.',
    past: 'The upgrade is answered with 503 and a time to come back.',
  },
  arrivalsPerSecond: {
    value: 1000,
    reason: 'Agents that are sent away are asked to come back at this rate.',
    past: 'Those who are sent away wait longer.',
  },
  lookupWaitMs: {
    value: 20,
    reason: 'What comes together after a restart is asked for together.',
    past: 'The question is sent, for those who have come by then.',
  },
  lookupBytes: {
    value: 100 * 1024,
    reason:
      'Names in one question for progress, a thousand agents or so: ClickHouse takes parameters of up to 128 KiB, as they stand in a URL.',
    past: 'The rest is the next question.',
  },
  flushMs: {
    value: 200,
    reason: 'Five inserts a second: what ClickHouse merges in passing, and what a person does not notice.',
    past: 'The block is inserted.',
  },
  flushMaxMs: {
    value: 1000,
    reason:
      'An insert costs as much as 20,000 rows of it: a store that is slow gets fewer and larger ones, within an ack a second.',
    past: 'A block is inserted, however long the last one took.',
  },
  insertRatio: {
    value: 0.25,
    reason: 'Of the time, for inserts: the rest is for queries and merges.',
    past: 'A block waits longer, up to `flushMaxMs`.',
  },
  eagerRows: {
    value: 20_000,
    reason:
      'From here on an insert is worth its fixed cost; waiting longer would only keep agents from sending.',
    past: 'A block does not wait longer than `flushMs`.',
  },
  blockRows: {
    value: 100_000,
    reason: 'Beyond it larger blocks insert no faster; a retried block is sent again whole.',
    past: 'A block is inserted before its time.',
  },
  blockBytes: {
    value: 32 * 1024 * 1024,
    reason: 'A hundred thousand ordinary results: a block of longer ones is as large in memory, not larger.',
    past: 'A block is inserted before its time.',
  },
  openBlocks: {
    value: 256,
    reason: 'A block has one day: results that go back and forth over midnight need one at each turn.',
    past: 'The session whose results need one more is closed with 4503; it sends them again.',
  },
  queueRows: {
    value: 150_000,
    reason:
      'Shared out as credit, what all agents together may have in flight: half a second of the fastest store, 50 MB of ordinary results.',
    past: 'Agents get less credit and spool.',
  },
  queueBytes: {
    value: 80 * 1024 * 1024,
    reason: 'The last resort against results far longer than ordinary ones, which take 300 bytes each.',
    past: 'Sessions are not read until half of it is free.',
  },
  creditsPerSweep: {
    value: 1000,
    reason:
      'Sessions that are told of a new share between two of their own acks: one frame each, a few milliseconds.',
    past: 'The others are told at the next sweep.',
  },
  retryMinMs: {
    value: 200,
    reason: 'A store that failed once is mostly back at once.',
    past: 'The first pause is uniform in [0, this); each further one in twice as much.',
  },
  retryMaxMs: {
    value: 10_000,
    reason: 'A store that is back is noticed within this.',
    past: 'Pauses are uniform in [0, this), for as long as the store fails.',
  },
  sweepMs: {
    value: 1000,
    reason: 'One look at all sessions in place of timers for each.',
    past: 'Sessions are looked at again.',
  },
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
    reason:
      'How long the older of two sessions of one agent has to answer a ping, and any session to answer a close.',
    past: 'The newer takes its place; the connection is cut.',
  },
  drainMs: {
    value: 5000,
    reason: 'How long an agent that was asked to go has to end its session.',
    past: 'Its session is closed; what is not acknowledged comes again.',
  },
  drainPerSecond: {
    value: 2000,
    reason: 'Agents that are asked to go move to another collector at once: as many as that one welcomes.',
    past: 'The others are asked in the seconds after.',
  },
  drainRetryMs: {
    value: 1000,
    reason: 'When a restarted collector is likely back.',
    past: 'Agents come back, or are with the next collector of their list.',
  },
  lastFlushMs: {
    value: 10_000,
    reason: 'How long the last inserts may take when the collector stops.',
    past: 'What is left was not acknowledged: agents send it again, to whichever collector is there.',
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
} as const satisfies Record<string, Limit>;
