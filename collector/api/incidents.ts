/** `/incidents`: what detection found; a single one with all that bears it out, who was told and who sees to it. */
import { Hono } from 'hono';
import { z } from 'zod';
import { writeChanges } from '../changes/change-table.ts';
import type { Incident, IncidentScope } from '../detect/incident.ts';
import { IncidentCopies } from '../evidence/incident-copy.ts';
import { incidentSeries } from '../evidence/incident-series.ts';
import { readResolutions, writeResolution } from '../incidents/resolution-table.ts';
import { cutText } from '../notify/notice-text.ts';
import {
  ackAnswer,
  incidentAnswer,
  incidentsAnswer,
  resolveAnswer,
  seriesAnswer,
} from './answers/incidents.ts';
import { attentionOf } from './attention.ts';
import { authorOf } from './author.ts';
import type { ApiDeps, Detection } from './deps.ts';
import { ApiError } from './errors.ts';
import { incidentJson } from './incident-json.ts';
import { timelineOf } from './incident-timeline.ts';
import { iso } from './instant.ts';
import { ackJson, toldJson } from './notify-json.ts';
import { operation } from './operation.ts';
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

/** `as_normal`: what is there now is normal from here on. */
const resolveSchema = ackSchema.extend({ as_normal: z.boolean().default(false) });

/** The collector that detects ends the incident first; what comes before that would not be learned. */
const NORMAL_AFTER_MS = 5000;

type Deps = Pick<ApiDeps, 'store' | 'detection' | 'notifier' | 'registry' | 'clock'>;

/** Newest first. `since` keeps those that were open at that instant or later. */
export function incidentRoutes(deps: Deps): Hono {
  const { clock, detection, notifier, store } = deps;
  const app = new Hono();
  app.get(
    '/',
    operation({ summary: 'Incidents, newest first.', query: querySchema, answer: incidentsAnswer }),
    async (context) => {
      const { status, scope, since, limit, after } = parseQuery(context, querySchema);
      const fromMs = since === undefined ? Number.NEGATIVE_INFINITY : sinceMs(since, clock.wallMs());
      const wanted = detection
        .incidents()
        .filter((incident) => (incident.resolvedMs ?? Number.POSITIVE_INFINITY) >= fromMs)
        .map((incident) => ({ incident, json: incidentJson(incident) }))
        .filter(({ json }) => status === undefined || json.status === status)
        .filter(({ json }) => scope === undefined || json.scope === scope)
        .toSorted((a, b) => (a.json.started_at < b.json.started_at ? 1 : -1));
      const { data, pagination } = pageOf(wanted, limit, after);
      const attention = await attentionOf(
        data.map(({ incident }) => incident),
        deps,
      );
      return context.json({
        data: data.map(({ json }) => ({ ...json, ...attention.get(json.id) })),
        pagination,
      });
    },
  );
  app.get(
    '/:id',
    operation({
      summary: 'One incident with all that bears it out, who was told and who sees to it.',
      answer: incidentAnswer,
    }),
    async (context) => {
      const incident = incidentOr404(detection, context.req.param('id'));
      const { id } = incident;
      const [facts, told, acks, resolutions, attention] = await Promise.all([
        new IncidentCopies(store).facts(incident, clock.wallMs()),
        notifier.told(id),
        notifier.silences.acks([id]),
        readResolutions(store, [id]),
        attentionOf([incident], deps),
      ]);
      const how = attention.get(id);
      const [resolution] = resolutions;
      return context.json({
        ...incidentJson(incident),
        ...how,
        ...facts,
        ...toldJson(told, how?.silenced ?? null),
        timeline: timelineOf(incident, { ack: acks.get(id), resolution, deliveries: told.deliveries }),
      });
    },
  );
  app.get(
    '/:id/series',
    operation({
      summary: 'How the metric of an incident went, in its place and elsewhere.',
      answer: seriesAnswer,
    }),
    async (context) => {
      const incident = incidentOr404(detection, context.req.param('id'));
      const { metric, sinceMs, stepMs, steps, unit, untilMs } = await incidentSeries(
        store,
        incident,
        clock.wallMs(),
      );
      return context.json({
        ...{ metric, unit, since: iso(sinceMs), until: iso(untilMs), step_seconds: stepMs / 1000 },
        data: steps.map(({ atMs, elsewhere, inside }) => ({ at: iso(atMs), inside, elsewhere })),
        pagination: { limit: steps.length, next: null },
      });
    },
  );
  app.post(
    '/:id/ack',
    operation({ summary: 'Says who sees to an incident.', body: ackSchema, answer: ackAnswer }),
    async (context) => {
      const incident = incidentOr404(detection, context.req.param('id'));
      const { author: said, comment } = await parseBody(context, ackSchema);
      const author = authorOf(context, said);
      refuseEnded(incident, 'acknowledge', 'There is nothing to see to any more.');
      const ack = await notifier.silences.acknowledge(incident.id, author, comment);
      notifier.refresh();
      return context.json({ incident: incident.id, acknowledged: ackJson(ack) });
    },
  );
  app.post(
    '/:id/resolve',
    operation({
      summary: 'Says that an incident is over; the collector that detects ends it.',
      body: resolveSchema,
      answer: resolveAnswer,
      status: 202,
    }),
    async (context) => {
      const incident = incidentOr404(detection, context.req.param('id'));
      const { as_normal, author: said, comment } = await parseBody(context, resolveSchema);
      const author = authorOf(context, said);
      refuseEnded(incident, 'resolve', 'Nothing is left to resolve.');
      const atMs = notifier.nowMs();
      await writeResolution(store, { incident: incident.id, by: author, comment, atMs });
      if (as_normal) {
        const text = `as it is now is normal, by ${author}${comment ? `: ${comment}` : ''}`;
        const change = { kind: 'resolved', name: incident.id, text: cutText(text, 500), relearn: true };
        await writeChanges(store, [
          { ...change, atMs: atMs + NORMAL_AFTER_MS, where: labelsOf(incident.scope) },
        ]);
      }
      return context.json({ incident: incident.id, said: { by: author, comment, at: iso(atMs) } }, 202);
    },
  );
  return app;
}

/** What a change is named by that concerns a scope. */
function labelsOf({ kind: _, ...labels }: IncidentScope): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).filter((one): one is [string, string] => typeof one[1] === 'string'),
  );
}

/** 409 for what is over, or a part of another incident. */
function refuseEnded({ id, mergedInto, resolvedMs }: Incident, verb: string, hint: string): void {
  if (mergedInto !== null)
    throw new ApiError(
      'conflict',
      `The incident ${id} is a part of ${mergedInto} now.`,
      `outrider incidents ${verb === 'acknowledge' ? 'ack' : verb} ${mergedInto}`,
    );
  if (resolvedMs !== null)
    throw new ApiError('conflict', `The incident ${id} is over since ${iso(resolvedMs)}.`, hint);
}

function incidentOr404(detection: Detection, id: string): Incident {
  const incident = detection.get(id);
  if (incident) return incident;
  throw new ApiError('not_found', `There is no incident ${id}.`, 'List them: outrider incidents list.');
}
