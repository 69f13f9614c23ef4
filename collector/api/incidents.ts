/** `/incidents`: what detection found; a single one with the failed runs that it is about, and who was told. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../../probes/probe.ts';
import type { Incident } from '../detect/incident.ts';
import { failingRuns } from '../evidence/failing-runs.ts';
import type { Store } from '../store/store.ts';
import { authorOf } from './author.ts';
import type { ApiDeps, Detection } from './deps.ts';
import { ApiError } from './errors.ts';
import { incidentJson } from './incident-json.ts';
import { ackJson, toldJson } from './notify-json.ts';
import { pageOf } from './page.ts';
import { limitParam, parseBody, parseQuery, sinceMs } from './params.ts';
import { ackSchema } from './silences.ts';

const querySchema = z.strictObject({
  status: z.enum(['open', 'resolved']).optional(),
  scope: z.string().optional(),
  since: z.string().optional(),
  limit: limitParam(100),
  after: z.string().optional(),
});

/** Newest first. `since` keeps those that were open at that instant or later. */
export function incidentRoutes(
  store: Store,
  detection: Detection,
  notifier: ApiDeps['notifier'],
  clock: Clock,
): Hono {
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
    const incident = incidentOr404(detection, context.req.param('id'));
    const [runs, told, acks] = await Promise.all([
      failingRuns(store, incident, clock.wallMs()),
      notifier.told(incident.id),
      notifier.silences.acks([incident.id]),
    ]);
    return context.json({ ...incidentJson(incident), runs, ...toldJson(told, acks.get(incident.id)) });
  });
  app.post('/:id/ack', async (context) => {
    const { id, status } = incidentOr404(detection, context.req.param('id'));
    const { author, comment } = await parseBody(context, ackSchema);
    if (status === 'resolved')
      throw new ApiError('conflict', `The incident ${id} is over.`, 'There is nothing to see to any more.');
    const ack = await notifier.silences.acknowledge(id, authorOf(context, author), comment);
    notifier.refresh();
    return context.json({ incident: id, acknowledged: ackJson(ack) });
  });
  return app;
}

function incidentOr404(detection: Detection, id: string): Incident {
  const incident = detection.get(id);
  if (incident) return incident;
  throw new ApiError('not_found', `There is no incident ${id}.`, 'List them: outrider incidents list.');
}
