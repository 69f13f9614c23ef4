/** Probes as people declare them: the shape of a YAML file and of the body of `apply`. Durations are text such as `30s`. */
import { z } from 'zod';
import { LOCATION_LIMITS, LocationError, PLACE_LABELS, parseExpression, parseLocation } from './location.ts';
import { isMetricName, METRIC_NAMES, metricDefinition, unitOf } from './metrics.ts';
import { suggest } from './suggest.ts';

const DURATION_UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `250ms`, `30s`, `5m`, `2h`, `7d`; undefined when it is not a duration. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * DURATION_UNITS_MS[match[2] as keyof typeof DURATION_UNITS_MS];
}

/** The shortest exact text of a duration: 90000 → `90s`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = DURATION_UNITS_MS[unit];
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

/** What a secret looks like that is sealed to the key of an agent; `protocol/sealed-secret.ts` makes and opens it. */
export const SEALED_PATTERN = /^outrider-sealed:1:[A-Za-z0-9_-]{16}:[A-Za-z0-9_-]{64,6000}$/;

export const SPEC_LIMITS = {
  everyMinMs: {
    value: 500,
    reason: 'Faster than this a probe is a load test.',
    past: 'The probe is refused.',
  },
  everyMaxMs: {
    value: 86_400_000,
    reason: 'A check less than daily tells nobody anything in time.',
    past: 'The probe is refused.',
  },
  timeoutMaxMs: {
    value: 120_000,
    reason: 'A lane slot held longer starves the others.',
    past: 'The probe is refused.',
  },
  secrets: { value: 8, reason: 'Credentials that one probe uses.', past: 'The probe is refused.' },
  secretKeys: {
    value: 64,
    reason: 'Agents that one secret is sealed for: all of them travel to each.',
    past: 'The probe is refused.',
  },
  sloWindowMinMs: {
    value: 3 * 86_400_000,
    reason: 'Alerts on a budget look back on three days: one of less time would be gone before.',
    past: 'The probe is refused.',
  },
  sloWindowMaxMs: {
    value: 90 * 86_400_000,
    reason: 'A quarter is the longest that people promise for.',
    past: 'The probe is refused.',
  },
  targets: { value: 1000, reason: 'Bounds a schedule; see the link limits.', past: 'The spec is refused.' },
  probes: { value: 500, reason: 'Bounds a schedule; see the link limits.', past: 'The spec is refused.' },
  regions: { value: 500, reason: 'More than a map of the world can show.', past: 'The spec is refused.' },
  agentGroups: {
    value: 200,
    reason: 'Each is written out in every probe that names it.',
    past: 'The spec is refused.',
  },
} as const;

export const nameSchema = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/,
    'use 1 to 64 lower-case letters, digits, dots, dashes, underscores; begin and end with a letter or digit',
  );

const duration = (minMs: number, maxMs: number, such = '30s') => {
  const message = `expected a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as ${such}`;
  return z
    .string({
      // A bare number is mostly a duration without its unit.
      error: ({ input }) =>
        input === undefined
          ? `is missing: ${message}`
          : typeof input === 'number'
            ? `${message}; ${input} of what? did you mean ${input}s?`
            : message,
    })
    .refine(
      (text) => {
        const ms = parseDurationMs(text);
        return ms !== undefined && ms >= minMs && ms <= maxMs;
      },
      { message },
    );
};

const labelValue = z.string().max(256);

export const targetSchema = z.strictObject({
  name: nameSchema.describe('Unique name; appears in tables.'),
  url: z
    .url({
      protocol: /^(https?|dns|tcp|tls|icmp|wss?|grpcs?)$/,
      error: ({ input }) =>
        `${input === undefined ? 'is missing: ' : ''}expected an http or https URL, or dns, tcp, tls, icmp, ws, wss, grpc, grpcs for probes of these`,
    })
    .describe(
      'URL of what is probed. http and https suit every probe; dns://name, tcp://host:port, tls://, icmp://host, ws://, wss://, grpc:// and grpcs:// the probes of these.',
    ),
  labels: z.record(nameSchema, labelValue).default({}).describe('service, cdn, pop, variant, or any other.'),
});

/** Which agents: every given key must match one of its values. */
export const selectorSchema = z.strictObject({
  region: z.array(z.string()).optional(),
  country: z.array(z.string()).optional(),
  city: z.array(z.string()).optional(),
  asn: z.array(z.int().min(0)).optional(),
  isp: z.array(z.string()).optional(),
  provider: z.array(z.string()).optional(),
  network: z.array(z.enum(['datacenter', 'residential', 'mobile'])).optional(),
  tag: z.array(z.string()).optional(),
  agent: z.array(z.string()).optional(),
  at: z
    .string()
    .superRefine((text, context) => {
      const problem = problemOf(() => parseExpression(text));
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .optional()
    .describe('Places as text, e.g. eu-west+residential | AS3320.'),
});

/** Which agents, and how many of them: text as `probes/location.ts` reads it, or the same as keys. */
export const locationSchema = z.preprocess(
  (value, context) => {
    if (typeof value !== 'string') return value;
    let location: unknown = {};
    const problem = problemOf(() => {
      location = parseLocation(value);
    });
    if (problem !== undefined) context.issues.push({ code: 'custom', message: problem, input: value });
    return location;
  },
  selectorSchema
    .extend({
      count: z.int().min(1).max(LOCATION_LIMITS.count.value).optional().describe('At most so many agents.'),
      per: z.enum(PLACE_LABELS).optional().describe('So many of each value of this label.'),
      different: z
        .array(z.enum(PLACE_LABELS))
        .min(1)
        .optional()
        .describe('No two of those chosen, of each `per`, share one of these.'),
    })
    .refine(({ count, per, different }) => per === undefined || (count ?? different) !== undefined, {
      path: ['per'],
      message: 'needs `count` or `different` beside it',
    }),
);

/** What is wrong with a location, if anything. */
export function problemOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof LocationError) return error.message;
    throw error;
  }
}

