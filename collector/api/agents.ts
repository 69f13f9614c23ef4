/** `GET /agents`, `/agents/:id`, `/agents/:id/why`: the fleet as the registry sees it. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../../probes/probe.ts';
import type { Registry } from '../registry/registry.ts';
import { agentJson, assignmentJson } from './agent-json.ts';
import { whyJson } from './agent-why.ts';
import { agentAnswer, agentsAnswer, whyAnswer } from './answers/fleet.ts';
import { noSuchAgent } from './no-such-agent.ts';
import { operation } from './operation.ts';
import { pageOf } from './page.ts';
import { limitParam, parseQuery, sinceMs } from './params.ts';

const listSchema = z.strictObject({
  limit: limitParam(1000),
  after: z.string().optional(),
  region: z.string().optional(),
  state: z.enum(['connected', 'silent', 'stopped']).optional(),
});
const whySchema = z.strictObject({ since: z.string().optional() });

export function agentRoutes(registry: Registry, clock: Clock): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({
      summary: 'The agents: where they are, whether they are heard, what they hold.',
      query: listSchema,
      answer: agentsAnswer,
    }),
    (context) => {
      const { limit, after, region, state } = parseQuery(context, listSchema);
      const agents = registry
        .agents()
        .filter((agent) => region === undefined || agent.labels.region === region)
        .filter((agent) => state === undefined || agent.state === state)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const { data, pagination } = pageOf(agents, limit, after);
      return context.json({ data: data.map(agentJson), pagination });
    },
  );
  app.get(
    '/:id',
    operation({ summary: 'One agent, with the checks that it was told to run.', answer: agentAnswer }),
    async (context) => {
      const id = context.req.param('id');
      const agent = registry.agent(id);
      if (!agent) throw noSuchAgent(registry, id);
      return context.json({
        ...agentJson(agent),
        checks: (await registry.assignments(id)).map(assignmentJson),
      });
    },
  );
  app.get(
    '/:id/why',
    operation({
      summary: 'The equation of an agent, row by row, and what is wrong with it, in words.',
      query: whySchema,
      answer: whyAnswer,
    }),
    async (context) => {
      const id = context.req.param('id');
      const { since } = parseQuery(context, whySchema);
      const report = await registry.facts(
        id,
        since === undefined ? {} : { sinceMs: sinceMs(since, clock.wallMs()) },
      );
      if (!report) throw noSuchAgent(registry, id);
      return context.json(whyJson(report));
    },
  );
  return app;
}
