/**
 * Seeded fleets of hundreds of agents over days, a run at a time: regions of several countries and networks, load that follows
 * the local time of day, bursts of lost packets, agents that restart, crash and are replaced, and labelled faults in any
 * scope. Nothing is held but a minute of it. The same seed gives the same day.
 */
import { slotAtOrAfter, slotSeries } from '../../protocol/slots.ts';
import type { FleetAgent, Observation } from './observation.ts';
import { type Burst, drawAgents, drawBursts, type WorldAgent } from './synthetic-places.ts';
import { Random } from './synthetic-random.ts';

/** A fault in what carries all these labels (`agent`, `region`, `country`, `isp`, `pop`, `target`, `probe`); everything where none is named. */
export interface WorldFault {
  /** `slow`: `value` times the usual; `fail`: share `value` of the runs answers 503; `blackhole`: runs time out. */
  readonly kind: 'slow' | 'fail' | 'blackhole';
  readonly value: number;
  readonly where: Readonly<Record<string, string>>;
  /** From the start of the world. */
  readonly atMs: number;
  readonly lengthMs: number;
}

export interface WorldCheck {
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly metric: string;
  readonly baseMs: number;
}

export interface WorldOptions {
  readonly seed: number;
  readonly lengthMs: number;
  readonly startMs?: number;
  readonly regions?: number;
  readonly agentsPerRegion?: number;
  readonly checks?: readonly WorldCheck[];
  readonly faults?: readonly WorldFault[];
  /** Agents restart, crash and are replaced. Default: true. */
  readonly churn?: boolean;
  /** Packets are lost in bursts. Default: true. */
  readonly loss?: boolean;
  /** Share of agents that another edge than the nearest serves. Default: 0. */
  readonly strays?: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How much slower the busiest hour is than the mean. */
const DIURNAL = 0.15;
/** Deviation of the logarithm of latency from run to run, and how much a run remembers of the last. */
const SIGMA = 0.18;
const MEMORY = 0.5;
const TAIL_SHARE = 0.01;
const FAIL_SHARE = 0.002;
const LOST_SHARE = 0.002;
const DUPLICATE_SHARE = 0.005;
const SILENT_AFTER_MS = 45_000;

/** Every minute from all agents: playback of two clips, and the manifest. */
export const WORLD_CHECKS: readonly WorldCheck[] = [
  ...['clips', 'live'].map((target) => ({
    probe: 'play',
    type: 'playback',
    target,
    everyMs: MINUTE_MS,
    timeoutMs: 15_000,
    metric: 'first_frame_ms',
    baseMs: target === 'live' ? 900 : 600,
  })),
  {
    probe: 'edge',
    type: 'http',
    target: 'clips',
    everyMs: MINUTE_MS,
    timeoutMs: 10_000,
    metric: 'ttfb_ms',
    baseMs: 220,
  },
];

interface Way {
  readonly agent: WorldAgent;
  readonly check: WorldCheck;
  readonly series: ReturnType<typeof slotSeries>;
  /** The usual of this check there. */
  readonly medianMs: number;
  /** What it remembers of the last run. */
  state: number;
}

export class SyntheticWorld {
  readonly startMs: number;
  readonly endMs: number;
  readonly agents: readonly WorldAgent[];
  readonly #random: Random;
  readonly #faults: readonly WorldFault[];
  readonly #bursts: readonly Burst[];
  readonly #ways: readonly Way[];

  constructor(options: WorldOptions) {
    const { seed, lengthMs, startMs = 1_800_000_000_000, regions = 20, agentsPerRegion = 15 } = options;
    const random = new Random(seed);
    this.startMs = startMs;
    this.endMs = startMs + lengthMs;
    this.#random = random;
    this.#faults = options.faults ?? [];
    const { churn = true, strays = 0 } = options;
    this.agents = drawAgents(random, { regions, agentsPerRegion, lengthMs, churn, strays });
    this.#bursts = (options.loss ?? true) ? drawBursts(random, this.agents, lengthMs) : [];
    this.#ways = this.agents.flatMap((agent) =>
      (options.checks ?? WORLD_CHECKS).map((check) => ({
        agent,
        check,
        series: slotSeries(check.probe, check.target, agent.id, check.everyMs),
        medianMs: check.baseMs * agent.factor * random.lognormal(1, 0.1),
        state: random.normal(),
      })),
    );
  }

