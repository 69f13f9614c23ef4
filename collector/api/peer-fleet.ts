/** `/peers/fleet`, `/peers/run-now`: what collectors on one store ask each other of the agents that are connected to them. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { RegistryPeers } from '../registry/registry.ts';
import { fleetAnswerSchema } from '../registry/remote-agent.ts';
import { runOrderSchema, runReceiptSchema } from '../registry/run-order.ts';
import { operation } from './operation.ts';
import { parseBody, parseQuery } from './params.ts';

const fleetSchema = z.strictObject({ since: z.coerce.number().int().min(0).default(0) });

export function peerFleetRoutes(registry: RegistryPeers): Hono {
  const app = new Hono();
  app.get(
    '/fleet',
    operation({
      summary: 'Between collectors: the agents that are connected to this one.',
      query: fleetSchema,
      answer: fleetAnswerSchema,
    }),
    (context) => {
      const { since } = parseQuery(context, fleetSchema);
      return context.json(registry.fleetSince(since));
    },
  );
  app.post(
    '/run-now',
    operation({
      summary: 'Between collectors: has agents of this one run something.',
      body: runOrderSchema,
      answer: runReceiptSchema,
    }),
    async (context) => {
      const order = await parseBody(context, runOrderSchema);
      return context.json(registry.orderRuns(order));
    },
  );
  return app;
}
