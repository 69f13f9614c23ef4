/** The agents of `up`: who they are, and how each reaches the service by the way of its region. */
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { AgentConfig } from '../../agent/config.ts';
import { SANDBOX_HOST } from './default-probes.ts';
import { regionOf } from './regions.ts';

/** What zod fills in may be left out. */
export type AgentConfigInput = Pick<AgentConfig, 'id' | 'labels' | 'collectors' | 'dataDir'> & {
  readonly network: {
    readonly policy: { readonly allow: string[] };
    readonly connectTo: Record<string, string>;
  };
  readonly browser?: { readonly path: string };
};

export interface AgentsInput {
  readonly regions: readonly string[];
  readonly agentsPerRegion: number;
  readonly collector: string;
  readonly dataDir: string;
  /** Ports of the fault proxies by region; none with a real target. */
  readonly proxyPorts: Readonly<Record<string, number>> | undefined;
  readonly browserPath: string | undefined;
  /** The real target, which the user of this machine named in person. */
  readonly target: string | undefined;
}

/** Providers of the agents of a region, so that it is seen from several networks. The numbers are for documentation (RFC 5398). */
const PROVIDERS = [
  { isp: 'Transit One', asn: 64496 },
  { isp: 'Cable Two', asn: 64497 },
  { isp: 'Mobile Three', asn: 64498 },
] as const;

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** Nothing private may be reached, but for an address of this machine or network that the user wrote out as the target. */
function allowedFor(target: string | undefined): string[] {
  const host = target === undefined ? '' : new URL(target).hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost') return LOOPBACK;
  return isIP(host) === 0 ? [] : [`${host}/${isIP(host) === 4 ? 32 : 128}`];
}

/** The first agent of each region has the browser; the others are light. */
export function agentConfigs(input: AgentsInput): AgentConfigInput[] {
  return input.regions.flatMap((region) =>
    Array.from({ length: input.agentsPerRegion }, (_, i) => agentConfig(input, region, i)),
  );
}

function agentConfig(input: AgentsInput, region: string, index: number): AgentConfigInput {
  const id = `${region}-${index + 1}`;
  const { country, city, lat, lon } = regionOf(region);
  const { isp, asn } = PROVIDERS[index % PROVIDERS.length] ?? PROVIDERS[0];
  const port = input.proxyPorts?.[region];
  return {
    id,
    labels: {
      region,
      country,
      city,
      lat,
      lon,
      asn,
      isp,
      provider: 'this machine',
      network: 'datacenter',
      tags: ['up'],
    },
    collectors: [input.collector],
    dataDir: join(input.dataDir, 'agents', id),
    network: {
      policy: { allow: port === undefined ? allowedFor(input.target) : LOOPBACK },
      connectTo: port === undefined ? {} : { [`${SANDBOX_HOST}:80`]: `127.0.0.1:${port}` },
    },
    ...(index === 0 && input.browserPath !== undefined ? { browser: { path: input.browserPath } } : {}),
  };
}