  /** All runs, ordered by when they are seen; to be asked for once. */
  *observations(): Generator<Observation> {
    let held: Observation[] = [];
    for (let fromMs = this.startMs; fromMs < this.endMs; fromMs += MINUTE_MS) {
      const untilMs = Math.min(fromMs + MINUTE_MS, this.endMs);
      const bursts = this.#bursts.filter(
        (one) => one.atMs < untilMs - this.startMs && one.untilMs > fromMs - this.startMs,
      );
      for (const way of this.#ways) this.#runs(way, fromMs, untilMs, bursts, held);
      held.sort((a, b) => a.seenMs - b.seenMs);
      const later = held.findIndex(({ seenMs }) => seenMs >= untilMs);
      const count = later === -1 ? held.length : later;
      yield* held.slice(0, count);
      held = held.slice(count);
    }
    yield* held;
  }

  /** What a registry would say. */
  fleetAt(nowMs: number): FleetAgent[] {
    const atMs = nowMs - this.startMs;
    return this.agents.flatMap((agent): FleetAgent[] => {
      const { id, region, downs } = agent;
      if (atMs < agent.fromMs) return [];
      if (atMs >= agent.untilMs) return [{ id, region, state: 'stopped' }];
      const down = downs.find((one) => atMs >= one.fromMs && atMs < one.untilMs);
      if (down?.goodbye) return [{ id, region, state: 'stopped' }];
      const silent = down !== undefined && atMs >= down.fromMs + SILENT_AFTER_MS;
      return [{ id, region, state: silent ? 'silent' : 'connected' }];
    });
  }

  #runs(way: Way, fromMs: number, untilMs: number, bursts: readonly Burst[], into: Observation[]): void {
    const { agent, check, series } = way;
    for (let slotMs = slotAtOrAfter(series, fromMs); slotMs < untilMs; slotMs += check.everyMs) {
      const atMs = slotMs - this.startMs;
      if (atMs < agent.fromMs || atMs >= agent.untilMs) continue;
      if (agent.downs.some((down) => atMs >= down.fromMs && atMs < down.untilMs)) continue;
      if (this.#random.chance(LOST_SHARE)) continue;
      const run = this.#run(way, slotMs, bursts);
      into.push(run);
      if (this.#random.chance(DUPLICATE_SHARE))
        into.push({ ...run, seenMs: run.seenMs + Math.round(this.#random.uniform(0, 5000)) });
    }
  }

  #run(way: Way, slotMs: number, bursts: readonly Burst[]): Observation {
    const random = this.#random;
    const { agent, check } = way;
    const atMs = slotMs - this.startMs;
    way.state = MEMORY * way.state + Math.sqrt(1 - MEMORY ** 2) * random.normal();
    const hour = ((atMs + agent.offsetMs) % DAY_MS) / DAY_MS;
    let valueMs = way.medianMs * (1 + DIURNAL * Math.sin(2 * Math.PI * hour)) * Math.exp(SIGMA * way.state);
    if (random.chance(TAIL_SHARE)) valueMs += 100 * (1 - random.next()) ** -0.7;
    let failShare = FAIL_SHARE;
    let timesOut = false;
    for (const burst of bursts) {
      if (atMs < burst.atMs || atMs >= burst.untilMs || !burst.agents.has(agent.id)) continue;
      // Each lost packet costs a retransmission timeout; a handshake that loses several fails.
      for (let packet = 0; packet < 6; packet += 1) if (random.chance(burst.loss)) valueMs += 250;
      failShare += burst.loss / 4;
    }
    for (const fault of this.#faults) {
      if (atMs < fault.atMs || atMs >= fault.atMs + fault.lengthMs || !isIn(fault.where, way)) continue;
      if (fault.kind === 'slow') valueMs *= fault.value;
      else if (fault.kind === 'fail') failShare = Math.max(failShare, fault.value);
      else timesOut = true;
    }
    const failed = timesOut || valueMs > check.timeoutMs || random.chance(failShare);
    const code = timesOut || valueMs > check.timeoutMs ? 'timeout' : 'status';
    const durationMs = timesOut ? check.timeoutMs : Math.min(valueMs, check.timeoutMs);
    return {
      agent: agent.id,
      region: agent.region,
      probe: check.probe,
      type: check.type,
      target: check.target,
      dims: { country: agent.country, isp: agent.isp, pop: agent.pop },
      scheduledMs: slotMs,
      seenMs: Math.round(slotMs + durationMs + random.uniform(50, 600)),
      outcome: failed ? 'fail' : 'ok',
      disturbed: false,
      metrics: failed ? {} : { [check.metric]: valueMs },
      ...(failed && {
        failure: { layer: 'http', blame: code === 'status' ? 'target' : 'unknown', code } as const,
      }),
    };
  }
}

function isIn(where: WorldFault['where'], { agent, check }: Way): boolean {
  const labels: Readonly<Record<string, string>> = {
    agent: agent.id,
    region: agent.region,
    country: agent.country,
    isp: agent.isp,
    pop: agent.pop,
    target: check.target,
    probe: check.probe,
  };
  return Object.entries(where).every(([name, value]) => labels[name] === value);
}
