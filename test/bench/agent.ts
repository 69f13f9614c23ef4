/**
 * What a light agent takes: time to start, memory, processor time, with bare Node processes as the peer; and whether what it measures
 * is true and in time.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentCommand, agentWarmUpCommand } from '../../agent/spawn.ts';
import { sandboxProbes } from '../../cli/up/default-probes.ts';
import { accuracyRows } from './agent-accuracy.ts';
import { costRows } from './agent-cost.ts';
import { latenessRows } from './agent-lateness.ts';
import { atMost, type Benchmark, type Progress, type Row, row } from './benchmark.ts';
import { BenchFleet, type StartedAgent } from './support/bench-fleet.ts';
import { type NodeCommand, NodeProcess } from './support/node-process.ts';
import { cpuMs, privateBytes, residentBytes } from './support/process-use.ts';
import { median } from './support/stats.ts';

/** Starts of each kind; every figure is the median over them. */
const STARTS = 5;
const IDLE_S = 20;
const PROBING_S = 60;

const SPAWNED_MS = 60_000;
const MB = 1e6;

export const agentBenchmark: Benchmark = {
  name: 'agent',
  summary:
    'A light agent: start-up, memory and processor time, idle, under the default light probes and at 1, 20 and 100 runs a second beside blackbox_exporter; its phases against packets, and how late runs start (tshark, and root).',
  run,
};

type Part = (progress: Progress, print: Progress) => Promise<Row[]>;

const PARTS: Readonly<Record<string, Part>> = {
  use: useRows,
  cost: costRows,
  accuracy: accuracyRows,
  lateness: latenessRows,
};

