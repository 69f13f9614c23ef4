/** `GET /results`: runs, newest last, with a cursor for tailing; `GET /results/:run`: one with its evidence; `GET /runs/:request_id`: what a run by hand gave. */
import { Hono } from 'hono';
import { z } from 'zod';
import { isMetricName, type MetricName } from '../../probes/metrics.ts';
import { OUTCOMES, TRIGGERS } from '../../probes/outcome.ts';
import type { Clock } from '../../probes/probe.ts';
import { readRun } from '../evidence/run-reader.ts';
import type { Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';
import { askedResultsAnswer, resultsAnswer, runAnswer } from './answers/checks.ts';
import { ApiError } from './errors.ts';
import { operation } from './operation.ts';
import { decodeCursor, encodeCursor } from './page.ts';
import { limitParam, parseQuery, sinceMs } from './params.ts';
import { resultJson } from './result-json.ts';
import {
  cursorOf,
  cursorSchema,
  ORDER,
  readAfter,
  readNewest,
  readRows,
  readWorst,
} from './result-queries.ts';

const FILTERS = ['probe', 'target', 'region', 'agent', 'outcome', 'trigger'] as const;

/** The year 2286: clocks of agents may be ahead. */
const FOREVER_MS = 9_999_999_999_999;

const querySchema = z.strictObject({
  since: z.string().default('5m'),
  until: z.string().optional(),
  worst: z
    .string()
    .refine((name): name is MetricName => isMetricName(name), {
      error: ({ input }) => `there is no metric ${String(input)}`,
    })
    .optional(),
  limit: limitParam(100),
  after: z.string().optional(),
  probe: z.string().optional(),
  target: z.string().optional(),
  region: z.string().optional(),
  agent: z.string().optional(),
  outcome: z.enum(OUTCOMES).optional(),
  trigger: z.enum(TRIGGERS).optional(),
});

/**
 * `pagination.next` is the place from which to tail, even when there was nothing new; null where the worst are asked for. Without
 * `after` the newest `limit` rows since `since` are given.
 */
export function resultRoutes(store: Store, clock: Clock): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({
      summary:
        'Runs, newest last, and `pagination.next` goes on with what comes after them; with `worst` those of a metric, worst first.',
      query: querySchema,
      answer: resultsAnswer,
    }),
    async (context) => {
      const query = parseQuery(context, querySchema);
      const filters = FILTERS.flatMap((name) =>
        query[name] === undefined ? [] : [[name, query[name]] as const],
      );
      const question = { filters, limit: query.limit };
      const nowMs = clock.wallMs();
      const fromMs = sinceMs(query.since, nowMs);
      const untilMs = query.until === undefined ? FOREVER_MS : sinceMs(query.until, nowMs, 'until');
      const stretch = { fromMs, untilMs };
      if (query.worst !== undefined) {
        const worst = await readWorst(store, question, stretch, query.worst);
        return context.json({
          data: worst.map(resultJson),
          pagination: { limit: query.limit, next: null },
        });
      }
      const cursor = query.after === undefined ? undefined : decodeCursor(query.after, cursorSchema);
      const rows =
        cursor === undefined
          ? await readNewest(store, question, stretch)
          : await readAfter(store, question, cursor);
      const last = rows.at(-1);
      const next = last === undefined ? (cursor ?? [fromMs, '', '', 0]) : cursorOf(last);
      return context.json({
        data: rows.map(resultJson),
        pagination: { limit: query.limit, next: encodeCursor(next) },
      });
    },
  );
  app.get('/:run', operation({ summary: 'One run, with what it saw.', answer: runAnswer }), async (context) =>
    context.json(await runOr404(store, context.req.param('run'))),
  );
  app.get(
    '/:run/screenshot',
    operation({
      summary: 'What the page looked like when the run failed.',
      answer: { mediaType: 'image/jpeg' },
    }),
    async (context) => {
      const run = context.req.param('run');
      const picture = pictureOf((await runOr404(store, run)).evidence);
      if (picture === undefined)
        throw new ApiError(
          'not_found',
          `No screenshot was kept of ${run}.`,
          'Runs in a browser that failed have one.',
        );
      // Of an agent, and so of anybody: a picture, or nothing that a browser makes anything of.
      return context.body(picture, 200, {
        'Content-Type': 'image/jpeg',
        'X-Content-Type-Options': 'nosniff',
        'Content-Security-Policy': "default-src 'none'; sandbox",
      });
    },
  );
  return app;
}

const JPEG_BEGINS = Buffer.from([0xff, 0xd8, 0xff]);

/** The screenshot in the evidence of a run; undefined where there is none, or something that is no JPEG. */
function pictureOf(evidence: unknown): Uint8Array<ArrayBuffer> | undefined {
  const { screenshot } = (evidence ?? {}) as { readonly screenshot?: { readonly base64?: unknown } };
  if (typeof screenshot?.base64 !== 'string') return undefined;
  const bytes = new Uint8Array(Buffer.from(screenshot.base64, 'base64'));
  return JPEG_BEGINS.equals(bytes.subarray(0, JPEG_BEGINS.length)) ? bytes : undefined;
}

/** One run with what it had to show; 404 where there is none. */
async function runOr404(store: Store, run: string) {
  const found = await readRun(store, run);
  if (found) return found;
  throw new ApiError(
    'not_found',
    `There is no result ${run}.`,
    'Take its run_id from outrider results tail -o json.',
  );
}

/** How far back a run by hand may lie that the registry no longer remembers. */
const FORGOTTEN_RUN_MS = 86_400_000;

export function runRoutes(store: Store, registry: Registry, clock: Clock): Hono {
  const app = new Hono();
  app.get(
    '/:request_id',
    operation({ summary: 'What a run asked for by hand has given so far.', answer: askedResultsAnswer }),
    async (context) => {
      const requestId = context.req.param('request_id');
      const asked = registry.askedRun(requestId);
      const fromMs = asked === undefined ? clock.wallMs() - FORGOTTEN_RUN_MS : asked.askedMs - 60_000;
      const rows = await readRows(
        store,
        `scheduled_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND request_id = {request:String}`,
        { since: fromMs, request: requestId },
        ORDER.join(', '),
        1000,
      );
      if (asked === undefined && rows.length === 0) {
        throw new ApiError(
          'not_found',
          `No run was asked for as ${requestId}.`,
          'Runs by hand are remembered for an hour.',
        );
      }
      const expected = asked?.expected ?? rows.length;
      const each = expected / Math.max(1, asked?.agents.length ?? 1);
      const answers = rows.map(({ agent, attributes }) => attributes.watcher ?? agent);
      const owes = (agent: string) => answers.filter((one) => one === agent).length < each;
      return context.json({
        request_id: requestId,
        data: rows.map(resultJson),
        expected,
        done: rows.length >= expected,
        unanswered: asked?.agents.filter(owes) ?? [],
      });
    },
  );
  return app;
}
