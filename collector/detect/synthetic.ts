/**
 * Seeded fleets with noise as it is seen where a whole fleet shares one busy machine: lognormal and autocorrelated latency,
 * bursts while a browser runs, stalls that hit whoever is in flight, heavy tails, lost, late and duplicate rows; and labelled
 * faults. The same seed gives the same fleet.
 */
import { slotAtOrAfter, slotSeries } from '../../protocol/slots.ts';
import type { FleetAgent, Observation } from './observation.ts';
import { HostNoise, type NoiseLevels } from './synthetic-noise.ts';
import { Random } from './synthetic-random.ts';

/** A fault in part of the fleet, from `atMs` for `lengthMs`, both from the start of the fleet. */
export interface SyntheticFault {
  /** `latency`: `value` ms on each turn. `blackhole`: runs time out. `error`: share `value` of the runs answers 503. `kill`: agents fall silent. */
  readonly kind: 'latency' | 'blackhole' | 'error' | 'kill';
  readonly value: number;
  readonly atMs: number;
  readonly lengthMs: number;
  /** Everything where none is named. */
  readonly region?: string;
  readonly agents?: readonly string[];
  readonly target?: string;
}

export interface SyntheticCheck {
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** The judged metric, its usual value, and how many round trips it is made of. */
  readonly metric: string;
  readonly baseMs: number;
  readonly turns: number;
  /** Only the first agent of each region runs it. */
  readonly browser?: boolean;
}

export interface FleetOptions {
  readonly seed: number;
  readonly regions?: readonly string[];
  readonly agentsPerRegion?: number;
  readonly startMs?: number;
  readonly lengthMs: number;
  /** When the first agent comes up, from the start. Default: 4 s. */
  readonly agentsFromMs?: number;
  readonly faults?: readonly SyntheticFault[];
  readonly checks?: readonly SyntheticCheck[];
  readonly noise?: Partial<NoiseLevels>;
}

export interface SyntheticFleet {
  readonly startMs: number;
  readonly endMs: number;
  readonly agents: readonly { readonly id: string; readonly region: string }[];
  /** Ordered by when they are seen. */
  readonly observations: readonly Observation[];
  /** What a registry would say: silent after three missed health intervals. */
  fleetAt(nowMs: number): FleetAgent[];
}

/** The checks of a small local fleet: light ones often, uploads and browsers rarely. */
export const LOCAL_CHECKS: readonly SyntheticCheck[] = [
  ...['clip', 'stream'].flatMap((target, i): SyntheticCheck[] => [
    {
      probe: 'edge',
      type: 'http',
      target,
      everyMs: 2000,
      timeoutMs: 2000,
      metric: 'ttfb_ms',
      baseMs: 6 + 4 * i,
      turns: 1,
    },
    {
      probe: 'play',
      type: 'playback',
      target,
      everyMs: 2000,
      timeoutMs: 5000,
      metric: 'first_frame_ms',
      baseMs: 25 + 20 * i,
      turns: 2 + i,
    },
  ]),
  {
    probe: 'post',
    type: 'upload',
    target: 'files',
    everyMs: 10_000,
    timeoutMs: 5000,
    metric: 'upload_total_ms',
    baseMs: 120,
    turns: 4,
  },
  {
    probe: 'watch',
    type: 'video-start',
    target: 'clip',
    everyMs: 30_000,
    timeoutMs: 15_000,
    metric: 'video_startup_ms',
    baseMs: 350,
    turns: 2,
    browser: true,
  },
];

const DEFAULT_REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
/** An agent is called silent after this long. */
const SILENT_AFTER_MS = 15_000;

interface RunPlan {
  readonly agent: string;
  readonly region: string;
  readonly check: SyntheticCheck;
  /** The slot, from the start of the fleet. */
  readonly atMs: number;
  readonly slotMs: number;
}

export function syntheticFleet(options: FleetOptions): SyntheticFleet {
  const startMs = options.startMs ?? 1_800_000_000_000;
  const regions = options.regions ?? DEFAULT_REGIONS;
  const agents = regions.flatMap((region) =>
    Array.from({ length: options.agentsPerRegion ?? 3 }, (_, i) => ({ id: `${region}-${i + 1}`, region })),
  );
  const random = new Random(options.seed);
  const plans = planRuns(options, agents, startMs, random);
  const browserRuns = plans.filter((plan) => plan.check.browser).map((plan) => plan.atMs);
  const noise = new HostNoise(random, options.lengthMs, browserRuns, options.noise);
  const observations = plans.flatMap((plan) => observe(plan, options.faults ?? [], noise, random, startMs));
  observations.sort((a, b) => a.seenMs - b.seenMs);
  const kills = (options.faults ?? []).filter((fault) => fault.kind === 'kill');
  return {
    startMs,
    endMs: startMs + options.lengthMs,
    agents,
    observations,
    fleetAt: (nowMs) =>
      agents.map(({ id, region }) => ({
        id,
        region,
        state: kills.some((kill) => hits(kill, { agent: id, region }, nowMs - startMs - SILENT_AFTER_MS))
          ? 'silent'
          : 'connected',
      })),
  };
}

