/** `/changes`: what was changed, and a way to tell of it. */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../../probes/probe.ts';
import { readChanges, writeChanges } from '../changes/change-table.ts';
import { CHANGE_LIMITS } from '../changes/limits.ts';
import { CHANGE_LABELS, type Change } from '../detect/change.ts';
import type { Store } from '../store/store.ts';
import { type ChangeJson, changeAnswer, changesAnswer } from './answers/incidents.ts';
import { operation } from './operation.ts';
import { pageOf } from './page.ts';
import { limitParam, parseBody, parseQuery, sinceMs } from './params.ts';

const listSchema = z.strictObject({
  since: z.string().default('7d'),
  limit: limitParam(100),
  after: z.string().optional(),
});

const word = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be a word of lower-case letters, digits, - and _');
const label = z.string().trim().min(1).max(200);

const addSchema = z.strictObject({
  kind: word,
  name: label,
  text: z.string().trim().max(CHANGE_LIMITS.textChars.value).default(''),
  /** A duration ago, or an ISO instant; now when absent. */
  at: z.string().max(64).optional(),
  where: z
    .partialRecord(z.enum(CHANGE_LABELS as [string, ...string[]]), label)
    .refine((where) => Object.keys(where).length <= CHANGE_LIMITS.labels.value, 'has too many labels')
    .transform((where) =>
      Object.fromEntries(Object.entries(where).map(([name, value]) => [name, value ?? ''])),
    )
    .default({}),
  relearn: z.boolean().default(false),
});

export const changeJson = ({ atMs, kind, name, text, where, relearn }: Change): ChangeJson => ({
  at: new Date(atMs).toISOString(),
  kind,
  name,
  text,
  where,
  relearn,
});

export function changeRoutes(store: Pick<Store, 'query' | 'insertRows'>, clock: Clock): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({ summary: 'What was changed, newest first.', query: listSchema, answer: changesAnswer }),
    async (context) => {
      const { since, limit, after } = parseQuery(context, listSchema);
      const changes = await readChanges(store, sinceMs(since, clock.wallMs()));
      return context.json(pageOf(changes.map(changeJson), limit, after));
    },
  );
  app.post(
    '/',
    operation({
      summary: 'Tells of a change: what begins there soon after names it as a suspect.',
      body: addSchema,
      answer: changeAnswer,
      status: 201,
    }),
    async (context) => {
      const { at, ...told } = await parseBody(context, addSchema);
      const nowMs = clock.wallMs();
      const change = { ...told, atMs: Math.floor(at === undefined ? nowMs : sinceMs(at, nowMs)) };
      await writeChanges(store, [change]);
      return context.json(changeJson(change), 201);
    },
  );
  return app;
}
