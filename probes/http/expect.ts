/** What an answer has to be, as probe files say it. The descriptions are the documentation. */
import { z } from 'zod';
import { jsonPointer } from '../json-pointer.ts';
import { headerName } from './header-rules.ts';
import { HTTP_LIMITS } from './limits.ts';

const statusText = z
  .string()
  .regex(/^([1-5]xx|[1-5]\d\d|[1-5]\d\d-[1-5]\d\d)$/, 'use a status, a class or a range: 200, 2xx, 200-299');

const statuses = z
  .array(z.union([z.int().min(100).max(599), statusText]))
  .min(1)
  .max(32);

const pattern = z
  .string()
  .min(1)
  .max(HTTP_LIMITS.patternChars.value)
  .refine(isPattern, 'not a regular expression');

const patterns = z.union([pattern, z.array(pattern).min(1).max(HTTP_LIMITS.assertions.value)]);

const isSmall = (rules: object) => Object.keys(rules).length <= HTTP_LIMITS.assertions.value;

const range = z
  .strictObject({ min: z.number().optional(), max: z.number().optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'needs min, max or both')
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, 'min is above max');

const jsonRule = z.union([
  z.string().max(4096),
  z.number(),
  z.boolean(),
  z.null(),
  range,
  z.strictObject({ matches: pattern }),
  z.strictObject({ exists: z.boolean() }),
]);

/** One value in a JSON document: equal to a scalar, a number within a range, a text that matches, there or not there. */
export type JsonRule = z.infer<typeof jsonRule>;

export const expectation = z.strictObject({
  status: statuses.default(['2xx']).describe('The statuses that are right: 200, "2xx", "200-204".'),
  headers: z
    .record(headerName, z.union([pattern, z.literal(false)]))
    .refine(isSmall, 'too many headers')
    .optional()
    .describe(
      'Response headers, each with a regular expression that its value matches, or false when it must not be there.',
    ),
  body: patterns
    .optional()
    .describe('Regular expressions (JavaScript, flags `mu`) which the body, as UTF-8, matches, all of them.'),
  bodyLacks: patterns.optional().describe('Regular expressions none of which the body matches.'),
  json: z
    .record(jsonPointer, jsonRule)
    .refine(isSmall, 'too many pointers')
    .optional()
    .describe(
      'JSON pointers (RFC 6901) into the body, each with the value that stands there, or {min, max}, {matches: regular expression}, {exists: true or false}.',
    ),
  sizeBytes: range.optional().describe('Bytes of the body as they came over the wire: {min, max}.'),
});

/** What is asserted about an answer, in the one form that the probe works with. */
export type Expectation = z.infer<typeof expectation>;

/** A list of statuses is short for an object with these alone. */
export const expectParam = z.union([statuses, expectation], { error: unionFault });

/** What is wrong with the form that was meant: a union would say no more than that neither is right. */
function unionFault(issue: { readonly input?: unknown; readonly code?: string }): string | undefined {
  if (issue.code !== 'invalid_union' || typeof issue.input !== 'object') return undefined;
  const meant = Array.isArray(issue.input) ? statuses : expectation;
  const faults = meant.safeParse(issue.input).error?.issues ?? [];
  return faults.map(({ path, message }) => [...path, message].join(': ')).join('; ') || undefined;
}

export function expectationOf(given: z.infer<typeof expectParam>): Expectation {
  return Array.isArray(given) ? { status: given } : given;
}

/** Whether the body has to be held in memory. */
export function needsBody({ body, bodyLacks, json }: Expectation): boolean {
  return body !== undefined || bodyLacks !== undefined || json !== undefined;
}

export function regExpOf(source: string): RegExp {
  return new RegExp(source, 'mu');
}

function isPattern(source: string): boolean {
  try {
    regExpOf(source);
    return true;
  } catch {
    return false;
  }
}
