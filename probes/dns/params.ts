/** What the `dns` probe can be told. The descriptions are the documentation. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { DNS_LIMITS } from './limits.ts';
import { isDnsName } from './message.ts';
import { parseNameServer } from './name-server.ts';
import { FLAGS, type Flag, RCODES, RECORD_TYPES, type RecordType } from './record-types.ts';
import { SYSTEM_TYPES } from './system-query.ts';

const TYPES = Object.keys(RECORD_TYPES) as [RecordType, ...RecordType[]];
const DAY_SECONDS = 86_400;

/** Stars stand for anything; no regular expressions, which a stranger's answer could make endless. */
const pattern = z.string().min(1).max(512);
const patterns = z.array(pattern).min(1).max(DNS_LIMITS.expectations.value);

const block = z.string().max(64).refine(isBlock, 'expected a CIDR block such as 192.0.2.0/24');

const expectations = z.strictObject({
  rcode: z.array(z.enum(RCODES)).min(1).default(['NOERROR']).describe('The response codes that are right.'),
  count: z
    .strictObject({ min: z.int().min(0).default(1), max: z.int().min(0).optional() })
    .default({ min: 1 })
    .describe('How many records of the type a NOERROR answer has.'),
  includes: patterns.optional().describe('Each must match a record: "10 mx.example.com", "192.0.2.*".'),
  only: patterns.optional().describe('Every record must match one of them.'),
  excludes: patterns.optional().describe('No record may match one of them.'),
  within: z
    .array(block)
    .min(1)
    .max(DNS_LIMITS.expectations.value)
    .optional()
    .describe('Every address must lie in one of these CIDR blocks.'),
  ttlSeconds: z
    .strictObject({
      min: z.int().min(0).default(0),
      max: z
        .int()
        .min(0)
        .default(365 * DAY_SECONDS),
    })
    .optional()
    .describe('Between them lies the TTL of every record.'),
  flags: z
    .partialRecord(z.enum(Object.keys(FLAGS) as [Flag, ...Flag[]]), z.boolean())
    .optional()
    .describe('aa, tc, ra, ad, cd: set or not. Needs a named server.'),
});

export const dnsParams = z
  .strictObject({
    name: z
      .string()
      .max(255)
      .refine((name) => isDnsName(name) || /[^\0-\x7f]/.test(name), 'not a name that DNS can carry')
      .optional()
      .describe(
        'What is asked for; the host of the target when absent. An address is turned into its PTR name.',
      ),
    type: z.enum(TYPES).default('A').describe('Type of the records.'),
    server: z
      .string()
      .max(2048)
      .refine(
        (text) => parseNameServer(text) !== undefined,
        'use system, 9.9.9.9, udp://HOST, tcp://HOST, tls://HOST or https://HOST/dns-query',
      )
      .default('system')
      .describe(
        'Who is asked: system (c-ares, the name servers of the agent), or one server over udp, tcp, tls (DoT) or https (DoH).',
      ),
    recursive: z
      .boolean()
      .default(true)
      .describe('Whether the server is to look further than its own zones.'),
    dnssec: z
      .boolean()
      .default(false)
      .describe('Ask for signatures, so that a validating server sets the flag ad.'),
    expect: expectations.prefault({}).describe('What is held against the answer.'),
  })
  .superRefine((params, context) => {
    if (params.server !== 'system') return;
    const complain = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message: `${message}: name a server, such as 9.9.9.9` });
    if (!SYSTEM_TYPES.has(params.type)) complain(['type'], `c-ares does not ask for ${params.type}`);
    if (params.dnssec) complain(['dnssec'], 'c-ares does not ask for signatures');
    if (!params.recursive) complain(['recursive'], 'c-ares always asks for recursion');
    if (params.expect.flags) complain(['expect', 'flags'], 'c-ares does not tell the flags');
    const hasTtl = params.type === 'A' || params.type === 'AAAA';
    if (params.expect.ttlSeconds && !hasTtl)
      complain(['expect', 'ttlSeconds'], 'c-ares tells the TTL of A and AAAA alone');
  });

export type DnsParams = z.infer<typeof dnsParams>;
export type DnsExpectations = DnsParams['expect'];

function isBlock(text: string): boolean {
  return /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)\/\d{1,3}$/i.test(text) && ipaddr.isValidCIDR(text);
}
