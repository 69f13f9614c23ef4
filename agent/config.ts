/** What an agent is told at start: who it is, where its collectors are, what it may reach and how much it may take. */
import { z } from 'zod';
import { NETWORK_KINDS } from '../protocol/identity.ts';
import { parseAnchor } from './control/anchors.ts';
import { CONTROL_LIMITS } from './control/limits.ts';
import { AGENT_LIMITS } from './limits.ts';

const bytes = z.int().positive();
const perMinute = z.int().min(1).max(100_000).optional();

export const agentConfigSchema = z.strictObject({
  id: z
    .string()
    .regex(
      /^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/,
      'use 1 to 64 letters, digits, dots, dashes, underscores',
    )
    .describe('Unique name of the agent; two processes must not share it.'),
  labels: z
    .strictObject({
      region: z.string().min(1).describe('Region, e.g. eu-west: what incidents are scoped to.'),
      country: z.string().default('').describe('ISO 3166 code.'),
      city: z.string().default('').describe('City.'),
      lat: z.number().min(-90).max(90).default(0).describe('Degrees north.'),
      lon: z.number().min(-180).max(180).default(0).describe('Degrees east.'),
      asn: z.int().min(0).default(0).describe('Number of the autonomous system; 0 is unknown.'),
      isp: z.string().default('').describe('Provider of its internet access.'),
      provider: z.string().default('').describe('Whose machine it is.'),
      network: z
        .enum(NETWORK_KINDS)
        .default('datacenter')
        .describe(`Kind of line: ${NETWORK_KINDS.join(', ')}.`),
      tags: z.array(z.string()).max(32).default([]).describe('Words of your own.'),
    })
    .describe('Where the agent stands; empty is unknown.'),
  collectors: z
    .array(z.url({ protocol: /^(wss?|https?)$/ }))
    .min(1)
    .max(16)
    .describe('Addresses of collectors, the preferred first, e.g. ws://127.0.0.1:7077.'),
  ca: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of authorities by which collectors are trusted, beside the usual ones; for wss://.'),
  enrol: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File of the one-time token (`agents invite`) by which a collector comes to know this agent; or the token itself in OUTRIDER_ENROL_TOKEN.',
    ),
  dataDir: z.string().min(1).describe('Directory of the spool; one agent alone.'),
  network: z
    .strictObject({
      policy: z
        .strictObject({
          allow: z
            .array(z.string())
            .default([])
            .describe('Address blocks (CIDR) that probes may reach though they are private.'),
          deny: z.array(z.string()).default([]).describe('Address blocks (CIDR) forbidden in addition.'),
        })
        .prefault({}),
      connectTo: z
        .record(z.string(), z.string())
        .default({})
        .describe('host:port dialled in place of another.'),
      nameServers: z.array(z.string()).default([]).describe('Name servers; those of the system when empty.'),
      trustedCa: z.string().optional().describe('Further trusted certificate authorities, PEM.'),
    })
    .prefault({}),
  anchors: z
    .array(
      z
        .string()
        .max(1024)
        .refine(
          (text) => parseAnchor(text) !== undefined,
          'use https://host, http://host[:port] or tcp://host:port',
        ),
    )
    .max(CONTROL_LIMITS.anchors.value)
    .default([])
    .describe(
      'Places in networks of their own that are dialled beside a failure, to tell the fault of this agent from that of others.',
    ),
  browser: z
    .strictObject({
      path: z
        .string()
        .min(1)
        .describe('Executable of a browser, or auto to find one; without it the agent is light.'),
      lockFile: z.string().optional().describe('File by which agents of one machine take turns.'),
    })
    .optional()
    .describe('The browser for video-start and feed; without it the agent is light.'),
  ownProbes: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File of the modules and programs that the owner of the agent has signed off; none when absent.',
    ),
  probeTypes: z.array(z.string()).default([]).describe('Probe types allowed here; all when empty.'),
  lightConcurrency: z
    .int()
    .min(1)
    .max(1024)
    .default(AGENT_LIMITS.lightConcurrency.value)
    .describe('Light runs under way at once.'),
  caps: z
    .strictObject({
      runsPerMinute: perMinute.describe('Runs that may start within any minute, whoever asks for them.'),
      browserRunsPerMinute: perMinute.describe('The same of runs in the browser.'),
      hostRunsPerMinute: perMinute.describe('The same of the targets at one host and port.'),
    })
    .prefault({})
    .describe('What no schedule can lift: a slot past a cap is missed, and says so.'),
  spool: z
    .strictObject({
      bytesMax: bytes.default(AGENT_LIMITS.spoolBytes.value).describe('Size of the spool, e.g. 64MiB.'),
      ageMaxMs: bytes
        .default(AGENT_LIMITS.spoolAgeMs.value)
        .describe('Age past which results are dropped, e.g. 3d.'),
    })
    .prefault({}),
  takeover: z
    .boolean()
    .default(false)
    .describe('Take the spool over from an agent that runs on it, which then ends.'),
});

export type AgentConfig = z.infer<typeof agentConfigSchema>;

/** A configuration that cannot be used; each problem names its key. */
export class AgentConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The configuration of the agent is not valid: ${problems.join('; ')}`);
    this.name = 'AgentConfigError';
    this.problems = problems;
  }
}

/** Checks a parsed JSON or YAML value and fills in what it leaves out; throws `AgentConfigError`. */
export function parseAgentConfig(value: unknown): AgentConfig {
  const parsed = agentConfigSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AgentConfigError(
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`),
  );
}
