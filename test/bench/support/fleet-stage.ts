/** Everything that a benchmark of a fleet runs against: a store, a collector and a simulated fleet, each a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulateSummary } from '../../../cli/simulate/summary.ts';
import { Child } from '../../../cli/up/child.ts';
import { type ClickHouseServer, startClickHouseServer } from '../../support/clickhouse-server.ts';
import type { Progress } from '../benchmark.ts';
import type { Engine } from './fleet-settings.ts';
import { ProcessSamples } from './process-samples.ts';
import { residentBytes } from './process-use.ts';
import { SimulateProcess } from './simulate-process.ts';

const entry = join(import.meta.dirname, '../../../cli/bin/outrider.js');
const READY_MS = 120_000;
/** After its start a collector has nothing left to do but to be there. */
const IDLE_MS = 5000;
/** Beyond the ramp: what `simulate` itself allows. */
const CONNECT_MS = 200_000;
const FINISH_MS = 180_000;

export interface StageOptions {
  readonly engine: Engine;
  readonly agents: number;
  readonly ratePerS: number;
  readonly probes?: number;
  readonly progress: Progress;
}

export class FleetStage {
  /** Resident bytes of the collector before the first agent came. */
  emptyBytes = 0;
  /** Of the present process of the collector. */
  samples: ProcessSamples | undefined;
  readonly #options: StageOptions;
  readonly #dir = mkdtempSync(join(tmpdir(), 'outrider-bench-fleet-'));
  #server: ClickHouseServer | undefined;
  #collector: Child | undefined;
  #fleet: SimulateProcess | undefined;
  #url = '';

  private constructor(options: StageOptions) {
    this.#options = options;
  }

  /** Resolves when every agent is connected. */
  static async start(options: StageOptions): Promise<FleetStage> {
    const stage = new FleetStage(options);
    try {
      await stage.#start();
      return stage;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  get fleet(): SimulateProcess {
    if (!this.#fleet) throw new Error('the fleet has not been started');
    return this.#fleet;
  }

  /** The ClickHouse server; throws with the embedded engine, which has no process to stop. */
  get server(): ClickHouseServer {
    if (!this.#server) throw new Error('this needs OUTRIDER_BENCH_ENGINE=server');
    return this.#server;
  }

  /** Of the collector. */
  get url(): string {
    return this.#url;
  }

  get collectorPid(): number {
    return this.#collector?.pid ?? 0;
  }

  /** Kills the collector (SIGKILL) and starts it again at once; resolves when it serves, with the milliseconds since the kill. */
  async restartCollector(): Promise<number> {
    const killedMs = performance.now();
    this.samples?.stop();
    this.#collector?.kill();
    await this.#collector?.exited;
    await this.#startCollector(new URL(this.#url).port);
    return performance.now() - killedMs;
  }

  /** Kills the server as a crash does. */
  async killServer(): Promise<void> {
    await this.server.kill();
  }

  /** Brings a killed server back on its data; resolves when it answers. */
  async restartServer(): Promise<void> {
    const { url, dataDir } = this.server;
    this.#server = await startClickHouseServer({ port: Number(new URL(url).port), dataDir });
  }

  /** Stops the fleet in order; resolves with what it counted. */
  async finish(): Promise<SimulateSummary> {
    this.#options.progress('stopping: every agent delivers what it holds, and the ledger is read');
    const summary = await this.fleet.finish(FINISH_MS);
    this.#fleet = undefined;
    return summary;
  }

  /** Ends what still runs, and deletes what was written. */
  async stop(): Promise<void> {
    this.samples?.stop();
    this.#fleet?.kill();
    await this.#collector?.stop();
    const dataDir = this.#server?.dataDir;
    await this.#server?.close();
    if (dataDir) rmSync(dataDir, { recursive: true, force: true });
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const { agents, engine, probes = 1, progress, ratePerS } = this.#options;
    progress(
      `starting a collector ${engine === 'server' ? 'and a ClickHouse server' : 'with its own engine'}`,
    );
    if (engine === 'server') this.#server = await startClickHouseServer();
    await this.#startCollector('0');
    await sleep(IDLE_MS);
    this.emptyBytes = residentBytes(this.collectorPid);
    progress(`connecting ${agents} agents with ${probes} probes each, ${ratePerS} results/s`);
    const args = ['--collector', this.#url, '--agents', agents, '--regions', Math.min(30, agents)];
    const load = ['--rate', `${ratePerS}/s`, '--probes', probes];
    this.#fleet = new SimulateProcess([...args, ...load].map(String), join(this.#dir, 'simulate.log'));
    await this.#fleet.until('connected', ({ welcomed }) => welcomed === agents, CONNECT_MS);
  }

  async #startCollector(port: string): Promise<void> {
    const store = this.#server ? ['--clickhouse', this.#server.url] : [];
    this.#collector = new Child({
      name: 'collector',
      args: [
        entry,
        'collector',
        'start',
        '--port',
        port,
        '--data-dir',
        join(this.#dir, 'collector'),
        ...store,
      ],
      logFile: join(this.#dir, 'collector.log'),
      env: { OUTRIDER_LOG: 'warn' },
    });
    const { url } = await this.#collector.message<{ url: string }>(READY_MS);
    this.#url = url;
    this.samples = new ProcessSamples(this.collectorPid);
  }
}
