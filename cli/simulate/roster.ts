/** Who is simulated: agents spread evenly over regions `region-1`, `region-2`, …, under ids that are the same at every run. */
import type { AgentLabels } from '../../protocol/identity.ts';
import { Draws, hashOf } from './draws.ts';

export interface RosterEntry {
  readonly id: string;
  readonly labels: AgentLabels;
}

const COUNTRIES = ['BR', 'DE', 'FR', 'GB', 'ID', 'IN', 'JP', 'KR', 'MX', 'NG', 'PH', 'TH', 'TR', 'US', 'VN'];
const ISPS_PER_REGION = 3;
const NETWORKS = ['residential', 'mobile', 'datacenter'] as const;
/** The first private number of autonomous systems (RFC 6996). */
const FIRST_ASN = 64_512;

export function regionNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `region-${index + 1}`);
}

/** `agents` agents, the first in the first region, the second in the second, and so on in turns. */
export function roster(
  name: string,
  seed: number,
  agents: number,
  regions: readonly string[],
): RosterEntry[] {
  const labels = regions.map((region) => labelSets(name, seed, region));
  return Array.from({ length: agents }, (_, index) => {
    const inRegion = Math.floor(index / regions.length);
    const sets = labels[index % regions.length] as readonly AgentLabels[];
    return {
      id: `${name}-${(index % regions.length) + 1}-${inRegion + 1}`,
      labels: sets[inRegion % sets.length] as AgentLabels,
    };
  });
}

/** The labels that occur in a region: one set for each provider, shared by its agents. */
function labelSets(name: string, seed: number, region: string): AgentLabels[] {
  const draws = new Draws();
  draws.seed(seed, hashOf(region), 1, 0);
  const country = COUNTRIES[draws.bits() % COUNTRIES.length] as string;
  const place = { lat: draws.uniform(-45, 60), lon: draws.uniform(-180, 180) };
  const firstAsn = FIRST_ASN + (draws.bits() % 900);
  return NETWORKS.slice(0, ISPS_PER_REGION).map((network, index) => ({
    region,
    country,
    city: `${region} city`,
    lat: Math.round(place.lat * 100) / 100,
    lon: Math.round(place.lon * 100) / 100,
    asn: firstAsn + index,
    isp: `${country} ISP ${index + 1}`,
    provider: 'simulated',
    network,
    // By this tag the simulation's probes find its agents, and nobody else.
    tags: [name],
  }));
}