function planRuns(
  options: FleetOptions,
  agents: SyntheticFleet['agents'],
  startMs: number,
  random: Random,
): RunPlan[] {
  const plans: RunPlan[] = [];
  for (const [index, { id, region }] of agents.entries()) {
    // Processes of one machine come up one after the other.
    const firstMs = startMs + (options.agentsFromMs ?? 4000) + 300 * index + random.uniform(0, 500);
    const isFirst = agents.findIndex((agent) => agent.region === region) === index;
    for (const check of options.checks ?? LOCAL_CHECKS) {
      if (check.browser && !isFirst) continue;
      const series = slotSeries(check.probe, check.target, id, check.everyMs);
      for (
        let slotMs = slotAtOrAfter(series, firstMs);
        slotMs < startMs + options.lengthMs;
        slotMs += check.everyMs
      )
        plans.push({ agent: id, region, check, slotMs, atMs: slotMs - startMs });
    }
  }
  return plans.sort((a, b) => a.slotMs - b.slotMs);
}

function hits(
  fault: SyntheticFault,
  where: { agent: string; region: string; target?: string },
  atMs: number,
): boolean {
  return (
    atMs >= fault.atMs &&
    atMs < fault.atMs + fault.lengthMs &&
    (fault.region === undefined || fault.region === where.region) &&
    (fault.agents?.includes(where.agent) ?? true) &&
    (fault.target === undefined || where.target === undefined || fault.target === where.target)
  );
}

function observe(
  plan: RunPlan,
  faults: readonly SyntheticFault[],
  noise: HostNoise,
  random: Random,
  startMs: number,
): Observation[] {
  const { agent, region, check, slotMs, atMs } = plan;
  const active = faults.filter((fault) => hits(fault, { agent, region, target: check.target }, atMs));
  if (active.some((fault) => fault.kind === 'kill') || random.chance(noise.levels.lostShare)) return [];
  const disturbance = noise.during(atMs);
  const ttfbMs = noise.agentFactor(agent) * check.baseMs * 0.6;
  const slowMs = active
    .filter((fault) => fault.kind === 'latency')
    .reduce((sum, fault) => sum + fault.value * random.uniform(0.97, 1.03), 0);
  const valueMs = check.baseMs * noise.agentFactor(agent) + disturbance.delayMs + slowMs * check.turns;
  const failure = failureOf(active, valueMs, check, noise, random);
  const durationMs = failure?.code === 'timeout' ? check.timeoutMs : valueMs;
  const base = {
    agent,
    region,
    probe: check.probe,
    type: check.type,
    target: check.target,
    scheduledMs: slotMs,
    disturbed: disturbance.disturbed,
  };
  const seenMs = Math.round(startMs + atMs + durationMs + random.uniform(50, 600) + noise.transportMs());
  const run: Observation = failure
    ? { ...base, seenMs, outcome: 'fail', failure, metrics: {} }
    : {
        ...base,
        seenMs,
        outcome: 'ok',
        metrics: {
          [check.metric]: valueMs,
          connect_ms: random.lognormal(0.5, 0.3),
          ttfb_ms: check.metric === 'ttfb_ms' ? valueMs : ttfbMs + disturbance.delayMs + slowMs,
        },
      };
  if (!random.chance(noise.levels.duplicateShare)) return [run];
  return [run, { ...run, seenMs: seenMs + Math.round(random.uniform(0, 3000)) }];
}

function failureOf(
  active: readonly SyntheticFault[],
  valueMs: number,
  check: SyntheticCheck,
  noise: HostNoise,
  random: Random,
): Observation['failure'] {
  const blackhole = active.some((fault) => fault.kind === 'blackhole');
  if (blackhole || valueMs > check.timeoutMs || random.chance(noise.levels.failShare))
    return { layer: 'http', blame: 'unknown', code: 'timeout' };
  const error = active.find((fault) => fault.kind === 'error');
  if (error && random.chance(error.value)) return { layer: 'http', blame: 'target', code: 'status' };
  return undefined;
}
