/** What an agent is told at start: who it is, where its collectors are, what it may reach and how much it may take. */
import { z } from 'zod';
import { NETWORK_KINDS } from '../protocol/identity.ts';
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
      city: z.string().default(''),
      lat: z.number().min(-90).max(90).default(0),
      lon: z.number().min(-180).max(180).default(0),
      asn: z.int().min(0).default(0).describe('Number of the autonomous system; 0 is unknown.'),
      isp: z.string().default(''),
      provider: z.string().default(''),
      network: z.enum(NETWORK_KINDS).default('datacenter'),
      tags: z.array(z.string()).max(32).default([]),
    })
    .describe('Where the agent stands; empty is unknown.'),
  collectors: z
    .array(z.url({ protocol: /^(wss?|https?)$/ }))
    .min(1)
    .max(16)
    .describe('Addresses of collectors, the preferred first, e.g. ws://127.0.0.1:7077.'),
  dataDir: z.string().min(1).describe('Directory of the spool; one agent alone.'),
  network: z
    .strictObject({
      policy: z
        .strictObject({ allow: z.array(z.string()).default([]), deny: z.array(z.string()).default([]) })
        .prefault({})
        .describe('CIDR blocks allowed although private, and forbidden in addition.'),
      connectTo: z
        .record(z.string(), z.string())
        .default({})
        .describe('host:port dialled in place of another.'),
      nameServers: z.array(z.string()).default([]).describe('Name servers; those of the system when empty.'),
      trustedCa: z.string().optional().describe('Further trusted certificate authorities, PEM.'),
    })
    .prefault({}),
  browser: z
    .strictObject({
      path: z.string().min(1).describe('Executable of the browser.'),
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
  lightConcurrency: z.int().min(1).max(1024).default(AGENT_LIMITS.lightConcurrency.value),
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
      bytesMax: bytes.default(AGENT_LIMITS.spoolBytes.value),
      ageMaxMs: bytes.default(AGENT_LIMITS.spoolAgeMs.value),
    })
    .prefault({}),
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
