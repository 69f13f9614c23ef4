/** `GET /incidents`, `/incidents/:id`: what detection found; a single one with the failed runs that it is about. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../../probes/probe.ts';
import { failingRuns } from '../evidence/failing-runs.ts';
import type { Store } from '../store/store.ts';
import type { Detection } from './deps.ts';
import { ApiError } from './errors.ts';
import { incidentJson } from './incident-json.ts';
import { pageOf } from './page.ts';
import { limitParam, parseQuery, sinceMs } from './params.ts';

const querySchema = z.strictObject({
  status: z.enum(['open', 'resolved']).optional(),
  scope: z.string().optional(),
  since: z.string().optional(),
  limit: limitParam(100),
  after: z.string().optional(),
});

/** Newest first. `since` keeps those that were open at that instant or later. */
export function incidentRoutes(store: Store, detection: Detection, clock: Clock): Hono {
  const app = new Hono();
  app.get('/', (context) => {
    const { status, scope, since, limit, after } = parseQuery(context, querySchema);
    const fromMs = since === undefined ? Number.NEGATIVE_INFINITY : sinceMs(since, clock.wallMs());
    const incidents = detection
      .incidents()
      .filter((incident) => (incident.resolvedMs ?? Number.POSITIVE_INFINITY) >= fromMs)
      .map(incidentJson)
      .filter((incident) => status === undefined || incident.status === status)
      .filter((incident) => scope === undefined || incident.scope === scope)
      .toSorted((a, b) => (a.started_at < b.started_at ? 1 : -1));
    return context.json(pageOf(incidents, limit, after));
  });
  app.get('/:id', async (context) => {
    const id = context.req.param('id');
    const incident = detection.get(id);
    if (!incident) {
      throw new ApiError('not_found', `There is no incident ${id}.`, 'List them: outrider incidents list.');
    }
    const runs = await failingRuns(store, incident, clock.wallMs());
    return context.json({ ...incidentJson(incident), runs });
  });
  return app;
}
