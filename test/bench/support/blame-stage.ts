/** What the benchmark of blame stands on: a world, a real collector in it, and real agents at the edge. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentCommand } from '../../../agent/spawn.ts';
import { AskedProcess } from './asked-process.ts';
import type { BlameFault } from './blame-faults.ts';
import type { WorldOrder, WorldReport } from './blame-messages.ts';
import { BlamePlaces, PLACES } from './blame-places.ts';
import type { StoredRow } from './blame-score.ts';
import { NodeProcess } from './node-process.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const COLLECTOR = `http://${PLACES.collector}:7077`;
const READY_MS = 60_000;
const POLL_MS = 300;
/** The shortest that a probe may have, twice over. */
const EVERY = '1s';
const TIMEOUT_MS = 1500;

export interface TimedRow extends StoredRow {
  /** Unix milliseconds, by the clock of the collector. */
  readonly scheduledMs: number;
}

export interface AgentOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly browser?: string;
}

export class BlameStage {
  readonly places: BlamePlaces;
  readonly dataDir: string;
  readonly #world: AskedProcess<WorldOrder, WorldReport>;
  readonly #agents = new Map<string, NodeProcess>();
  #collector: NodeProcess | undefined;
  #trustedCa = '';

  private constructor(places: BlamePlaces, dataDir: string, world: AskedProcess<WorldOrder, WorldReport>) {
    this.places = places;
    this.dataDir = dataDir;
    this.#world = world;
  }

