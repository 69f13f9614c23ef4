import { expect, it } from 'vitest';
import { drainSessions } from '../../../collector/ingest/drain-sessions.ts';
import { INGEST_LIMITS } from '../../../collector/ingest/limits.ts';
import type { Session } from '../../../collector/ingest/session.ts';
import type { CollectorFrame } from '../../../protocol/frame.ts';

/** As much of a session as draining looks at: an agent that goes as soon as it is asked. */
function obedient(sessions: Set<Session>, asked: CollectorFrame[]): Session {
  const session = {
    send(frame: CollectorFrame) {
      asked.push(frame);
      setTimeout(() => sessions.delete(session as unknown as Session), 1);
    },
  };
  sessions.add(session as unknown as Session);
  return session as unknown as Session;
}

it('a large fleet is asked to go bit by bit, and to come again spread out', async () => {
  const sessions = new Set<Session>();
  const asked: CollectorFrame[] = [];
  const fleet = 1000;
  for (let nth = 0; nth < fleet; nth += 1) obedient(sessions, asked);
  let nth = 0;
  const drained = drainSessions(sessions, () => (nth++ % fleet) / fleet);
  // Not many more than go in the first twentieth of a second.
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.length).toBeLessThan(INGEST_LIMITS.drainPerSecond.value / 10);
  await drained;
  expect(sessions.size).toBe(0);
  expect(asked).toHaveLength(fleet);
  const after = asked.map((frame) => (frame.type === 'drain' ? frame.retryAfterMs : Number.NaN));
  const { drainRetryMs, arrivalsPerSecond } = INGEST_LIMITS;
  expect(Math.min(...after)).toBe(drainRetryMs.value);
  expect(Math.max(...after)).toBe(
    Math.round(drainRetryMs.value + (1000 * fleet * (fleet - 1)) / fleet / arrivalsPerSecond.value),
  );
});

it('is done at once when nobody is there', async () => {
  await drainSessions(new Set(), () => 0);
});