/** A part that cannot be measured takes nothing from the others: it is said, and counted. */
async function run(progress: Progress, print: Progress): Promise<Row[]> {
  const rows: Row[] = [];
  let unmeasured = 0;
  for (const [name, part] of Object.entries(PARTS)) {
    try {
      rows.push(...(await part(progress, print)));
    } catch (error) {
      unmeasured += 1;
      progress(`${name} could not be measured: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return [...rows, row('parts_not_measured', unmeasured, '1', { goal: atMost(0) })];
}

const KINDS = ['cold', 'warm'] as const;
type Kind = (typeof KINDS)[number];
type ByKind<T> = Readonly<Record<Kind, T>>;

interface Memory {
  readonly resident: number;
  readonly private: number | undefined;
}

async function useRows(progress: Progress): Promise<Row[]> {
  progress('bare Node processes, the peer');
  const bare = await measureBare();
  progress('starting sandbox and collector');
  const fleet = await BenchFleet.start(2 * STARTS);
  try {
    const agents = await startAgents(fleet, progress);
    progress(`idle for ${IDLE_S} s`);
    const one = agents.warm[0] as StartedAgent;
    const idleFrom = cpuMs(one.process.pid);
    await sleep(IDLE_S * 1000);
    const idleCpu = (cpuMs(one.process.pid) - idleFrom) / IDLE_S;
    const idle = memoryOf(agents);
    progress(`under the default light probes for ${PROBING_S} s`);
    await fleet.client.post('/api/v1/probes/apply', { spec: sandboxProbes(false), dry_run: false });
    await sleep(PROBING_S * 1000);
    const probing = memoryOf(agents);
    return [...startRows(agents, bare), ...memoryRows(idle, probing, bare), row('cpu_idle', idleCpu, 'ms/s')];
  } finally {
    await fleet.stop();
  }
}

/** Cold: a compile cache of its own, empty. Warm: one that `--compile-only` filled, as set-up does. */
async function startAgents(fleet: BenchFleet, progress: Progress): Promise<ByKind<StartedAgent[]>> {
  const agents: Record<Kind, StartedAgent[]> = { cold: [], warm: [] };
  const warmDir = join(fleet.dataDir, 'cache-warm');
  const warmUp = new NodeProcess(agentWarmUpCommand({ cacheDir: warmDir }));
  await warmUp.ended(SPAWNED_MS);
  for (let i = 0; i < STARTS; i += 1) {
    for (const kind of KINDS) {
      const cacheDir = kind === 'warm' ? warmDir : join(fleet.dataDir, `cache-cold-${i}`);
      mkdirSync(cacheDir, { recursive: true });
      const agent = await fleet.startAgent(cacheDir);
      agents[kind].push(agent);
      progress(`${kind} start ${i + 1} of ${STARTS}: connected after ${agent.connectedMs} ms`);
    }
  }
  return agents;
}

function memoryOf(agents: ByKind<readonly StartedAgent[]>): ByKind<Memory> {
  const of = (kind: Kind): Memory => medianMemory(agents[kind].map((agent) => agent.process.pid));
  return { cold: of('cold'), warm: of('warm') };
}

function medianMemory(pids: readonly number[]): Memory {
  const own = pids.map(privateBytes).filter((bytes) => bytes !== undefined);
  return {
    resident: median(pids.map(residentBytes)) / MB,
    private: own.length === pids.length ? median(own) / MB : undefined,
  };
}

interface Bare {
  readonly firstLineMs: number;
  readonly memory: Memory;
}

/** Processes that do nothing, with the flags of an agent: what Node takes by itself, below which no agent in Node can come. */
async function measureBare(): Promise<Bare> {
  const { args, env } = agentFlags();
  const processes: NodeProcess[] = [];
  try {
    const times: number[] = [];
    for (let i = 0; i < STARTS; i += 1) {
      const idle = ['-e', 'setInterval(() => {}, 1e6); console.log("up")'];
      const node = new NodeProcess({ command: process.execPath, args: [...args, ...idle], env });
      processes.push(node);
      times.push((await node.line((line) => line, SPAWNED_MS)).afterMs);
    }
    await sleep(1000);
    return { firstLineMs: median(times), memory: medianMemory(processes.map(({ pid }) => pid)) };
  } finally {
    await Promise.all(processes.map((node) => node.stop()));
  }
}

/** The flags and the environment that agents are started with, without the agent. */
function agentFlags(): Omit<NodeCommand, 'command'> {
  const { args, env } = agentCommand({ configFile: '' });
  const flags = args.slice(
    0,
    args.findIndex((arg) => !arg.startsWith('-')),
  );
  const { NODE_COMPILE_CACHE: _, ...rest } = env;
  return { args: flags, env: rest };
}

function startRows(agents: ByKind<readonly StartedAgent[]>, bare: Bare): Row[] {
  const peer = { name: 'bare node, to its first line', value: bare.firstLineMs };
  return KINDS.toReversed().flatMap((kind) => {
    const connected = agents[kind].map(({ connectedMs }) => connectedMs);
    return [
      row(`start_to_connected_${kind}`, median(connected), 'ms', { peer, goal: atMost(1000) }),
      row(`start_to_connected_${kind}_worst`, Math.max(...connected), 'ms', { goal: atMost(1000) }),
      row(`started_log_${kind}`, median(agents[kind].map(({ startedLogMs }) => startedLogMs)), 'ms'),
    ];
  });
}

function memoryRows(idle: ByKind<Memory>, probing: ByKind<Memory>, bare: Bare): Row[] {
  const goal = atMost(80);
  const peer = { name: 'bare node', value: bare.memory.resident };
  const own =
    idle.warm.private === undefined
      ? []
      : [
          row('private_idle_warm', idle.warm.private, 'MB', {
            peer: { name: 'bare node', value: bare.memory.private ?? Number.NaN },
          }),
        ];
  return [
    row('rss_idle_warm', idle.warm.resident, 'MB', { peer, goal }),
    row('rss_idle_cold', idle.cold.resident, 'MB', { peer, goal }),
    ...own,
    row('rss_probing_warm', probing.warm.resident, 'MB', { peer, goal }),
    row('rss_probing_cold', probing.cold.resident, 'MB', { peer, goal }),
  ];
}