  /** Throws where something is missing. */
  static async open(): Promise<BlameStage> {
    const places = BlamePlaces.open();
    const dataDir = mkdtempSync(join(tmpdir(), 'outrider-bench-blame-'));
    const script = join(import.meta.dirname, 'blame-world-main.ts');
    const stage = new BlameStage(
      places,
      dataDir,
      new AskedProcess(places.at('world', process.execPath, [script])),
    );
    try {
      await stage.#start();
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const clip = join(root, 'sandbox/clips/v/clip-hevc.mp4');
    const report = await this.#world.ask({ type: 'start', clip }, READY_MS);
    if (report.type !== 'ready') throw new Error(`the world cannot be made: ${JSON.stringify(report)}`);
    this.#trustedCa = report.trustedCa;
    const args = [join(root, 'cli/bin/outrider.js'), 'collector', 'start', '--port', '7077'];
    const where = ['--insecure-listen', PLACES.collector, '--data-dir', join(this.dataDir, 'collector')];
    const command = this.places.at('world', process.execPath, [...args, ...where]);
    this.#collector = new NodeProcess({ ...command, env: { OUTRIDER_LOG: 'warn' } });
    await this.#until('the collector is ready', () => this.#call('GET', '/readyz').then(() => true));
  }

  /** Starts an agent at the edge, light unless it has a browser; resolves when the collector has it. */
  async startAgent(id: string, { env = {}, browser }: AgentOptions = {}): Promise<NodeProcess> {
    const dataDir = join(this.dataDir, id);
    mkdirSync(dataDir, { recursive: true });
    const configFile = join(dataDir, 'agent.json');
    const config = {
      ...{ id, dataDir, labels: { region: 'edge' }, collectors: [COLLECTOR.replace('http', 'ws')] },
      anchors: ['https://anchor.test', `tcp://${PLACES.anchor}:443`],
      network: {
        policy: { allow: [PLACES.all] },
        nameServers: [PLACES.nameServer],
        trustedCa: this.#trustedCa,
      },
      ...(browser === undefined ? {} : { browser: { path: browser, lockFile: join(dataDir, 'lock') } }),
    };
    writeFileSync(configFile, JSON.stringify(config));
    const plain = agentCommand({ configFile, cacheDir: join(this.dataDir, 'cache'), stopWithStdin: true });
    const { command, args } = this.places.at('edge', plain.command, plain.args);
    const agent = new NodeProcess({ command, args, env: { ...plain.env, ...env } });
    this.#agents.set(id, agent);
    await this.#until(`${id} is connected`, async () => {
      const { data } = await this.#call<{ data: { id: string; state: string }[] }>('GET', '/api/v1/agents');
      return data.some((known) => known.id === id && known.state === 'connected');
    });
    return agent;
  }

  async stopAgent(id: string): Promise<void> {
    await this.#agents.get(id)?.stop();
    this.#agents.delete(id);
  }

  /** Each fault is a target and a probe by its name, of this agent alone; a check a second. */
  async apply(faults: readonly BlameFault[], agent: string): Promise<void> {
    const targets = faults.map(({ name, url }) => ({ name, url, labels: {} }));
    const probes = faults.map(({ name, type = 'http', params = {}, timeoutMs = TIMEOUT_MS }) => ({
      ...{ name, type, params, targets: [name], from: { agent: [agent] } },
      ...{ every: type === 'http' ? EVERY : '2s', timeout: `${timeoutMs}ms` },
    }));
    const spec = { version: 1, targets, probes };
    await this.#call('POST', '/api/v1/probes/apply', { spec, dry_run: false });
  }

  async withdraw(faults: readonly BlameFault[]): Promise<void> {
    for (const { name } of faults) await this.#call('DELETE', `/api/v1/probes/${name}`);
  }

  /** One run now, whatever the schedule. */
  async runNow({ name }: BlameFault): Promise<void> {
    await this.#call('POST', `/api/v1/probes/${name}/run`, {});
  }

  /** What the store has of these faults, oldest first. */
  async rows(faults: readonly BlameFault[]): Promise<TimedRow[]> {
    const names = faults.map(({ name }) => `'${name}'`).join(',');
    const told = (name: string) => `attributes['${name}']`;
    const sql = `SELECT probe, toString(outcome), layer, blame, code, message, missed_reason, toUInt32(disturbed),
      ${told('blame_rule')}, ${told('control')}, ${told('disturbed_by')}, toFloat64(toUnixTimestamp64Milli(scheduled_at))
      FROM results WHERE probe IN (${names}) ORDER BY scheduled_at`;
    const { rows } = await this.#call<{ rows: [...string[], number][] }>('POST', '/api/v1/query', {
      sql,
      limit: 10_000,
    });
    return rows.map(
      ([probe, outcome, layer, blame, code, message, reason, disturbed, rule, control, by, at]) =>
        ({
          ...{ probe, outcome, layer, blame, code, message, missed_reason: reason },
          ...{ disturbed: Number(disturbed), rule, control, disturbed_by: by, scheduledMs: Number(at) },
        }) as TimedRow,
    );
  }

  /**
   * Resolves when the store has so many rows of each fault that count; rejects with what is lacking when that takes too long.
   */
  async untilEach(
    faults: readonly BlameFault[],
    least: number,
    counts: (row: TimedRow) => boolean,
  ): Promise<void> {
    await this.#until('every fault has its results', async () => {
      const rows = (await this.rows(faults)).filter(counts);
      const few = faults.filter(({ name }) => rows.filter(({ probe }) => probe === name).length < least);
      if (few.length === 0) return true;
      throw new Error(`too few of ${few.map(({ name }) => name).join(', ')}`);
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.stop()));
    await this.#collector?.stop();
    await this.#world.stop();
    this.places.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const untilMs = Date.now() + READY_MS;
    let trouble = '';
    while (Date.now() < untilMs) {
      try {
        if (await isSo()) return;
      } catch (error) {
        trouble = `: ${error instanceof Error ? error.message : String(error)}`;
      }
      await sleep(POLL_MS);
    }
    throw new Error(`not so after ${READY_MS / 1000} s, that ${what}${trouble}`);
  }

  /** Asked by a process that is where the collector is. */
  async #call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const order = { type: 'ask', method, url: `${COLLECTOR}${path}` } as const;
    const report = await this.#world.ask(body === undefined ? order : { ...order, body }, READY_MS);
    if (report.type !== 'answer' || report.status >= 300)
      throw new Error(`${method} ${path}: ${JSON.stringify(report).slice(0, 500)}`);
    return (report.text.startsWith('{') ? JSON.parse(report.text) : {}) as T;
  }
}
