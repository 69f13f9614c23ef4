/** Lets every agent go: asks each to finish what is in flight and to come again later, or to go elsewhere, not all at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { INGEST_LIMITS } from './limits.ts';
import type { Session } from './session.ts';

/** How often it is looked whether they are gone, and further ones are asked. */
const STEP_MS = 50;

/**
 * Resolves when there is no session any more. `sessions` loses those that end; one that does not go in its time is ended.
 */
export async function drainSessions(sessions: ReadonlySet<Session>, random: () => number): Promise<void> {
  const { drainMs, drainPerSecond, drainRetryMs, arrivalsPerSecond, aliveMs } = INGEST_LIMITS;
  const startedMs = performance.now();
  const spreadMs = (1000 * sessions.size) / arrivalsPerSecond.value;
  const askedMs = new Map<Session, number>();
  while (sessions.size > 0) {
    const nowMs = performance.now();
    let room = Math.ceil(((nowMs - startedMs + STEP_MS) * drainPerSecond.value) / 1000) - askedMs.size;
    for (const session of sessions) {
      const asked = askedMs.get(session);
      if (asked === undefined && room > 0) {
        room -= 1;
        askedMs.set(session, nowMs);
        session.send({ type: 'drain', retryAfterMs: Math.round(drainRetryMs.value + random() * spreadMs) });
      } else if (asked !== undefined && nowMs - asked > drainMs.value + 2 * aliveMs.value) session.cut();
      else if (asked !== undefined && nowMs - asked > drainMs.value)
        session.end('unavailable', 'the collector takes no agents now');
    }
    if (sessions.size > 0) await sleep(STEP_MS);
  }
}
