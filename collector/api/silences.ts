/** `/silences`: what people keep quiet; maintenance windows are shown beside them. */
import { Hono } from 'hono';
import { z } from 'zod';
import { parseDurationMs } from '../../probes/spec.ts';
import { NOTIFY_LIMITS } from '../notify/limits.ts';
import { isEverything, matchSchema } from '../notify/matchers.ts';
import { TooManySilences } from '../notify/silence-table.ts';
import { addedSilenceAnswer, silenceAnswer, silencesAnswer } from './answers/incidents.ts';
import { authorOf } from './author.ts';
import type { ApiDeps } from './deps.ts';
import { ApiError } from './errors.ts';
import { silenceJson, windowJson } from './notify-json.ts';
import { operation } from './operation.ts';
import { pageOf } from './page.ts';
import { limitParam, parseBody, parseQuery } from './params.ts';

const listSchema = z.strictObject({
  ended: z.enum(['true', 'false']).default('false'),
  limit: limitParam(500),
  after: z.string().optional(),
});

/** Who says it: where nobody is asked for a token it is what they say. */
const author = z.string().trim().min(1).max(100);
const comment = z.string().max(NOTIFY_LIMITS.commentChars.value);

const addSchema = z.strictObject({
  match: matchSchema,
  /** A duration from now, or an ISO instant. */
  until: z.string().max(64),
  starts_at: z.iso.datetime({ offset: true }).optional(),
  author,
  comment: comment.default(''),
});
const expireSchema = z.strictObject({ author });
/** The body of an acknowledgement. */
export const ackSchema = z.strictObject({ author, comment: comment.default('') });

export function silenceRoutes(notifier: ApiDeps['notifier']): Hono {
  const { silences } = notifier;
  const app = new Hono();
  app.get(
    '/',
    operation({ summary: 'Silences and maintenance windows.', query: listSchema, answer: silencesAnswer }),
    async (context) => {
      const { after, ended, limit } = parseQuery(context, listSchema);
      const nowMs = notifier.nowMs();
      const said = await silences.list({ ended: ended === 'true' });
      const all = [
        ...said.map((one) => silenceJson(one, nowMs)),
        ...notifier.windows.map((one) => windowJson(one, nowMs)),
      ].filter(({ state }) => ended === 'true' || state !== 'ended');
      return context.json(pageOf(all, limit, after));
    },
  );
  app.post(
    '/',
    operation({
      summary: 'Keeps what matches quiet for a while.',
      body: addSchema,
      answer: addedSilenceAnswer,
      status: 201,
    }),
    async (context) => {
      const { starts_at, until, ...given } = await parseBody(context, addSchema);
      const nowMs = notifier.nowMs();
      const startsMs = Math.max(nowMs, starts_at === undefined ? nowMs : Date.parse(starts_at));
      const endsMs = endOf(until, startsMs, nowMs);
      if (isEverything(given.match))
        throw new ApiError(
          'bad_request',
          'A silence without a condition would keep everything quiet.',
          'Say what: --match region=eu-west; for everything --match severity=*.',
        );
      try {
        const author = authorOf(context, given.author);
        const silence = await silences.add({ ...given, author, startsMs, endsMs });
        notifier.refresh();
        const hides = notifier.meant(given.match);
        return context.json({ ...silenceJson(silence, notifier.nowMs()), hides }, 201);
      } catch (error) {
        if (!(error instanceof TooManySilences)) throw error;
        const { value } = NOTIFY_LIMITS.silences;
        throw new ApiError(
          'too_many',
          `There are ${value} silences already.`,
          'End some: silences expire ID.',
        );
      }
    },
  );
  app.post(
    '/:id/expire',
    operation({ summary: 'Ends a silence before its time.', body: expireSchema, answer: silenceAnswer }),
    async (context) => {
      const id = context.req.param('id');
      const by = await parseBody(context, expireSchema);
      const silence = await silences.expire(id, authorOf(context, by.author));
      if (!silence)
        throw new ApiError('not_found', `There is no silence ${id}.`, 'List them: outrider silences list.');
      notifier.refresh();
      return context.json(silenceJson(silence, notifier.nowMs()));
    },
  );
  return app;
}

function endOf(until: string, startsMs: number, nowMs: number): number {
  const duration = parseDurationMs(until);
  const instant = z.iso.datetime({ offset: true }).safeParse(until);
  const endsMs =
    duration !== undefined ? startsMs + duration : instant.success ? Date.parse(until) : Number.NaN;
  const hint = 'Give a duration such as 2h, or a time such as 2026-11-22T08:00:00Z.';
  if (!Number.isFinite(endsMs)) throw new ApiError('bad_request', `until: ${until} is not a time.`, hint);
  if (endsMs <= Math.max(startsMs, nowMs))
    throw new ApiError('bad_request', `until: ${until} lies in the past, or before the start.`, hint);
  if (endsMs - nowMs > NOTIFY_LIMITS.silenceMs.value)
    throw new ApiError('bad_request', `until: ${until} is more than 30 days away.`, hint);
  return endsMs;
}
