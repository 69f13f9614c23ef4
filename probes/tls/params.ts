/** What the `tls` probe can be told. The descriptions are the documentation. */
import { z } from 'zod';
import { portParam, serverNameParam, starttlsParam } from '../tcp/params.ts';

export const TLS_VERSIONS = ['1.0', '1.1', '1.2', '1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

export const TLS_LIMITS = {
  ticketMs: {
    value: 1000,
    reason:
      'A server sends its session ticket right after the handshake; one that comes later is of no use to a viewer.',
    past: 'Attribute `resumption` is `none`.',
  },
  attributeChars: {
    value: 200,
    reason: 'Names of a certificate come from a stranger; some have a hundred.',
    past: 'The value is cut.',
  },
  alpn: { value: 8, reason: 'There are about ten in use.', past: 'The parameters are refused.' },
} as const;

const versions = z.array(z.enum(TLS_VERSIONS)).default([]);

export const tlsParams = z.strictObject({
  port: portParam,
  starttls: starttlsParam,
  serverName: serverNameParam,
  alpn: z
    .array(z.string().regex(/^[\x21-\x7e]{1,32}$/))
    .max(TLS_LIMITS.alpn.value)
    .default([])
    .describe('Protocols to offer, best first: h2, http/1.1.'),
  minValidDays: z
    .number()
    .min(0)
    .max(3650)
    .default(0)
    .describe('The chain must be valid for so many more days.'),
  versions: z
    .boolean()
    .default(false)
    .describe('Find out which versions the server offers, each on a connection of its own.'),
  forbidVersions: versions.describe('Versions that fail the run when the server offers them.'),
  requireVersions: versions.describe('Versions that fail the run when the server does not offer them.'),
  resumption: z
    .boolean()
    .default(false)
    .describe('Find out whether a second connection resumes the session of the first.'),
  ocsp: z
    .enum(['report', 'require'])
    .default('report')
    .describe('Whether a stapled OCSP response must be there; one that says revoked always fails the run.'),
});

export type TlsParams = z.infer<typeof tlsParams>;
