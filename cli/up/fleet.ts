/** The processes of `up`: sandbox, collector and agents, started in order and stopped in the reverse one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentCommand, agentWarmUpCommand } from '../../agent/spawn.ts';
import type { AgentJson, TotalsJson } from '../../collector/api/answers/fleet.ts';
import type { Spec } from '../../probes/spec.ts';
import type { SandboxFailed, SandboxReady } from '../../sandbox/messages.ts';
import { ApiClient } from '../support/api-client.ts';
import { CliError } from '../support/cli-error.ts';
import { EXIT } from '../support/exit-codes.ts';
import { agentConfigs } from './agent-configs.ts';
import { Child } from './child.ts';

const root = join(import.meta.dirname, '..', '..');

export const FLEET_LIMITS = {
  readyMs: {
    value: 60_000,
    reason: 'A cold start of the engine on a slow disk takes 10 s; past this something is wrong.',
    past: 'The command fails and quotes the log of what is not ready.',
  },
  settleMs: {
    value: 10_000,
    reason: 'After the agents have gone, the last block is committed within a second.',
    past: 'The summary is made of what is there; the rest is pending.',
  },
} as const;

const SETTLE_POLL_MS = 250;

export interface FleetOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly clickhouse: string | undefined;
  readonly regions: readonly string[];
  readonly agentsPerRegion: number;
  readonly browserPath: string | undefined;
  /** A real target; the sandbox is left out then. */
  readonly target: string | undefined;
  readonly spec: Spec;
  progress(text: string): void;
}

export class Fleet {
  readonly client: ApiClient;
  readonly agents: readonly Child[];
  readonly #collector: Child;
  readonly #sandbox: Child | undefined;

  private constructor(parts: {
    client: ApiClient;
    agents: Child[];
    collector: Child;
    sandbox: Child | undefined;
  }) {
    this.client = parts.client;
    this.agents = parts.agents;
    this.#collector = parts.collector;
    this.#sandbox = parts.sandbox;
  }

  /** Starts everything and resolves when every agent is connected. On failure nothing is left running. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const started: Child[] = [];
    const launch: Launch = (name, args, env = {}) => {
      const child = new Child({ name, args, env, logFile: join(options.dataDir, 'logs', `${name}.log`) });
      started.push(child);
      return child;
    };
    try {
      return await startParts(options, launch).then((parts) => new Fleet(parts));
    } catch (error) {
      for (const child of started) child.kill();
      throw error;
    }
  }

  /** Starts the clock of the faults. */
  inject(faults: readonly string[]): void {
    this.#sandbox?.send({ type: 'faults', faults });
  }

  /** Resolves with what happened when the collector or the sandbox ends by itself. */
  async broken(): Promise<CliError> {
    const essential = [this.#collector, this.#sandbox].filter((child) => child !== undefined);
    return await Promise.race(
      essential.map(async (child) => {
        await child.exited;
        return child.problem('ended by itself');
      }),
    );
  }

  /** Agents finish their runs, deliver, and say goodbye; then waits until the collector has accounted for everything. */
  async stopAgents(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.stop()));
    await untilSettled(this.client, FLEET_LIMITS.settleMs.value);
  }

  /** Ends whatever still runs. */
  async stop(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.stop()));
    await this.#collector.stop();
    await this.#sandbox?.stop();
  }
}

/** Resolves when the collector waits for no result any more, or after `withinMs`. */
export async function untilSettled(client: ApiClient, withinMs: number): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (performance.now() < untilMs) {
    const { total } = await client.get<{ total: TotalsJson }>('/api/v1/ledger');
    if (total.pending === 0) return;
    await sleep(SETTLE_POLL_MS);
  }
}

type Launch = (name: string, args: readonly string[], env?: Readonly<Record<string, string>>) => Child;

async function startParts(options: FleetOptions, launch: Launch) {
  const { dataDir, regions, progress } = options;
  mkdirSync(join(dataDir, 'logs'), { recursive: true });
  const sandbox =
    options.target === undefined
      ? launch('sandbox', [join(root, `sandbox/main${extname(import.meta.filename)}`)])
      : undefined;
  sandbox?.send({ type: 'start', dataDir: join(dataDir, 'sandbox'), regions });
  const store = options.clickhouse === undefined ? [] : ['--clickhouse', options.clickhouse];
  const args = [
    join(root, 'cli/bin/outrider.js'),
    'collector',
    'start',
    '--port',
    String(options.port),
    '--data-dir',
    join(dataDir, 'collector'),
    ...store,
  ];
  const collector = launch('collector', args);

  // The first agent of a machine compiles; nine at once would all do so, each as slowly as nine.
  const { args: warmUpArgs, env: warmUpEnv } = agentWarmUpCommand();
  const warmUp = launch('warm-up', warmUpArgs, warmUpEnv);

  const ports = sandbox ? await sandboxPorts(sandbox) : undefined;
  if (ports)
    progress(`reference origin on port ${ports.originPort}, a fault proxy for each of ${regions.join(', ')}`);
  const url = await collectorUrl(collector);
  progress(`dashboard: ${url}/`);

  const client = new ApiClient(url);
  await client.post('/api/v1/probes/apply', { spec: options.spec, dry_run: false });
  await warmUp.exited;
  const configs = agentConfigs({
    ...options,
    collector: url.replace(/^http/, 'ws'),
    proxyPorts: ports?.proxyPorts,
  });
  const agents = configs.map((config) => {
    mkdirSync(config.dataDir, { recursive: true });
    const file = join(config.dataDir, 'agent.json');
    writeFileSync(file, JSON.stringify(config, null, 2));
    const { args, env } = agentCommand({ configFile: file, stopWithStdin: true });
    return launch(config.id, args, env);
  });
  await allConnected(client, agents);
  progress(
    `${agents.length} agents connected, ${options.spec.probes.length} probes on ${options.spec.targets.length} targets`,
  );
  return { client, agents, collector, sandbox };
}

async function sandboxPorts(sandbox: Child): Promise<SandboxReady> {
  const message = await sandbox.message<SandboxReady | SandboxFailed>(FLEET_LIMITS.readyMs.value);
  if (message.type === 'ready') return message;
  throw new CliError('the reference origin could not start', {
    why: message.message,
    hint: `read ${sandbox.logFile}`,
  });
}

/** The collector's address; when it cannot start, its own words and its own exit code. */
async function collectorUrl(collector: Child): Promise<string> {
  try {
    const { url } = await collector.message<{ url: string }>(FLEET_LIMITS.readyMs.value);
    return url;
  } catch (error) {
    if (collector.running || !(error instanceof CliError)) throw error;
    const { code } = await collector.exited;
    throw new CliError('the collector could not start', {
      ...(error.why ? { why: error.why } : {}),
      ...(error.hint ? { hint: error.hint } : {}),
      exit: code ?? EXIT.failed,
    });
  }
}

async function allConnected(client: ApiClient, agents: readonly Child[]): Promise<void> {
  const untilMs = Date.now() + FLEET_LIMITS.readyMs.value;
  for (;;) {
    const { data } = await client.get<{ data: AgentJson[] }>('/api/v1/agents', { state: 'connected' });
    if (data.length >= agents.length) return;
    const dead = agents.find((agent) => !agent.running);
    if (dead) throw dead.problem('ended before it was connected');
    if (Date.now() > untilMs) {
      const missing = agents.filter((agent) => !data.some(({ id }) => id === agent.name));
      throw (missing[0] as Child).problem(`is not connected after ${FLEET_LIMITS.readyMs.value / 1000} s`);
    }
    await sleep(200);
  }
}
