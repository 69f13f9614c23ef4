/** `GET /collectors`: who works on the store. `POST /drain` empties this one, `GET /drain` says how far that is. */
import { Hono } from 'hono';
import type { Clock } from '../../probes/probe.ts';
import type { Drain } from '../drain.ts';
import { MEMBER_LIMITS } from '../members/limits.ts';
import type { ListedMember, RunningMembership } from '../members/membership.ts';
import { collectorsAnswer, drainAnswer } from './answers/fleet.ts';
import { iso } from './instant.ts';
import { operation } from './operation.ts';
import { pageOf } from './page.ts';

/** `silent`: it has not been heard for a while, and will be taken out. `fenced`: it is being taken out. */
function stateOf(member: ListedMember, storeNowMs: number): string {
  if (member.fenced) return 'fenced';
  return storeNowMs - member.seenMs > MEMBER_LIMITS.deadMs.value ? 'silent' : member.state;
}

export function collectorRoutes(membership: RunningMembership, clock: Clock): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({ summary: 'The collectors that work on the store.', answer: collectorsAnswer }),
    async (context) => {
      const members = await membership.list();
      const storeNowMs = clock.wallMs() + membership.storeOffsetMs;
      const data = members.map((member) => ({
        id: member.incarnation,
        name: member.name,
        url: member.url,
        version: member.version,
        state: stateOf(member, storeNowMs),
        agents: member.agents,
        detects: member.detects,
        here: member.here,
        started_at: iso(member.startedMs),
        seen_at: iso(member.seenMs),
      }));
      return context.json(pageOf(data, MEMBER_LIMITS.members.value, undefined));
    },
  );
  return app;
}

export function drainRoutes(drain: Drain): Hono {
  const app = new Hono();
  const json = () => {
    const { queuedRows, ...status } = drain.status();
    return { ...status, queued_rows: queuedRows };
  };
  app.get('/', operation({ summary: 'How far this collector is emptied.', answer: drainAnswer }), (context) =>
    context.json(json()),
  );
  app.post(
    '/',
    operation({
      summary: 'Empties this collector: its agents move, what was received is committed.',
      answer: drainAnswer,
      status: 202,
    }),
    (context) => {
      void drain.start();
      return context.json(json(), 202);
    },
  );
  return app;
}
