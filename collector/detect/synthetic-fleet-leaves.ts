/** Checks of a nested fleet as leaves, with one fault of a known kind. */
import type { FaultPlace } from './leaves/fault-place.ts';
import { LeafMinutes, type LeafSet, type LeafTable } from './leaves/leaf-table.ts';
import { poisson } from './synthetic-leaves.ts';
import { Random } from './synthetic-random.ts';

export interface FleetLeaves {
  readonly table: LeafTable;
  readonly place: FaultPlace;
  /** What the fault was put on. */
  readonly set: LeafSet;
}

export interface FleetLeavesOptions {
  readonly seed: number;
  readonly place: Exclude<FaultPlace, 'OURSELVES'>;
  /** Share of the runs under the fault that exceed their normal or fail. */
  readonly share?: number;
  /** Of the agents that the fault concerns, those that feel it. */
  readonly felt?: number;
  /** Rounds of each check that an alarm is judged by. */
  readonly rounds?: number;
}

/** Countries have regions, regions cities, cities agents; providers are spread over all of them, and a POP serves what is near. */
const FLEET = {
  ...{ countries: 3, regionsPerCountry: 2, citiesPerRegion: 2, agentsPerCity: 3 },
  ...{ isps: 4, targets: 4, pops: 4 },
} as const;
/** Agents that are served by another POP than the nearest. */
const STRAY_SHARE = 0.25;
/** Runs that exceed their normal without a fault: what p75 and a minimum effect leave over, uneven between agents. */
const QUIET_SHARE = 0.1;
const QUIET_SPREAD = 0.5;
/** Rounds of the past that the usual share is learned from. */
const PAST_ROUNDS = 60;

interface Agent {
  readonly labels: Readonly<Record<'agent' | 'city' | 'region' | 'country' | 'isp' | 'pop', string>>;
  readonly quiet: number;
}

const DIMS = ['agent', 'city', 'region', 'country', 'isp', 'pop', 'target'] as const;

/** A fleet of 36 agents and four targets, judged over some rounds with one fault in them. */
export function syntheticFleetLeaves(options: FleetLeavesOptions): FleetLeaves {
  const { share = 0.6, felt = 1, place, rounds = 10, seed } = options;
  const random = new Random(seed);
  const agents = agentsOf(random);
  const set = faultSet(place, agents, random);
  const rows = new LeafMinutes(DIMS, 1);
  for (const { labels, quiet } of agents) {
    const feels = random.chance(felt);
    for (let target = 1; target <= FLEET.targets; target += 1) {
      const leaf: Record<string, string> = { ...labels, target: `target-${target}` };
      const values = DIMS.map((dim) => leaf[dim] as string);
      const isHit = feels && Object.entries(set).every(([dim, value]) => leaf[dim] === value);
      const draw = (runs: number, rate: number): number => Math.min(runs, poisson(runs * rate, random));
      rows.add(0, values, draw(PAST_ROUNDS, quiet), PAST_ROUNDS);
      rows.add(1, values, draw(rounds, isHit ? Math.max(share, quiet) : quiet), rounds);
    }
  }
  return { table: rows.table(), place, set };
}

function agentsOf(random: Random): Agent[] {
  const agents: Agent[] = [];
  for (let country = 1; country <= FLEET.countries; country += 1)
    for (let region = 1; region <= FLEET.regionsPerCountry; region += 1)
      for (let city = 1; city <= FLEET.citiesPerRegion; city += 1)
        for (let agent = 1; agent <= FLEET.agentsPerCity; agent += 1) {
          const near = ((country - 1) * FLEET.regionsPerCountry + region - 1) % FLEET.pops;
          const pop = random.chance(STRAY_SHARE) ? Math.floor(random.uniform(0, FLEET.pops)) : near;
          const labels = {
            agent: `agent-${country}${region}${city}${agent}`,
            city: `city-${country}${region}${city}`,
            region: `region-${country}${region}`,
            country: `country-${country}`,
            isp: `isp-${1 + Math.floor(random.uniform(0, FLEET.isps))}`,
            pop: `pop-${1 + pop}`,
          };
          agents.push({ labels, quiet: QUIET_SHARE * Math.exp(QUIET_SPREAD * random.normal()) });
        }
  return agents;
}

function faultSet(place: FleetLeavesOptions['place'], agents: readonly Agent[], random: Random): LeafSet {
  const { labels } = agents[Math.floor(random.uniform(0, agents.length))] as Agent;
  const target = `target-${1 + Math.floor(random.uniform(0, FLEET.targets))}`;
  switch (place) {
    case 'AGENT':
      return { agent: labels.agent };
    case 'ISP':
      return { isp: labels.isp };
    case 'REGION':
      return { region: labels.region };
    case 'COUNTRY':
      return { country: labels.country };
    case 'POP':
      return { pop: labels.pop };
    case 'TARGET':
      return { target };
    case 'ROUTE':
      return { region: labels.region, target };
    case 'GLOBAL':
      return {};
  }
}
