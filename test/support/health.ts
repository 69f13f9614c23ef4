/** What agents say of themselves, as tests need it: they are well, any field replaced. */
import type { Health, SpoolHealth } from '../../protocol/frame.ts';

/** Little in it, and room for more. */
export const SPOOL: SpoolHealth = {
  bytes: 500,
  bytesMax: 64e6,
  oldestAgeMs: 100,
  ageMaxMs: 86_400_000,
  inFlight: 0,
  lastSeq: 10,
  refusing: false,
};

export function healthOf(more: Partial<Health> = {}): Health {
  return {
    ...olderHealthOf(),
    spool: SPOOL,
    latenessMs: 2,
    light: { running: 0, waiting: 0 },
    browser: { running: 0, waiting: 0 },
    link: { sessions: 1, collector: 1, collectors: 1 },
    ...more,
  };
}

/** Without what agents have said only since later versions. */
export function olderHealthOf(more: Partial<Health> = {}): Health {
  return {
    type: 'health',
    sentMs: 0,
    pending: 0,
    running: 0,
    dropped: {},
    scheduleRevision: 1,
    eventLoopDelayMs: 1,
    cpuRatio: 0.01,
    rssBytes: 7e7,
    clockOffsetMs: 0.4,
    lastError: '',
    ...more,
  };
}
