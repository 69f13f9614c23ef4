/** What runs cost a light agent, from the checkout and as the one built file, beside `prometheus-blackbox-exporter`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSingleFile } from '../../agent/deploy/build-single-file.ts';
import type { AgentEntry } from '../../agent/spawn.ts';
import { atMost, type Progress, type Row, row } from './benchmark.ts';
import { BenchFleet, type StartedAgent } from './support/bench-fleet.ts';
import { timesOf } from './support/bench-settings.ts';
import { BlackboxExporter } from './support/blackbox-exporter.ts';
import { type Cost, type Costs, costAt, startWarmAgent } from './support/cost-stage.ts';
import { cpuMs, residentBytes } from './support/process-use.ts';
import { median } from './support/stats.ts';

/** The makes of the agent; the built one is what is deployed. */
const MAKES = ['checkout', 'built'] as const;
/** Runs a second. */
const RATES = [1, 20, 100] as const;
/** Long enough that collections of garbage and frames of health have their share. */
const SECONDS = 40;
/** Of each make. */
const STARTS = 3;
const IDLE_S = 30;
/** `atMost` for the memory of an agent that idles, or probes once a second, and of one that has much to do; 10^6 bytes. */
const RSS_GOALS: Readonly<Record<number, number>> = { 1: 80, 20: 120, 100: 120 };
const IDLE_RSS_GOAL = 80;
const PEER = 'blackbox_exporter';
const MB = 1e6;
const root = join(import.meta.dirname, '..', '..');

/** `OUTRIDER_BENCH_SECONDS` is the length of each stretch, for trials. */
export async function costRows(progress: Progress): Promise<Row[]> {
  const seconds = timesOf('OUTRIDER_BENCH_SECONDS', SECONDS);
  const buildDir = mkdtempSync(join(tmpdir(), 'outrider-bench-build-'));
  let peer: BlackboxExporter | undefined;
  let fleet: BenchFleet | undefined;
  try {
    peer = await BlackboxExporter.start();
    progress('building the single file');
    const { bytes, path } = await buildSingleFile(root, buildDir);
    progress('starting sandbox, collector and agents of each make');
    fleet = await BenchFleet.start(MAKES.length * STARTS);
    const { agents, connectedMs } = await startMakes(fleet, path);
    progress(`idle for ${Math.min(seconds, IDLE_S)} s`);
    const rows = [
      row('single_file', bytes / MB, 'MB'),
      ...MAKES.map((make, at) =>
        row(`start_to_connected_${make}`, median(connectedMs[at] as number[]), 'ms', { goal: atMost(1000) }),
      ),
      ...(await idleRows(agents, peer, seconds)),
    ];
    for (const perSecond of RATES) {
      const cost = await costAt(fleet, agents, peer, { perSecond, seconds });
      progress(sentence(perSecond, cost));
      rows.push(...rowsAt(perSecond, cost));
    }
    return rows;
  } finally {
    await fleet?.stop();
    await peer?.stop();
    rmSync(buildDir, { recursive: true, force: true });
  }
}

/** One agent of each make, the last of several that were started one after the other. */
async function startMakes(fleet: BenchFleet, file: string) {
  const agents: StartedAgent[] = [];
  const connectedMs: number[][] = [];
  for (const make of MAKES) {
    const entry: AgentEntry | undefined = make === 'built' ? [file, 'run'] : undefined;
    const started: StartedAgent[] = [];
    while (started.length < STARTS) {
      await started.at(-1)?.process.stop();
      started.push(await startWarmAgent(fleet, entry));
    }
    agents.push(started.at(-1) as StartedAgent);
    connectedMs.push(started.map((agent) => agent.connectedMs));
  }
  return { agents, connectedMs };
}

async function idleRows(
  agents: readonly StartedAgent[],
  peer: BlackboxExporter,
  seconds: number,
): Promise<Row[]> {
  const pids = [...agents.map(({ process }) => process.pid), peer.pid];
  const from = pids.map(cpuMs);
  const idleS = Math.min(seconds, IDLE_S);
  await sleep(idleS * 1000);
  const used = pids.map((pid, at) => (cpuMs(pid) - (from[at] as number)) / idleS);
  const resident = pids.map((pid) => residentBytes(pid) / MB);
  const ofPeer = (figures: readonly number[]) => ({ name: PEER, value: figures.at(-1) as number });
  return MAKES.flatMap((make, at) => [
    row(`rss_idle_${make}`, resident[at] as number, 'MB', {
      peer: ofPeer(resident),
      goal: atMost(IDLE_RSS_GOAL),
    }),
    row(`cpu_idle_${make}`, used[at] as number, 'ms/s', { peer: ofPeer(used) }),
  ]);
}

function rowsAt(perSecond: number, { agents, peer, floorMs }: Costs): Row[] {
  const rssGoal = atMost(RSS_GOALS[perSecond] as number);
  const ofMakes = MAKES.flatMap((make, at) => {
    const { cpuPerRunMs, rssBytes, runs } = agents[at] as Cost;
    return [
      row(`cpu_per_run_${perSecond}_${make}`, cpuPerRunMs, 'ms', {
        peer: { name: PEER, value: peer.cpuPerRunMs },
        goal: atMost(peer.cpuPerRunMs),
      }),
      row(`rss_at_${perSecond}_${make}`, rssBytes / MB, 'MB', {
        peer: { name: PEER, value: peer.rssBytes / MB },
        goal: rssGoal,
      }),
      row(`runs_at_${perSecond}_${make}`, runs, 'runs', { peer: { name: PEER, value: peer.runs } }),
    ];
  });
  const ofPeer = { peer: { name: PEER, value: peer.cpuPerRunMs } };
  return [...ofMakes, row(`cpu_node_http_get_${perSecond}`, floorMs, 'ms', ofPeer)];
}

function sentence(perSecond: number, { agents, peer }: Costs): string {
  const one = (name: string, { cpuPerRunMs, rssBytes }: Cost): string =>
    `${name} ${cpuPerRunMs.toFixed(2)} ms a run, ${(rssBytes / MB).toFixed(0)} MB`;
  const all = [...MAKES.map((make, at) => one(make, agents[at] as Cost)), one(PEER, peer)];
  return `${perSecond} runs/s: ${all.join('; ')}`;
}
