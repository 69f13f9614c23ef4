/** What is compared for cost, side by side: agents of the same make of result, and the peer at their rate, on one server. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentEntry, agentWarmUpCommand } from '../../../agent/spawn.ts';
import type { BenchFleet, StartedAgent } from './bench-fleet.ts';
import { type BlackboxExporter, isSuccess } from './blackbox-exporter.ts';
import { NodeProcess } from './node-process.ts';
import { Paced } from './paced.ts';
import { between, highest, ProcessSamples } from './process-samples.ts';
import { cpuMs } from './process-use.ts';

const PROBE = 'bench-http';
const PATH = '/hls/fmp4/master.m3u8';
/** Schedules reach the agents, first runs load what they need, and V8 has collected twice what starting left: 20 to 50 ms of work. */
const SETTLE_MS = 20_000;
/** What V8 compiles it has compiled: agents run for weeks. */
const SETTLE_RUNS = 2000;
/** For so many runs nobody waits at one a second. */
const SETTLE_MS_MAX = 120_000;
/** What was due at the end has been run, delivered and committed. */
const DELIVERED_MS = 3000;
const WARM_UP_MS = 60_000;
/** Each target once a second. */
const EVERY = '1s';

/** What a process took for what it did. */
export interface Cost {
  /** Of the whole process, whatever it was for, by the runs that succeeded. */
  readonly cpuPerRunMs: number;
  /** Highest, bytes. */
  readonly rssBytes: number;
  readonly runs: number;
}

export interface Costs {
  readonly agents: readonly Cost[];
  readonly peer: Cost;
  /** What the HTTP client of Node itself takes for the same request at the same rate, milliseconds: the least of anything in Node. */
  readonly floorMs: number;
}

/** Starts an agent of the fleet whose code is compiled already, as an installed one's is. */
export async function startWarmAgent(fleet: BenchFleet, entry?: AgentEntry): Promise<StartedAgent> {
  const cacheDir = join(fleet.dataDir, entry ? 'cache-built' : 'cache-checkout');
  if (!existsSync(cacheDir)) {
    mkdirSync(cacheDir, { recursive: true });
    await new NodeProcess(agentWarmUpCommand({ cacheDir, ...(entry ? { entry } : {}) })).ended(WARM_UP_MS);
  }
  return fleet.startAgent(cacheDir, entry ? { entry } : {});
}

/** The `http` probe cold at `perSecond` runs a second for `seconds`: on each agent, and on the peer. */
export async function costAt(
  fleet: BenchFleet,
  agents: readonly StartedAgent[],
  peer: BlackboxExporter,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Costs> {
  const url = await applyHttp(fleet, PROBE, perSecond, agents);
  const driven = new Paced(perSecond, async () => {
    const answer = await peer.probe(url);
    if (!isSuccess(answer)) throw new Error(`the peer failed to probe: ${answer.slice(-300)}`);
  });
  const pids = [...agents.map(({ process }) => process.pid), peer.pid];
  const watches = pids.map((pid) => new ProcessSamples(pid));
  try {
    await sleep(Math.min(SETTLE_MS_MAX, Math.max(SETTLE_MS, (SETTLE_RUNS / perSecond) * 1000)));
    const [from, doneBefore, fromMs] = [pids.map(cpuMs), driven.done, Date.now()];
    const floor = floorMs(fleet.originPort, perSecond, seconds);
    await sleep(seconds * 1000);
    const [until, doneAfter, untilMs] = [pids.map(cpuMs), driven.done, Date.now()];
    await driven.stop();
    if (driven.fault) throw driven.fault;
    await sleep(DELIVERED_MS);
    const counts = await Promise.all(agents.map(({ id }) => runsOf(fleet, PROBE, id, fromMs, untilMs)));
    const costs = [...counts, doneAfter - doneBefore].map((runs, at): Cost => {
      const spent = (until[at] as number) - (from[at] as number);
      const samples = between(watches[at]?.samples ?? [], fromMs, untilMs);
      return { cpuPerRunMs: spent / runs, rssBytes: highest(samples), runs };
    });
    return { agents: costs.slice(0, -1), peer: costs.at(-1) as Cost, floorMs: await floor };
  } finally {
    for (const watch of watches) watch.stop();
    await driven.stop();
    await fleet.client.delete(`/api/v1/probes/${PROBE}`);
  }
}

async function floorMs(port: number, perSecond: number, seconds: number): Promise<number> {
  const script = join(import.meta.dirname, 'http-client-peer.ts');
  const args = [script, port, `127.0.0.1:${port}`, PATH, perSecond, seconds].map(String);
  const client = new NodeProcess({ command: process.execPath, args, env: {} });
  const read = (line: string): { requests: number; cpuMs: number } | undefined =>
    line.startsWith('{') ? JSON.parse(line) : undefined;
  try {
    const { value } = await client.line(read, 2 * seconds * 1000 + WARM_UP_MS);
    return value.cpuMs / value.requests;
  } finally {
    await client.stop();
  }
}

/** How many runs of the probe on the agent succeeded, of those due in [fromMs, untilMs). */
export async function runsOf(
  fleet: BenchFleet,
  probe: string,
  agent: string,
  fromMs: number,
  untilMs: number,
): Promise<number> {
  const sql = `SELECT toUInt32(count()) FROM results WHERE agent = '${agent}' AND probe = '${probe}' AND outcome = 'ok'
    AND scheduled_at >= fromUnixTimestamp64Milli(${fromMs}) AND scheduled_at < fromUnixTimestamp64Milli(${untilMs})`;
  const { rows } = await fleet.client.post<{ rows: [[number]] }>('/api/v1/query', { sql });
  return Number(rows[0][0]);
}

/** Has each agent run the `http` probe cold so often against the reference origin; says on which address. */
export async function applyHttp(
  fleet: BenchFleet,
  name: string,
  perSecond: number,
  agents: readonly StartedAgent[],
): Promise<string> {
  const url = `http://127.0.0.1:${fleet.originPort}${PATH}`;
  const spec = specOf(name, url, perSecond, agents);
  await fleet.client.post('/api/v1/probes/apply', { spec, dry_run: false });
  return url;
}

function specOf(name: string, url: string, perSecond: number, agents: readonly StartedAgent[]) {
  const targets = Array.from({ length: perSecond }, (_, i) => ({ name: `${name}-${i}`, url, labels: {} }));
  const probe = {
    name,
    type: 'http',
    targets: targets.map(({ name }) => name),
    every: EVERY,
    timeout: '5s',
    from: { agent: agents.map(({ id }) => id) },
  };
  return { version: 1, targets, probes: [probe] };
}
