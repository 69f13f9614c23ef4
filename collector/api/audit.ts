/** `/audit`: who changed what. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Audit } from '../access/audit.ts';
import { auditAnswer } from './answers/access.ts';
import { operation } from './operation.ts';
import { limitParam, parseQuery, sinceMs } from './params.ts';

const listSchema = z.strictObject({
  since: z.string().max(64).default('24h'),
  /** Name or id of a token. */
  actor: z.string().max(64).optional(),
  limit: limitParam(200),
});

export function auditRoutes(audit: Audit, nowMs: () => number): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({ summary: 'Who changed what, newest first.', query: listSchema, answer: auditAnswer }),
    async (context) => {
      const { actor, limit, since } = parseQuery(context, listSchema);
      const rows = await audit.list({ sinceMs: sinceMs(since, nowMs()), untilMs: nowMs(), actor, limit });
      return context.json({ data: rows, pagination: { limit, next: null } });
    },
  );
  return app;
}
