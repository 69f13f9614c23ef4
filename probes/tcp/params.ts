/** What the `tcp` probe can be told. The descriptions are the documentation. */
import { z } from 'zod';
import { STARTTLS_PROTOCOLS } from '../net/starttls.ts';

export const TCP_LIMITS = {
  steps: { value: 32, reason: 'It travels in every schedule.', past: 'The parameters are refused.' },
  sendChars: {
    value: 4096,
    reason: 'A request line, not a payload; it travels in every schedule.',
    past: 'The parameters are refused.',
  },
  patternChars: {
    value: 512,
    reason: 'Longer patterns are programs, and this one runs in the process of the agent.',
    past: 'The parameters are refused.',
  },
  replyBytes: {
    value: 16 * 1024,
    reason: 'A banner or a reply; it bounds the memory of a run and the time of a pattern.',
    past: 'The run fails with too_large.',
  },
} as const;

/** A group that repeats, and repeats within: some texts keep it busy for ever (`(a+)+b`). */
const NESTED_REPETITION = /\([^()]*[+*}][^()]*\)(?:[+*]|\{\d+,)/;

export const patternParam = z
  .string()
  .min(1)
  .max(TCP_LIMITS.patternChars.value)
  .refine(compiles, 'not a regular expression')
  .refine((text) => !NESTED_REPETITION.test(text), 'a repetition of a group that repeats can take for ever');

const step = z
  .strictObject({
    send: z
      .string()
      .max(TCP_LIMITS.sendChars.value)
      .optional()
      .describe(`Sent as UTF-8; \${1} to \${9} are groups of the last expected answer.`),
    sendHex: z
      .string()
      .max(2 * TCP_LIMITS.sendChars.value)
      .regex(/^([0-9a-fA-F]{2})+$/, 'pairs of hexadecimal digits')
      .optional()
      .describe('The same for bytes that are no text.'),
    expect: patternParam
      .optional()
      .describe(
        'Regular expression that what comes next must contain, one character a byte; ^ and $ match at lines.',
      ),
  })
  .refine(
    ({ send, sendHex, expect }) => send !== undefined || sendHex !== undefined || expect !== undefined,
    {
      message: 'a step sends or expects something',
    },
  )
  .refine(({ send, sendHex }) => send === undefined || sendHex === undefined, {
    message: 'either send or sendHex',
  });

export const portParam = z
  .int()
  .min(1)
  .max(65_535)
  .optional()
  .describe('Port to connect to; that of the target’s URL when absent.');

export const starttlsParam = z
  .enum(STARTTLS_PROTOCOLS)
  .optional()
  .describe('TLS after the connection: at once (raw), or asked for by the commands of a protocol.');

export const serverNameParam = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,253}$/, 'a host name')
  .optional()
  .describe('Name to ask for in TLS and to expect in the certificate; the host of the target when absent.');

export const tcpParams = z.strictObject({
  port: portParam,
  starttls: starttlsParam,
  serverName: serverNameParam,
  dialogue: z
    .array(step)
    .max(TCP_LIMITS.steps.value)
    .default([])
    .describe('Steps after the connection, each sends and then expects; none only connects.'),
});

export type TcpParams = z.infer<typeof tcpParams>;
export type TcpStep = z.infer<typeof step>;

function compiles(text: string): boolean {
  try {
    new RegExp(text, 'm');
    return true;
  } catch {
    return false;
  }
}
