/** `GET /latency`: quantiles and outcomes by any of the rollups' dimensions, and what they differ by from another time or place. */
import { Hono } from 'hono';
import { z } from 'zod';
import { isMetricName, METRIC_NAMES, type MetricName } from '../../probes/metrics.ts';
import type { Clock } from '../../probes/probe.ts';
import { parseDurationMs } from '../../probes/spec.ts';
import { suggest } from '../../probes/suggest.ts';
import { type LatencyTable, readLatency } from '../latency/latency-table.ts';
import {
  DEFAULT_LEVELS,
  HEADLINE_METRICS,
  LATENCY_DIMENSIONS,
  type LatencyQuestion,
  type Level,
  PLACE_DIMENSIONS,
  parseLevel,
  type Reference,
} from '../latency/question.ts';
import type { Window } from '../latency/window.ts';
import type { Store } from '../store/store.ts';
import { latencyAnswer } from './answers/checks.ts';
import { ApiError } from './errors.ts';
import { iso } from './instant.ts';
import { API_LIMITS } from './limits.ts';
import { operation } from './operation.ts';
import { pageOf } from './page.ts';
import { limitParam, listParam, parseQuery, sinceMs } from './params.ts';

const querySchema = z.strictObject({
  by: listParam.pipe(z.array(z.enum([...LATENCY_DIMENSIONS, 'metric'])).default(['region'])),
  metric: listParam.pipe(
    z
      .array(
        z.string().refine((name) => name === 'all' || isMetricName(name), {
          error: ({ input }) => {
            const name = String(input);
            const near =
              suggest(name, METRIC_NAMES) ?? METRIC_NAMES.find((known) => known.startsWith(`${name}_`));
            return `there is no metric ${name}${near ? ` (did you mean ${near}?)` : ''}`;
          },
        }),
      )
      .min(1, 'names no metric')
      .optional(),
  ),
  since: z.string().default('1h'),
  until: z.string().optional(),
  quantiles: listParam.pipe(
    z
      .array(
        z.string().transform((text, context): Level => {
          const level = parseLevel(text);
          if (level) return level;
          const message = `${text} is no quantile from p1 to p9999, such as p50, p999 or 0.95`;
          context.issues.push({ code: 'custom', message, input: text });
          return z.NEVER;
        }),
      )
      .min(1, 'names no quantile')
      .max(API_LIMITS.latencyQuantiles.value)
      .optional(),
  ),
  vs: z.string().min(1).max(300).optional(),
  spark: z.enum(['true', 'false']).default('false'),
  limit: limitParam(1000),
  after: z.string().optional(),
  region: z.string().optional(),
  country: z.string().optional(),
  isp: z.string().optional(),
  target: z.string().optional(),
  pop: z.string().optional(),
  probe: z.string().optional(),
});

export function latencyRoutes(store: Store, clock: Clock): Hono {
  const app = new Hono();
  app.get(
    '/',
    operation({
      summary: 'Quantiles and outcomes by any dimensions, out of the rollups.',
      query: querySchema,
      answer: latencyAnswer,
    }),
    async (context) => {
      const { limit, after, ...asked } = parseQuery(context, querySchema);
      const table = await readLatency(
        store,
        questionOf(asked, clock.wallMs()),
        API_LIMITS.latencyGroups.value,
      );
      if (!table) throw tooManyGroups();
      const step = asked.by.includes('step') ? { step_seconds: table.window.stepMs / 1000 } : {};
      return context.json({ ...pageOf(table.rows, limit, after), ...timesOf(table), ...step });
    },
  );
  return app;
}

function questionOf(
  {
    by,
    metric,
    quantiles,
    since,
    spark,
    until,
    vs,
    ...filters
  }: Omit<z.infer<typeof querySchema>, 'limit' | 'after'>,
  nowMs: number,
): LatencyQuestion {
  const fromMs = sinceMs(since, nowMs);
  const untilMs = until === undefined ? nowMs : sinceMs(until, nowMs, 'until');
  if (untilMs <= fromMs)
    throw new ApiError(
      'bad_request',
      `until=${until} is not after since=${since}.`,
      'Give an earlier since, or leave until out.',
    );
  const metrics = metric?.includes('all')
    ? METRIC_NAMES
    : ((metric as MetricName[] | undefined) ?? HEADLINE_METRICS);
  // A row is always of one metric: naming that as a dimension changes nothing.
  const dimensions = [...new Set(by)].filter((name) => name !== 'metric');
  return {
    by: dimensions,
    metrics: [...new Set(metrics)],
    levels: [...new Map((quantiles ?? DEFAULT_LEVELS).map((level) => [level.name, level])).values()],
    sinceMs: fromMs,
    untilMs,
    nowMs,
    filters: filters as LatencyQuestion['filters'],
    spark: spark === 'true',
    stepsMax: API_LIMITS.latencySteps.value,
    reference: vs === undefined ? undefined : referenceOf(vs, { by: dimensions, fromMs, nowMs }),
  };
}

/** `7d`: so much before. A time: so long a time from then on. `region=us-east`: the same of another place. */
function referenceOf(
  vs: string,
  { by, fromMs, nowMs }: { readonly by: readonly string[]; readonly fromMs: number; readonly nowMs: number },
): Reference {
  const [, word, value] = /^([a-z]+)=(.+)$/.exec(vs) ?? [];
  if (word !== undefined && value !== undefined) {
    const dimension = PLACE_DIMENSIONS.find((name) => name === word);
    if (!dimension) {
      const near = suggest(word, PLACE_DIMENSIONS);
      throw new ApiError(
        'bad_request',
        `vs=${vs}: ${word} is none of ${PLACE_DIMENSIONS.join(', ')}.`,
        near ? `did you mean ${near}=${value}?` : '',
      );
    }
    if (!by.includes(dimension))
      throw new ApiError(
        'bad_request',
        `vs=${vs} needs rows by ${dimension}: by is ${by.join(',') || 'empty'}.`,
        `by=${[...by, dimension].join(',')}`,
      );
    return { kind: 'place', dimension, value };
  }
  const backMs = parseDurationMs(vs);
  const shiftMs = backMs ?? fromMs - sinceMs(vs, nowMs, 'vs');
  if (shiftMs < 60_000)
    throw new ApiError(
      'bad_request',
      `vs=${vs} is not a minute or more before since.`,
      'Give a duration such as 7d, an earlier time, or a place such as region=us-east.',
    );
  if (nowMs - (fromMs - shiftMs) > API_LIMITS.windowMs.value)
    throw new ApiError(
      'bad_request',
      `vs=${vs} leads further back than 90 days.`,
      'Take a shorter one; the rollup by the minute is kept 90 days.',
    );
  // What is kept is whole minutes: shifted by a part of one, each would be held against two.
  return { kind: 'earlier', shiftMs: Math.round(shiftMs / 60_000) * 60_000 };
}

function tooManyGroups(): ApiError {
  return new ApiError(
    'too_many_groups',
    `The table would have more than ${API_LIMITS.latencyGroups.value} rows.`,
    'Ask for fewer dimensions, a shorter time, or filter by region, target or probe.',
  );
}

/** What was read, which may begin earlier than what was asked for, and the time of a value of `spark`. */
function timesOf({ window, reference }: LatencyTable) {
  const times = ({ fromMs, toMs }: Window) => ({ since: iso(fromMs), until: iso(toMs) });
  return {
    ...times(window),
    section_seconds: window.sectionMs / 1000,
    ...(reference ? { reference: times(reference) } : {}),
  };
}