/** Metrics that may be promised to stay under something: durations, which are the better the shorter. */
const DURATIONS = METRIC_NAMES.filter(
  (metric) => unitOf(metric) === 'ms' && metricDefinition(metric).better === 'lower',
);

/** The share of `99.9%`; undefined when it is no share that can be promised. */
function parseObjective(text: string): number | undefined {
  const match = /^(\d{2}(?:\.\d{1,4})?) ?%$/.exec(text.trim());
  const percent = Number(match?.[1]);
  // Divided with care: 1 - 0.999 is what everything about a budget is measured by.
  return percent >= 50 && percent < 100 ? Math.round(percent * 10_000) / 1_000_000 : undefined;
}

/** What is promised for a check of the probe, and for how long. */
export const sloSchema = z
  .strictObject({
    objective: z
      .string('expected a share as text, such as 99.9%')
      .refine((text) => parseObjective(text) !== undefined, {
        message: 'expected a share from 50% to 99.9999%, such as 99.9%',
      })
      .describe('Share of the runs that succeed, such as 99.9%.'),
    window: duration(SPEC_LIMITS.sloWindowMinMs.value, SPEC_LIMITS.sloWindowMaxMs.value, '30d')
      .default('30d')
      .describe('Over so long.'),
    metric: z
      .string()
      .superRefine((name, context) => {
        if (isMetricName(name) && DURATIONS.includes(name)) return;
        const near = suggest(name, DURATIONS);
        context.addIssue({
          code: 'custom',
          message: `expected a metric that is a duration, such as ttfb_ms${near ? `; did you mean ${near}?` : ''}`,
        });
      })
      .optional()
      .describe('A duration that must stay under something for a run to count as good, e.g. ttfb_ms.'),
    under: duration(1, SPEC_LIMITS.timeoutMaxMs.value, '800ms')
      .optional()
      .describe('What it must stay under, e.g. 800ms.'),
  })
  .refine(({ metric, under }) => metric === undefined || under !== undefined, {
    path: ['metric'],
    message: 'needs `under` beside it',
  })
  .refine(({ metric, under }) => under === undefined || metric !== undefined, {
    path: ['under'],
    message: 'needs `metric` beside it',
  });

export const probeSchema = z.strictObject({
  name: nameSchema.describe('Unique name; appears in tables.'),
  type: z
    .string()
    .describe(
      'What to do: http, tcp, tls, dns, ping, websocket, grpc, playback, video-start, feed, upload, publish, own, exec.',
    ),
  targets: z.array(nameSchema).min(1).max(100).describe('Names of targets; each is a check of its own.'),
  every: duration(SPEC_LIMITS.everyMinMs.value, SPEC_LIMITS.everyMaxMs.value).describe(
    'Interval between runs at one agent.',
  ),
  timeout: duration(100, SPEC_LIMITS.timeoutMaxMs.value)
    .optional()
    .describe('Deadline of a run; the default is the probe type’s.'),
  params: z.record(z.string(), z.unknown()).default({}).describe('Parameters of the probe type.'),
  from: locationSchema
    .default({})
    .describe('Which agents, e.g. "2 per region, different ASNs"; all that can when empty.'),
  secrets: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'use 1 to 64 letters, digits, dashes, underscores'),
      z
        .array(z.string().regex(SEALED_PATTERN, 'expected what `outrider secrets seal` prints'))
        .min(1)
        .max(SPEC_LIMITS.secretKeys.value),
    )
    .refine((secrets) => Object.keys(secrets).length <= SPEC_LIMITS.secrets.value, {
      message: `at most ${SPEC_LIMITS.secrets.value} secrets`,
    })
    .optional()
    .describe('Secrets by name, each sealed to the keys of the agents that may read it.'),
  slo: sloSchema
    .optional()
    .describe(
      'What is promised for each of its checks; an incident says when the error budget goes too fast.',
    ),
  paused: z.boolean().default(false),
});

/** A promise in numbers. */
export interface SloNumbers {
  readonly successRatio: number;
  readonly periodMs: number;
  /** A run is good only while this metric is under so many milliseconds. */
  readonly latency?: { readonly metric: string; readonly underMs: number };
}

export function sloNumbers({ objective, window, metric, under }: SloSpec): SloNumbers {
  const underMs = under === undefined ? undefined : parseDurationMs(under);
  return {
    successRatio: parseObjective(objective) ?? 0,
    periodMs: parseDurationMs(window) ?? 0,
    ...(metric !== undefined && underMs !== undefined && { latency: { metric, underMs } }),
  };
}

export const specSchema = z.strictObject({
  version: z.literal(1, {
    error: ({ input }) =>
      input === undefined
        ? 'is missing: write `version: 1`'
        : 'expected 1, the only version of this language',
  }),
  targets: z.array(targetSchema).max(SPEC_LIMITS.targets.value).default([]).describe('What is probed.'),
  probes: z
    .array(probeSchema)
    .max(SPEC_LIMITS.probes.value)
    .default([])
    .describe('Named, scheduled checks, with what is promised for them.'),
});

export type TargetSpec = z.infer<typeof targetSchema>;
export type ProbeSpec = z.infer<typeof probeSchema>;
export type SloSpec = z.infer<typeof sloSchema>;
export type Selector = z.infer<typeof selectorSchema>;
export type LocationQuery = z.infer<typeof locationSchema>;
export type Spec = z.infer<typeof specSchema>;
