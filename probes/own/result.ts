/** The result of an own probe: what a module returns and what a program prints, as one JSON document. */
import { z } from 'zod';
import { isMetricName, scaleOf } from '../metrics.ts';
import type { ErrorCode, Failure } from '../outcome.ts';
import { BLAMES, ERROR_CODES, LAYERS } from '../outcome.ts';
import type { RunResult } from '../probe.ts';
import { OWN_LIMITS } from './limits.ts';

const METRICS_MAX = OWN_LIMITS.metrics.value;
const ATTRIBUTES_MAX = OWN_LIMITS.attributes.value;

const text = (charsMax: number) => z.string().max(charsMax);

const failure = z.strictObject({
  layer: z.enum(LAYERS).describe('Where it failed.'),
  blame: z.enum(BLAMES).describe('Whose fault it looks like; unknown where that cannot be told.'),
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]).describe('What went wrong.'),
  message: text(1024).min(1).describe('A sentence for people.'),
});

const metrics = z
  .record(z.string(), z.number())
  .superRefine((values, refusal) => {
    const names = Object.keys(values);
    if (names.length > METRICS_MAX) refusal.addIssue(`more than ${METRICS_MAX} metrics`);
    for (const name of names) {
      if (!isMetricName(name))
        refusal.addIssue({
          code: 'custom',
          path: [name],
          message:
            'not in the metric dictionary; own_ms, own_count, own_bytes, own_bps, own_ratio are free to use',
        });
      else if (!Number.isSafeInteger(Math.round((values[name] ?? 0) * scaleOf(name))))
        refusal.addIssue({ code: 'custom', path: [name], message: 'too large' });
    }
  })
  .default({})
  .describe('Numbers by their names in the metric dictionary; what was not measured is left out.');

const measured = {
  version: z.literal(1).default(1).describe('Of this shape.'),
  metrics,
  attributes: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'use a name in snake case'), text(1024))
    .refine(
      (values) => Object.keys(values).length <= ATTRIBUTES_MAX,
      `more than ${ATTRIBUTES_MAX} attributes`,
    )
    .default({})
    .describe('Facts that are not numbers.'),
  phases: z
    .array(
      z.strictObject({
        name: text(64).min(1),
        startMs: z.number().min(0),
        durationMs: z.number().min(0),
        note: text(256).optional(),
      }),
    )
    .max(OWN_LIMITS.phases.value)
    .default([])
    .describe('Stretches of the run for its waterfall, milliseconds from its start.'),
};

/** The documented JSON. */
const ownResultSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('ok'), ...measured }),
  z.strictObject({ outcome: z.literal('fail'), failure, ...measured }),
]);

/** What a module may return: as above, with everything optional that has a default. */
export type OwnResult = z.input<typeof ownResultSchema>;

/** The result in a JSON text, or what is wrong with it in one line. */
export function parseOwnResult(json: string): { readonly result: RunResult } | { readonly problem: string } {
  if (Buffer.byteLength(json) > OWN_LIMITS.resultBytes.value)
    return { problem: `it is larger than ${OWN_LIMITS.resultBytes.value} bytes` };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return { problem: `it is not JSON (${error instanceof Error ? error.message : String(error)})` };
  }
  const parsed = ownResultSchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`,
    );
    return { problem: problems.slice(0, 3).join('; ') };
  }
  const { version: _version, ...result } = parsed.data;
  return { result: { ...result, phases: result.phases.map(withoutEmptyNote) } };
}

function withoutEmptyNote({
  note,
  ...phase
}: {
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly note?: string | undefined;
}) {
  return note === undefined ? phase : { ...phase, note };
}

/** A run that failed by the own probe or by the agent, never by the target. */
export function ownFailure(code: Failure['code'], message: string): RunResult {
  return {
    outcome: 'fail',
    failure: { layer: 'agent', blame: 'agent', code, message: firstWords(message) },
    metrics: {},
    attributes: {},
    phases: [],
  };
}

const MESSAGE_CHARS = 1024;

/** Cut between words: the half of a secret could not be known as one and taken out. */
function firstWords(text: string): string {
  return text.length <= MESSAGE_CHARS ? text : text.slice(0, MESSAGE_CHARS).replace(/\s?\S*$/, '');
}
