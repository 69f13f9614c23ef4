/** `/peers/fleet`, `/peers/run-now`: what collectors on one store ask each other of the agents that are connected to them. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { RegistryPeers } from '../registry/registry.ts';
import { runOrderSchema } from '../registry/run-order.ts';
import { parseBody, parseQuery } from './params.ts';

const fleetSchema = z.strictObject({ since: z.coerce.number().int().min(0).default(0) });

export function peerFleetRoutes(registry: RegistryPeers): Hono {
  const app = new Hono();
  app.get('/fleet', (context) => {
    const { since } = parseQuery(context, fleetSchema);
    return context.json(registry.fleetSince(since));
  });
  app.post('/run-now', async (context) => {
    const order = await parseBody(context, runOrderSchema);
    return context.json(registry.orderRuns(order));
  });
  return app;
}
