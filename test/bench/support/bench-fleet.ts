/** A real collector and the sandbox as processes of their own, and agents against them as `up` configures them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentConfig } from '../../../agent/config.ts';
import { type AgentEntry, agentCommand } from '../../../agent/spawn.ts';
import { ApiClient } from '../../../cli/support/api-client.ts';
import { type AgentConfigInput, agentConfigs } from '../../../cli/up/agent-configs.ts';
import { Child } from '../../../cli/up/child.ts';
import type { SandboxFailed, SandboxReady } from '../../../sandbox/messages.ts';
import { NodeProcess } from './node-process.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const READY_MS = 60_000;
const POLL_MS = 250;

/** The one fault proxy, without faults, through which every agent goes where no regions are named. */
const REGION = 'bench';

export interface StartedAgent {
  readonly id: string;
  readonly process: NodeProcess;
  /** Spawn to the Hello at the collector, by the collector’s clock, which is this machine’s: milliseconds. */
  readonly connectedMs: number;
  /** What the agent says in its own log: process start to the scheduler running. */
  readonly startedLogMs: number;
}

/** How an agent is started otherwise than by `up`. */
export interface StartOptions {
  readonly more?: Partial<Pick<AgentConfig, 'lightConcurrency' | 'network'>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What Node runs; the agent of the checkout where absent. */
  readonly entry?: AgentEntry;
}

export class BenchFleet {
  readonly client: ApiClient;
  readonly dataDir: string;
  readonly proxyPort: number;
  /** The reference origin itself, without a proxy before it. */
  readonly originPort: number;
  readonly #children: readonly Child[];
  readonly #configs: readonly AgentConfigInput[];
  readonly #agents: StartedAgent[] = [];

  private constructor(parts: {
    client: ApiClient;
    dataDir: string;
    proxyPort: number;
    originPort: number;
    children: Child[];
    configs: AgentConfigInput[];
  }) {
    this.client = parts.client;
    this.dataDir = parts.dataDir;
    this.proxyPort = parts.proxyPort;
    this.originPort = parts.originPort;
    this.#children = parts.children;
    this.#configs = parts.configs;
  }

  /** Resolves when sandbox and collector are ready; configures `agents` agents in each region and starts none. */
  static async start(agents: number, regions: readonly string[] = [REGION]): Promise<BenchFleet> {
    const dataDir = mkdtempSync(join(tmpdir(), 'outrider-bench-'));
    const children: Child[] = [];
    const launch = (name: string, ...args: string[]): Child => {
      const child = new Child({ name, args, logFile: join(dataDir, `${name}.log`) });
      children.push(child);
      return child;
    };
    try {
      const sandbox = launch('sandbox', join(root, 'sandbox/main.ts'));
      sandbox.send({ type: 'start', dataDir: join(dataDir, 'sandbox'), regions });
      const ready = await sandbox.message<SandboxReady | SandboxFailed>(READY_MS);
      if (ready.type === 'failed') throw new Error(`the sandbox could not start: ${ready.message}`);
      const collector = launch(
        'collector',
        ...[join(root, 'cli/bin/outrider.js'), 'collector', 'start', '--port', '0'],
        ...['--data-dir', join(dataDir, 'collector')],
      );
      const { url } = await collector.message<{ url: string }>(READY_MS);
      const configs = agentConfigs({
        regions,
        agentsPerRegion: agents,
        collector: url.replace(/^http/, 'ws'),
        dataDir,
        proxyPorts: ready.proxyPorts,
        browserPath: undefined,
        target: undefined,
      });
      const proxyPort = Object.values(ready.proxyPorts)[0] as number;
      const { originPort } = ready;
      return new BenchFleet({
        ...{ client: new ApiClient(url), dataDir, proxyPort, originPort, children, configs },
      });
    } catch (error) {
      for (const child of children) child.kill();
      rmSync(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Starts the next configured agent, and resolves when the collector has it. */
  async startAgent(
    cacheDir: string,
    { more = {}, env = {}, entry }: StartOptions = {},
  ): Promise<StartedAgent> {
    const config = this.#configs[this.#agents.length];
    if (!config) throw new RangeError('every configured agent has been started');
    mkdirSync(config.dataDir, { recursive: true });
    const configFile = join(config.dataDir, 'agent.json');
    writeFileSync(configFile, JSON.stringify({ ...config, ...more }));
    const command = agentCommand({
      ...{ configFile, cacheDir, stopWithStdin: true },
      ...(entry ? { entry } : {}),
    });
    const process = new NodeProcess({ ...command, env: { ...command.env, ...env } });
    try {
      const { value: startedLogMs } = await process.line(startMsOf, READY_MS);
      const connectedAtMs = await this.#connectedAtMs(config.id);
      const connectedMs = connectedAtMs - process.spawnedWallMs;
      const agent = { id: config.id, process, connectedMs, startedLogMs };
      this.#agents.push(agent);
      return agent;
    } catch (error) {
      await process.stop();
      throw error;
    }
  }

  /** Ends agents, collector and sandbox, and deletes what they wrote. */
  async stop(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.process.stop()));
    for (const child of this.#children.toReversed()) await child.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async #connectedAtMs(id: string): Promise<number> {
    const untilMs = Date.now() + READY_MS;
    while (Date.now() < untilMs) {
      const { data } = await this.client.get<{ data: { id: string; connected_since: string | null }[] }>(
        '/api/v1/agents',
      );
      const since = data.find((agent) => agent.id === id)?.connected_since;
      if (since) return Date.parse(since);
      await sleep(POLL_MS);
    }
    throw new Error(`${id} is not connected after ${READY_MS / 1000} s`);
  }
}

/** Of the agent’s log line `started`. */
function startMsOf(line: string): number | undefined {
  if (!line.startsWith('{')) return undefined;
  const { msg, startMs } = JSON.parse(line) as { msg?: string; startMs?: number };
  return msg === 'started' ? startMs : undefined;
}
