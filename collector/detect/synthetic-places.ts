/** Where the agents of a synthetic world are, when they are there, and when packets are lost. */
import type { Random } from './synthetic-random.ts';

/** A stretch in which an agent is not there, from the start of the world. */
export interface Down {
  readonly fromMs: number;
  readonly untilMs: number;
  /** It said that it would go. */
  readonly goodbye: boolean;
}

export interface WorldAgent {
  readonly id: string;
  readonly region: string;
  readonly country: string;
  readonly isp: string;
  /** The edge that serves it. */
  readonly pop: string;
  /** How much slower everything is there. */
  readonly factor: number;
  /** By how much its local time is ahead. */
  readonly offsetMs: number;
  /** When it first and last runs, from the start of the world. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly downs: readonly Down[];
}

/** Packets are lost on the way of some agents. */
export interface Burst {
  readonly atMs: number;
  readonly untilMs: number;
  readonly agents: ReadonlySet<string>;
  /** Share of packets. */
  readonly loss: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ISPS = ['transit', 'cable', 'mobile'] as const;
const REGIONS_PER_COUNTRY = 2;
const REGIONS_PER_POP = 4;

interface Extent {
  readonly regions: number;
  readonly agentsPerRegion: number;
  readonly lengthMs: number;
  readonly churn: boolean;
  /** Share of agents that another edge than the nearest serves. */
  readonly strays: number;
}

/** The networks are those of a country; an edge serves neighbouring regions. */
export function drawAgents(random: Random, extent: Extent): WorldAgent[] {
  const { regions, agentsPerRegion, lengthMs, churn, strays } = extent;
  const pops = Math.ceil(regions / REGIONS_PER_POP);
  const agents: WorldAgent[] = [];
  for (let r = 0; r < regions; r += 1) {
    const country = `c${Math.floor(r / REGIONS_PER_COUNTRY)}`;
    const place = {
      region: `r${r}`,
      country,
      pop: `pop${Math.floor(r / REGIONS_PER_POP)}`,
      offsetMs: (r / regions) * DAY_MS,
    };
    const regionFactor = random.lognormal(1, 0.3);
    for (let i = 0; i < agentsPerRegion; i += 1) {
      const own = {
        ...place,
        ...(strays > 0 && random.chance(strays) && { pop: `pop${Math.floor(random.uniform(0, pops))}` }),
        isp: `${country}-${ISPS[i % ISPS.length]}`,
        factor: regionFactor * random.lognormal(1, 0.2),
      };
      // One in ten is taken down for good, and a new machine takes its place.
      const replacedMs = churn && random.chance(0.1) ? random.uniform(0, lengthMs) : undefined;
      const lives = [
        { id: `r${r}-a${i}`, fromMs: 0, untilMs: replacedMs ?? Number.POSITIVE_INFINITY },
        ...(replacedMs === undefined
          ? []
          : [{ id: `r${r}-b${i}`, fromMs: replacedMs + 60_000, untilMs: Number.POSITIVE_INFINITY }]),
      ];
      for (const life of lives)
        agents.push({ ...own, ...life, downs: churn ? drawDowns(random, lengthMs) : [] });
    }
  }
  return churn ? withUpgrade(random, agents, lengthMs) : agents;
}

/** Half of the agents crash once a day, for half a minute to ten; all restart with a goodbye now and then. */
function drawDowns(random: Random, lengthMs: number): Down[] {
  const downs: Down[] = [];
  const draw = (everyMs: number, longestMs: number, goodbye: boolean) => {
    for (let atMs = random.exponential(everyMs); atMs < lengthMs; atMs += random.exponential(everyMs))
      downs.push({ fromMs: atMs, untilMs: atMs + random.uniform(30_000, longestMs), goodbye });
  };
  draw(2 * DAY_MS, 600_000, false);
  draw(DAY_MS, 120_000, true);
  return downs;
}

/** Once a day everybody is upgraded, region after region. */
function withUpgrade(random: Random, agents: readonly WorldAgent[], lengthMs: number): WorldAgent[] {
  const atMs = random.uniform(0.3, 0.7) * lengthMs;
  return agents.map((agent, i) => {
    const fromMs = atMs + i * 20_000;
    return { ...agent, downs: [...agent.downs, { fromMs, untilMs: fromMs + 15_000, goodbye: true }] };
  });
}

/** Four a day for each agent, of half a minute to five; two a day for each network in a region, of at most a minute and a half. */
export function drawBursts(random: Random, agents: readonly WorldAgent[], lengthMs: number): Burst[] {
  const bursts: Burst[] = [];
  const draw = (of: readonly WorldAgent[], everyMs: number, longestMs: number) => {
    const ids = new Set(of.map(({ id }) => id));
    for (let atMs = random.exponential(everyMs); atMs < lengthMs; atMs += random.exponential(everyMs)) {
      const loss = random.uniform(0.02, 0.2);
      bursts.push({ atMs, untilMs: atMs + random.uniform(30_000, longestMs), agents: ids, loss });
    }
  };
  for (const agent of agents) draw([agent], DAY_MS / 4, 300_000);
  for (const group of Map.groupBy(agents, ({ region, isp }) => `${region} ${isp}`).values())
    draw(group, DAY_MS / 2, 90_000);
  return bursts.sort((a, b) => a.atMs - b.atMs);
}
