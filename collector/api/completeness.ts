/** `GET /completeness`: what was expected and what became of it, step by step: expected = stored + missed + unheard. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../../probes/probe.ts';
import { windowOf } from '../latency/window.ts';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';
import { completenessAnswer } from './answers/checks.ts';
import { type CompletenessStep, readCompleteness } from './completeness-queries.ts';
import { ApiError } from './errors.ts';
import { iso } from './instant.ts';
import { API_LIMITS } from './limits.ts';
import { noSuchAgent } from './no-such-agent.ts';
import { operation } from './operation.ts';
import { parseQuery, sinceMs } from './params.ts';

const querySchema = z.strictObject({
  since: z.string().default('1h'),
  until: z.string().optional(),
  probe: z.string().optional(),
  target: z.string().optional(),
  region: z.string().optional(),
  agent: z.string().optional(),
});

/** The running step is left out: what is under way would look like a gap. */
export function completenessRoutes(store: Store, registry: Registry, clock: Clock): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({
      summary: 'What was expected and what became of it, step by step.',
      query: querySchema,
      answer: completenessAnswer,
    }),
    async (context) => {
      const { since, until, ...filters } = parseQuery(context, querySchema);
      const { agent, region } = filters;
      if (agent !== undefined && !registry.agent(agent)) throw noSuchAgent(registry, agent);
      const nowMs = clock.wallMs();
      const toMs = until === undefined ? nowMs : sinceMs(until, nowMs, 'until');
      const askedMs = sinceMs(since, nowMs);
      if (toMs <= askedMs)
        throw new ApiError(
          'bad_request',
          `until=${until} is not after since=${since}.`,
          'Give an earlier since, or leave until out.',
        );
      const rawMs = API_LIMITS.rawWindowMs.value;
      const fromMs = agent === undefined ? askedMs : Math.max(askedMs, toMs - rawMs);
      const times = wholeSteps(fromMs, toMs, nowMs);
      const agents =
        agent !== undefined
          ? [agent]
          : region === undefined
            ? undefined
            : registry.agents().flatMap(({ id, labels }) => (labels.region === region ? [id] : []));
      const steps = await readCompleteness(store, {
        ...{ ...times, ...filters, agents, nowMs },
        reasons: times.untilMs - times.sinceMs <= rawMs + times.stepMs,
      });
      return context.json({
        data: steps.map(stepJson),
        pagination: { limit: steps.length, next: null },
        since: iso(times.sinceMs),
        until: iso(times.untilMs),
        step_seconds: times.stepMs / 1000,
      });
    },
  );
  return app;
}

/** The time in whole steps, without the one that runs; one step at least. */
function wholeSteps(sinceMs: number, untilMs: number, nowMs: number) {
  const { stepMs } = windowOf({
    ...{ sinceMs, untilMs, nowMs, firstHourMs: undefined },
    stepsMax: API_LIMITS.latencySteps.value,
  });
  const endMs = Math.floor(untilMs / stepMs) * stepMs;
  const beginMs = Math.min(Math.floor(sinceMs / stepMs) * stepMs, endMs - stepMs);
  return { sinceMs: beginMs, untilMs: endMs, stepMs };
}

function stepJson({ agentFail, atMs, expected, missed, reasons, ...ran }: CompletenessStep) {
  const stored = ran.ok + ran.fail + agentFail + ran.disturbed;
  return {
    at: iso(atMs),
    expected,
    stored,
    missed,
    missed_by_reason: reasons ?? null,
    unheard: Math.max(0, expected - stored - missed),
    ok: ran.ok,
    fail: ran.fail,
    agent_fail: agentFail,
    disturbed: ran.disturbed,
  };
}
