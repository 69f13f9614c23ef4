/** Health to its message and back. An agent that does not know the later fields sends none of them, and none are made up. */
import { atMost, cut, finite, text, whole } from './check.ts';
import type { Health, LaneHealth, LinkHealth, SpoolHealth } from './frame.ts';
import { LINK_LIMITS } from './limits.ts';
import type { WireEnvelope } from './wire.ts';

type WireHealth = NonNullable<WireEnvelope['health']>;

export function toWireHealth(health: Health): WireHealth {
  return { ...health, dropped: { ...health.dropped }, lastError: cut(health.lastError) };
}

/** Throws `ProtocolError('bad_frame')`. */
export function fromWireHealth(health: WireHealth): Health {
  const { spool, light, browser, link } = health;
  return {
    type: 'health',
    sentMs: finite(health.sentMs, 'sent_ms'),
    pending: whole(health.pending, 'pending'),
    running: whole(health.running, 'running'),
    dropped: counts(health.dropped, 'dropped'),
    scheduleRevision: whole(health.scheduleRevision, 'schedule_revision'),
    eventLoopDelayMs: finite(health.eventLoopDelayMs, 'event_loop_delay_ms'),
    cpuRatio: finite(health.cpuRatio, 'cpu_ratio'),
    rssBytes: finite(health.rssBytes, 'rss_bytes'),
    clockOffsetMs: finite(health.clockOffsetMs, 'clock_offset_ms'),
    lastError: text(health.lastError, 'last_error'),
    ...(spool && { spool: spoolOf(spool), latenessMs: finite(health.latenessMs, 'lateness_ms') }),
    ...(light && { light: laneOf(light) }),
    ...(browser && { browser: laneOf(browser) }),
    ...(link && { link: linkOf(link) }),
  };
}

/** Names and how many of each. */
export function counts(
  map: { [key: string]: number } | null | undefined,
  field: string,
): Record<string, number> {
  const entries = atMost(Object.entries(map ?? {}), LINK_LIMITS.helloEntries.value, field);
  return Object.fromEntries(entries.map(([key, value]) => [text(key, field), whole(value, field)]));
}

function spoolOf(spool: NonNullable<WireHealth['spool']>): SpoolHealth {
  return {
    bytes: finite(spool.bytes, 'spool.bytes'),
    bytesMax: finite(spool.bytesMax, 'spool.bytes_max'),
    oldestAgeMs: finite(spool.oldestAgeMs, 'spool.oldest_age_ms'),
    ageMaxMs: finite(spool.ageMaxMs, 'spool.age_max_ms'),
    inFlight: whole(spool.inFlight, 'spool.in_flight'),
    lastSeq: whole(spool.lastSeq, 'spool.last_seq'),
    refusing: spool.refusing === true,
  };
}

function laneOf(lane: NonNullable<WireHealth['light']>): LaneHealth {
  return { running: whole(lane.running, 'running'), waiting: whole(lane.waiting, 'waiting') };
}

function linkOf(link: NonNullable<WireHealth['link']>): LinkHealth {
  return {
    sessions: whole(link.sessions, 'link.sessions'),
    collector: whole(link.collector, 'link.collector'),
    collectors: whole(link.collectors, 'link.collectors'),
  };
}
