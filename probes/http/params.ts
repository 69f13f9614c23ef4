/** What the `http` probe can be told. The descriptions are the documentation. */
import { z } from 'zod';
import { cmcdParam } from '../net/cmcd.ts';
import { secretNameParam } from '../secret-name.ts';
import { expectParam } from './expect.ts';
import { headerValue, requestHeaderName } from './header-rules.ts';
import { HTTP_LIMITS } from './limits.ts';

const fields = z.strictObject({
  method: z
    .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    .default('GET')
    .describe('Request method.'),
  headers: z
    .record(requestHeaderName, headerValue)
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
  credentials: secretNameParam
    .optional()
    .describe(
      'Name of a secret at the agent, e.g. from its environment: OUTRIDER_SECRET_<NAME>. A redirect to another origin goes without it.',
    ),
  auth: z
    .enum(['bearer', 'basic', 'header'])
    .default('bearer')
    .describe(
      'How the secret is sent: `Authorization: Bearer`, `Authorization: Basic` of a secret `user:password`, or as the header `authHeader`.',
    ),
  authHeader: requestHeaderName.optional().describe('With `auth: header`, its name, such as X-Api-Key.'),
  expect: expectParam
    .default(['2xx'])
    .describe(
      'The statuses that are right: [200, "2xx", "200-204"]; or an object of status, headers, body, bodyLacks, json, sizeBytes, which all have to hold.',
    ),
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
  version: z
    .enum(['auto', '1.1', '2'])
    .default('1.1')
    .describe(
      'Version of HTTP. `auto`: what https servers choose of both, as browsers do; `2` on http needs a server that knows it without asking. Attribute `http_version` says which it was. HTTP/2 takes other times: make it a probe of its own.',
    ),
  family: z
    .union([z.literal(4), z.literal(6), z.literal('any'), z.literal('happy')])
    .default('any')
    .describe(
      'The only address family to resolve and dial; `any`: IPv4, or IPv6 where a name has no IPv4 address. Never both in a race, unless by `happy` (Happy Eyeballs, RFC 8305), as browsers dial: attribute `eyeballs` says which won, and `connect_ms` has the wait for the other in it.',
    ),
  connection: z
    .enum(['cold', 'warm'])
    .default('cold')
    .describe(
      '`cold`: a fresh connection each run. `warm`: that of the run before is kept for this probe and target; such runs have no dns, connect, tls and total times. Attribute `connection`: warm, or new where none was left to use.',
    ),
  cmcd: cmcdParam,
});

export const httpParams = fields
  .refine(({ auth, authHeader }) => (auth === 'header') === (authHeader !== undefined), {
    path: ['authHeader'],
    message: 'belongs to auth: header, which needs it',
  })
  .refine(({ auth, credentials }) => auth === 'bearer' || credentials !== undefined, {
    path: ['credentials'],
    message: 'names the secret that auth sends',
  })
  .refine(
    ({ auth, authHeader, credentials, headers }) =>
      credentials === undefined ||
      !Object.keys(headers).some((name) => name.toLowerCase() === authHeaderName(auth, authHeader)),
    { path: ['headers'], message: 'has the header that credentials are sent in' },
  );

export type HttpParams = z.infer<typeof httpParams>;

/** The header that credentials go into, in lower case. */
export function authHeaderName(auth: 'bearer' | 'basic' | 'header', authHeader: string | undefined): string {
  return auth === 'header' && authHeader !== undefined ? authHeader.toLowerCase() : 'authorization';
}
