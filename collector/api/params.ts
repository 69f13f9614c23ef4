/** Query parameters and JSON bodies: from text to checked values, or a 400 that names what is wrong. */
import type { Context } from 'hono';
import { z } from 'zod';
import { parseDurationMs } from '../../probes/spec.ts';
import { complaintsOf, complaintText } from './complaints.ts';
import { ApiError } from './errors.ts';
import { API_LIMITS } from './limits.ts';
import { checkSaid } from './operation.ts';

/** `limit`: 1 to the page limit; `defaultRows` when absent. */
export function limitParam(defaultRows: number, maxRows: number = API_LIMITS.pageRows.value) {
  return z.coerce.number().int().min(1).max(maxRows).default(Math.min(defaultRows, maxRows));
}

/** A list such as `by=region,target`: names parted by commas, without blanks; undefined when absent. */
export const listParam = z
  .string()
  .max(2000)
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )
  .optional();

/** A day, or a time with its zone: text that leaves the zone to a guess is no instant. */
const ISO_INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/**
 * The instant that `since`, or a parameter of another name, means, Unix milliseconds: a duration back from now (`5m`) or an ISO 8601 time.
 * Throws ApiError bad_request on anything else, on the future, and on what is older than the rollups.
 */
export function sinceMs(text: string, nowMs: number, name = 'since'): number {
  const durationMs = parseDurationMs(text);
  const spokenMs = ISO_INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  const instantMs = durationMs === undefined ? spokenMs : nowMs - durationMs;
  const hint = 'Give a duration such as 5m, 2h or 7d, or a time such as 2026-01-31T08:00:00Z.';
  if (!Number.isFinite(instantMs)) throw new ApiError('bad_request', `${name}=${text} is not a time.`, hint);
  if (instantMs > nowMs) throw new ApiError('bad_request', `${name}=${text} lies in the future.`, hint);
  if (nowMs - instantMs > API_LIMITS.windowMs.value) {
    throw new ApiError('bad_request', `${name}=${text} is further back than 90 days.`, hint);
  }
  return instantMs;
}

/** A 400 that names every complaint, in words and for programs. */
function badRequest(what: string, error: z.ZodError, schema: z.ZodType): ApiError {
  const issues = complaintsOf(error, schema);
  const said = issues.map((issue) => complaintText(issue)).join('; ');
  const hint = issues.find((issue) => issue.hint !== '')?.hint;
  return new ApiError('bad_request', `${what} not valid: ${said}.`, hint, { issues });
}

/** The query string as the schema says; a parameter given twice or unknown is a 400 bad_request, too. */
export function parseQuery<T extends z.ZodType>(context: Context, schema: T): z.infer<T> {
  checkSaid(context, 'query', schema);
  const values: Record<string, string> = {};
  for (const [name, texts] of Object.entries(context.req.queries())) {
    if (texts.length > 1) throw new ApiError('bad_request', `The parameter ${name} is given twice.`);
    values[name] = texts[0] ?? '';
  }
  const parsed = schema.safeParse(values, { reportInput: true });
  if (!parsed.success) throw badRequest('The parameters are', parsed.error, schema);
  return parsed.data;
}

/** Half of a surrogate pair is no text (RFC 8259 §8.2), and the store takes none: it becomes U+FFFD. */
const wellFormed = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed() : value;

/** The JSON body as the schema says. An absent body counts as `{}`. 400, 413 or 415 otherwise. */
export async function parseBody<T extends z.ZodType>(context: Context, schema: T): Promise<z.infer<T>> {
  checkSaid(context, 'body', schema);
  const text = await context.req.text();
  if (text !== '' && !/^application\/json\b/i.test(context.req.header('content-type') ?? '')) {
    throw new ApiError(
      'unsupported_media_type',
      'The body is not JSON.',
      'Send content-type: application/json.',
    );
  }
  let value: unknown;
  try {
    value = text === '' ? {} : JSON.parse(text, wellFormed);
  } catch (error) {
    throw new ApiError('bad_request', `The body is not valid JSON: ${(error as Error).message}.`, '', {
      cause: error,
    });
  }
  const parsed = schema.safeParse(value, { reportInput: true });
  if (!parsed.success) throw badRequest('The body is', parsed.error, schema);
  return parsed.data;
}
