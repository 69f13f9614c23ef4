/**
 * Seeded regions of a few agents over days, one check each, for measuring regional detection: a background for each agent (drawn
 * here, or a trace of the world outside), labelled faults in some or one of a region's agents, and rows that are lost, late or
 * twice there. A round at a time; the same seed gives the same.
 */
import type { Observation } from './observation.ts';
import { Random } from './synthetic-random.ts';

/** The value of a run by its round, in milliseconds; 0 or less for a timeout. */
export type Background = (round: number) => number;

export interface RegionFault {
  /** `slow`: slower by the share `value`; `fail`: the share `value` of the runs fails. */
  readonly kind: 'slow' | 'fail';
  readonly value: number;
  /** `step`: all at once; `ramp`: growing over the first half; `flap`: on and off, five rounds each. */
  readonly shape: 'step' | 'ramp' | 'flap';
  readonly region: string;
  readonly agents: readonly string[];
  readonly fromRound: number;
  readonly rounds: number;
}

export interface RegionsOptions {
  readonly seed: number;
  readonly regions: number;
  readonly agentsPerRegion: number;
  readonly rounds: number;
  readonly everyMs: number;
  /** A fault each so many rounds in one region, as `fault` draws it; none without. */
  readonly faults?: readonly RegionFault[];
  /** Backgrounds in place of drawn ones, by agent. */
  readonly background?: (agent: number, random: Random) => Background;
  /** Shares of rows: never seen, seen up to three rounds late, seen twice. */
  readonly lost?: number;
  readonly late?: number;
  readonly twice?: number;
}

export const REGIONS_START_MS = 1_800_000_000_000;

export const regionName = (r: number): string => `r${r}`;
export const agentNames = (r: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `r${r}-a${i}`);

/**
 * A path as probes of round-trip and first-byte times see it: lognormal noise that remembers the run before, busy hours, a heavy
 * tail and rare timeouts; how much of each differs from path to path.
 */
export function drawnBackground(random: Random, everyMs: number): Background {
  const home = random.uniform(20, 300);
  const sigma = 0.005 * 12 ** random.next();
  const memory = random.uniform(0, 0.6);
  const depth = random.uniform(0, 0.1);
  const phase = random.next();
  const tail = random.uniform(0.001, 0.02);
  let state = random.normal();
  return (round) => {
    state = memory * state + Math.sqrt(1 - memory ** 2) * random.normal();
    if (random.chance(0.001)) return 0;
    const day = (round * everyMs) / 86_400_000 + phase;
    const value = home * (1 + depth * Math.sin(2 * Math.PI * day)) * Math.exp(sigma * state);
    return random.chance(tail) ? value + 5 * (1 - random.next()) ** -1 : value;
  };
}

interface Path {
  readonly agent: string;
  readonly region: string;
  readonly background: Background;
  readonly phaseMs: number;
}

/** All runs in the order in which they are seen. */
export function* regionRuns(options: RegionsOptions): Generator<Observation> {
  const { everyMs, faults = [], late = 0, lost = 0, rounds, twice = 0 } = options;
  const random = new Random(options.seed);
  const paths = drawPaths(options, random);
  let held: Observation[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startMs = REGIONS_START_MS + round * everyMs;
    for (const path of paths) {
      const run = runOf(path, round, startMs + path.phaseMs, faults, random);
      if (lost > 0 && random.chance(lost)) continue;
      const delayMs = late > 0 && random.chance(late) ? random.uniform(0, 3 * everyMs) : 0;
      const seen = { ...run, seenMs: Math.round(run.seenMs + delayMs) };
      held.push(seen);
      if (twice > 0 && random.chance(twice))
        held.push({ ...seen, seenMs: Math.round(seen.seenMs + random.uniform(0, everyMs)) });
    }
    held.sort((a, b) => a.seenMs - b.seenMs);
    const later = held.findIndex(({ seenMs }) => seenMs >= startMs + everyMs);
    const count = later === -1 ? held.length : later;
    yield* held.slice(0, count);
    held = held.slice(count);
  }
  yield* held;
}

function drawPaths(options: RegionsOptions, random: Random): Path[] {
  const { agentsPerRegion, everyMs } = options;
  const background = options.background ?? ((_, own) => drawnBackground(own, everyMs));
  return Array.from({ length: options.regions }, (_, r) =>
    agentNames(r, agentsPerRegion).map((agent, i) => ({
      agent,
      region: regionName(r),
      background: background(
        r * agentsPerRegion + i,
        new Random(options.seed * 1009 + r * agentsPerRegion + i),
      ),
      phaseMs: Math.floor(random.next() * everyMs * 0.9),
    })),
  ).flat();
}

function runOf(
  path: Path,
  round: number,
  scheduledMs: number,
  faults: readonly RegionFault[],
  random: Random,
): Observation {
  const { agent, region } = path;
  let value = path.background(round);
  let failed = value <= 0;
  for (const fault of faults) {
    const at = round - fault.fromRound;
    if (at < 0 || at >= fault.rounds || fault.region !== region || !fault.agents.includes(agent)) continue;
    const size = fault.value * shapeAt(fault, at);
    if (fault.kind === 'slow') value *= 1 + size;
    else failed ||= random.chance(size);
  }
  const durationMs = failed ? 1000 : value;
  return {
    agent,
    region,
    probe: 'edge',
    type: 'http',
    target: 'clip',
    scheduledMs,
    seenMs: Math.round(scheduledMs + durationMs + 200),
    outcome: failed ? 'fail' : 'ok',
    disturbed: false,
    metrics: failed ? {} : { rtt_ms: value },
    ...(failed && { failure: { layer: 'http', blame: 'unknown', code: 'timeout' } as const }),
  };
}

function shapeAt({ rounds, shape }: RegionFault, at: number): number {
  if (shape === 'ramp') return Math.min(1, (at + 1) / (rounds / 2));
  if (shape === 'flap') return at % 10 < 5 ? 1 : 0;
  return 1;
}
