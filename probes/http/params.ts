/** What the `http` probe can be told. The descriptions are the documentation. */
import { z } from 'zod';
import { cmcdParam } from '../net/cmcd.ts';

export const HTTP_LIMITS = {
  bodyBytes: {
    value: 1024 * 1024,
    reason: 'The default: a page or a manifest, not a download. `maxBodyBytes` raises it.',
    past: 'The run fails with too_large and the connection is closed.',
  },
  bodyBytesMax: {
    value: 256 * 1024 * 1024,
    reason: 'More is a load test of the target and of the network of the agent.',
    past: 'The parameters are refused.',
  },
  redirects: {
    value: 10,
    reason: 'Browsers give up at 20; nobody should make viewers wait for half of that.',
    past: 'The parameters are refused.',
  },
  requestBodyChars: {
    value: 64 * 1024,
    reason: 'It travels in every schedule; uploads have a probe of their own.',
    past: 'The parameters are refused.',
  },
  headers: {
    value: 32,
    reason: 'It travels in every schedule.',
    past: 'The parameters are refused.',
  },
} as const;

/** Set by the connection itself; a second opinion would break the framing (RFC 9110 §7.6.1). */
const FRAMING_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'not a header name')
  .refine((name) => !FRAMING_HEADERS.has(name.toLowerCase()), 'this header is set by the connection itself');

const headerValue = z
  .string()
  .max(4096)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'a header value has no line breaks or control characters');

const statusText = z
  .string()
  .regex(/^([1-5]xx|[1-5]\d\d|[1-5]\d\d-[1-5]\d\d)$/, 'use a status, a class or a range: 200, 2xx, 200-299');

export const httpParams = z.strictObject({
  method: z
    .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    .default('GET')
    .describe('Request method.'),
  headers: z
    .record(headerName, headerValue)
    .refine((headers) => Object.keys(headers).length <= HTTP_LIMITS.headers.value, 'too many headers')
    .default({})
    .describe(
      'Request headers. Without accept-encoding the body comes as it is. A user-agent is followed by that of the probe.',
    ),
  body: z
    .string()
    .max(HTTP_LIMITS.requestBodyChars.value)
    .optional()
    .describe('Request body, sent as UTF-8.'),
  expect: z
    .array(z.union([z.int().min(100).max(599), statusText]))
    .min(1)
    .max(32)
    .default(['2xx'])
    .describe('The statuses that are right: 200, "2xx", "200-204".'),
  maxBodyBytes: z
    .int()
    .min(0)
    .max(HTTP_LIMITS.bodyBytesMax.value)
    .default(HTTP_LIMITS.bodyBytes.value)
    .describe('A larger response body fails the run.'),
  followRedirects: z
    .int()
    .min(0)
    .max(HTTP_LIMITS.redirects.value)
    .default(5)
    .describe('How many redirects to follow, each on a connection of its own; 0 judges the redirect itself.'),
  cmcd: cmcdParam,
});

export type HttpParams = z.infer<typeof httpParams>;
