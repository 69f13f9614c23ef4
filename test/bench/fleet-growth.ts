/** What agents and probes cost the collector: processor time and memory at each size, and whether that grows linearly. */
import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { MB } from './support/fleet-rows.ts';
import { fleetSettings } from './support/fleet-settings.ts';
import { FleetStage } from './support/fleet-stage.ts';
import { between, cpuShare, highest } from './support/process-samples.ts';

const AGENTS = [1000, 10_000] as const;
const PROBES = [1, 10, 100] as const;
const SECONDS = 30;
/** A fleet that has just come is a burst of schedules, agents and first slots: what is measured is what comes after. */
const STEADY_OLDEST_MS = 3000;
const STEADY_FOR_MS = 10_000;
const STEADY_WITHIN_MS = 240_000;
const PER_S = 1000;
/** Each check every 10 s, until together they would saturate a machine of two cores that also runs agents and store. */
const EVERY_MS = 10_000;
const RATE_MAX = 2000;
/** Ten times the agents may cost this much more an agent than a tenth of them. */
const LINEAR = 1.3;

export const growthBenchmark: Benchmark = {
  name: 'growth',
  summary:
    'Results/s, processor time and memory of the collector at 1k and 10k agents with 1, 10 and 100 probes each.',
  run,
};

interface Size {
  readonly agents: number;
  readonly probes: number;
}

interface Cost {
  readonly everyS: number;
  readonly ratePerS: number;
  readonly cpuShare: number;
  readonly rssBytes: number;
  readonly emptyBytes: number;
  readonly ackP99Ms: number;
}

async function run(progress: Progress): Promise<Row[]> {
  const { engine, seconds = SECONDS } = fleetSettings();
  const rows: Row[] = [];
  const costs = new Map<string, Cost>();
  for (const probes of PROBES)
    for (const agents of AGENTS) {
      const name = `${agents / 1000}k_agents_${probes}_probes`;
      const size = { agents, probes };
      progress(name);
      const stage = await FleetStage.start({ engine, ...size, ratePerS: rateOf(size), progress });
      try {
        const cost = await measure(stage, size, seconds, progress);
        costs.set(name, cost);
        rows.push(...costRows(name, size, cost));
        progress(
          `${cost.ratePerS.toFixed(0)} results/s, ${cost.cpuShare.toFixed(2)} cores, ${(cost.rssBytes / MB).toFixed(0)} MB`,
        );
      } finally {
        await stage.stop();
      }
    }
  return [...rows, ...linearRows(costs)];
}

function rateOf({ agents, probes }: Size): number {
  return Math.min(RATE_MAX, (agents * probes * PER_S) / EVERY_MS);
}

/** Resolves when results have been acknowledged promptly for a while; a size that never gets there is measured as it is. */
async function untilSteady({ fleet }: FleetStage, progress: Progress): Promise<void> {
  const deadlineMs = Date.now() + STEADY_WITHIN_MS;
  let sinceMs = Date.now();
  while (Date.now() - sinceMs < STEADY_FOR_MS) {
    const { atMs, oldestMs } = await fleet.until('heard', () => true, STEADY_WITHIN_MS);
    if (oldestMs > STEADY_OLDEST_MS) sinceMs = atMs;
    if (Date.now() < deadlineMs) continue;
    progress(
      `not steady after ${STEADY_WITHIN_MS / PER_S} s: the oldest result waits for ${oldestMs.toFixed(0)} ms`,
    );
    return;
  }
}

async function measure(stage: FleetStage, size: Size, seconds: number, progress: Progress): Promise<Cost> {
  await untilSteady(stage, progress);
  stage.fleet.mark();
  const from = stage.fleet.latest;
  await sleep(seconds * 1000);
  const until = stage.fleet.latest;
  const samples = between(stage.samples?.samples ?? [], from.atMs, Number.POSITIVE_INFINITY);
  return {
    everyS: (size.agents * size.probes) / rateOf(size),
    ratePerS: ((until.acked - from.acked) * PER_S) / (until.atMs - from.atMs),
    cpuShare: cpuShare(samples),
    rssBytes: highest(samples),
    emptyBytes: stage.emptyBytes,
    ackP99Ms: until.ackMs?.p99 ?? Number.NaN,
  };
}

function costRows(name: string, { agents, probes }: Size, cost: Cost): Row[] {
  return [
    row(`${name}_every`, cost.everyS, 's'),
    row(`${name}_rate`, cost.ratePerS, 'results/s'),
    row(`${name}_cpu`, cost.cpuShare, 'cores'),
    row(`${name}_cpu_per_result`, (cost.cpuShare / cost.ratePerS) * 1e6, 'us'),
    row(`${name}_rss`, cost.rssBytes / MB, 'MB'),
    row(`${name}_rss_per_check`, (cost.rssBytes - cost.emptyBytes) / (agents * probes), 'bytes'),
    row(`${name}_ack_p99`, cost.ackP99Ms, 'ms'),
  ];
}

/** Ten times the agents at ten times the results: an agent must not cost more among many. */
function linearRows(costs: ReadonlyMap<string, Cost>): Row[] {
  const [few, many] = [costs.get('1k_agents_1_probes'), costs.get('10k_agents_1_probes')];
  if (!few || !many) return [];
  return [row('cpu_per_agent_10k_by_1k', many.cpuShare / (10 * few.cpuShare), '1', { goal: atMost(LINEAR) })];
}
