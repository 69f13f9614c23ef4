/** Everything that a chaos run starts: ClickHouse, collectors, agents, what they probe, and the ways between them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient } from '../../cli/support/api-client.ts';
import { Child } from '../../cli/up/child.ts';
import { startClickHouseServer } from '../support/clickhouse-server.ts';
import { openAccount } from './account.ts';
import { AgentDisk, type DiskKind, type DiskMessage } from './agent-disk.ts';
import type { ClockMessage } from './agent-main.ts';
import { agentNames, collectorNames, type Shape, type Victim } from './fault.ts';
import { Link } from './links.ts';
import { Part, type Running } from './part.ts';
import { chaosSpec, startTarget, type Target } from './target.ts';
import { TcpProxy } from './tcp-proxy.ts';

const root = join(import.meta.dirname, '..', '..');
/** A start on a machine that is busy with five of these worlds. */
const READY_MS = 60_000;
/** While a disk is full, and for this long after, an agent may fail to start. */
const DISK_AFTERMATH_MS = 3000;

export interface WorldOptions {
  readonly shape: Shape;
  /** Logs, spools and the store. */
  readonly folder: string;
  readonly disk: DiskKind | undefined;
  /** Uniform in [0, 1): which frames, requests and answers are hit. */
  random(): number;
  /** One line of the run's own log. */
  note(text: string): void;
}

export class World {
  readonly shape: Shape;
  readonly parts = new Map<Victim, Part>();
  /** Agent → collector → link. */
  readonly links = new Map<Victim, ReadonlyMap<Victim, Link>>();
  /** By collector. */
  readonly storeWays = new Map<Victim, TcpProxy>();
  readonly disks = new Map<Victim, AgentDisk>();
  readonly #options: WorldOptions;
  readonly #children = new Map<Victim, Child>();
  readonly #clockMs = new Map<Victim, number>();
  readonly #urls = new Map<Victim, string>();
  readonly #diskFullMs = new Map<Victim, number>();
  #target: Target | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.shape = options.shape;
  }

  /** Starts everything; resolves when every agent has a session. Rejects when something does not come up. */
  async start(): Promise<void> {
    const { shape, folder } = this.#options;
    mkdirSync(join(folder, 'logs'), { recursive: true });
    this.#target = await startTarget();
    if (shape.engine === 'server') {
      this.#add('clickhouse', () => this.#startClickHouse());
      for (const name of collectorNames(shape))
        this.storeWays.set(
          name,
          await TcpProxy.start({ random: this.#options.random, resetsUpstream: false }),
        );
      await this.#begin('clickhouse');
    }
    for (const [index, name] of collectorNames(shape).entries()) {
      this.#add(name, async () => this.#startCollector(name));
      await this.#begin(name);
      if (index === 0)
        await this.api(name).post('/api/v1/probes/apply', {
          spec: chaosSpec(this.#target.url),
          dry_run: false,
        });
    }
    for (const [index, name] of agentNames(shape).entries()) {
      await this.#prepareAgent(name, index);
      this.#add(name, async () => this.#startAgent(name));
    }
    await Promise.all(agentNames(shape).map((name) => this.#begin(name)));
  }

  part(name: Victim): Part {
    const part = this.parts.get(name);
    if (!part) throw new Error(`there is no ${name} in this world`);
    return part;
  }

  /** The API of a collector where it listens now. */
  api(collector: Victim): ApiClient {
    return new ApiClient(this.#urls.get(collector) ?? 'http://127.0.0.1:1');
  }

  dataDirOf(agent: Victim): string {
    return join(this.#options.folder, 'agents', agent);
  }

  linksOf(agent: Victim): readonly Link[] {
    return [...(this.links.get(agent)?.values() ?? [])];
  }

  clockOf(agent: Victim): number {
    return this.#clockMs.get(agent) ?? 0;
  }

  /** Sets the wall clock of an agent to the machine's plus this. */
  setClock(agent: Victim, offsetMs: number): void {
    this.#clockMs.set(agent, offsetMs);
    this.#tell(agent, { type: 'clock', offsetMs });
  }

  fillDisk(agent: Victim): void {
    this.#diskFullMs.set(agent, Number.POSITIVE_INFINITY);
    this.disks.get(agent)?.fill();
  }

  freeDisk(agent: Victim): void {
    this.disks.get(agent)?.free();
    this.#diskFullMs.set(agent, Date.now());
  }

  /**
   * Ends of processes of ours that nobody asked for and that no fault explains. ClickHouse may end by itself: to us that is one
   * kill more.
   */
  crashes(): readonly string[] {
    const ours = [...this.parts.values()].filter(({ name }) => name !== 'clickhouse');
    return ours.flatMap((part) =>
      part.ownEnds
        .filter(({ wasReady, atMs }) => !this.#explained(part.name, wasReady, atMs))
        .map(
          ({ code, signal, wasReady, atMs }) =>
            `${part.name} ended by itself at ${new Date(atMs).toISOString()}${wasReady ? '' : ' before it was ready'}: ${signal ?? `exit code ${code}`}`,
        ),
    );
  }

  /** Ends every process, at once, and gives back what was mounted. With `keep` the spools stay as files. */
  async close(keep: boolean): Promise<void> {
    await Promise.all([...this.parts.values()].map((part) => part.stop('SIGKILL')));
    for (const links of this.links.values()) for (const link of links.values()) await link.close();
    for (const way of this.storeWays.values()) await way.close();
    await this.#target?.close();
    for (const disk of this.disks.values()) disk.close(keep);
  }

  /** The same in the last moment of this process, where nothing can be waited for. */
  abandon(): void {
    for (const part of this.parts.values()) part.kill(0);
    for (const disk of this.disks.values()) disk.close(false);
  }

  #add(name: Victim, launch: () => Promise<Running>): void {
    this.parts.set(name, new Part(name, launch));
  }

  async #begin(name: Victim): Promise<void> {
    const part = this.part(name);
    part.start();
    if (!(await part.untilReady(READY_MS)))
      throw new Error(`${name} was not ready after ${READY_MS / 1000} s`);
  }

  async #startClickHouse(): Promise<Running> {
    const server = await startClickHouseServer({ dataDir: join(this.#options.folder, 'clickhouse') });
    for (const way of this.storeWays.values()) way.upstreamPort = Number(new URL(server.url).port);
    this.#options.note('clickhouse is ready');
    const exited = server.exited.then((how) => {
      this.#options.note(`clickhouse ended: ${how}; it said: ${server.output()}`);
      return { code: null, signal: how };
    });
    return { pid: server.pid, ready: Promise.resolve(true), exited };
  }

  #startCollector(name: Victim): Running {
    const { folder } = this.#options;
    const way = this.storeWays.get(name);
    const child = this.#spawn(name, [
      ...[join(root, 'cli/bin/outrider.js'), 'collector', 'start', '--port', '0'],
      ...['--data-dir', join(folder, name)],
      ...(way ? ['--clickhouse', `http://127.0.0.1:${way.port}`] : []),
    ]);
    return this.#running(child, ({ url = '' }) => {
      this.#urls.set(name, url);
      for (const links of this.links.values()) {
        const link = links.get(name);
        if (link) link.collectorPort = Number(new URL(url).port);
      }
    });
  }

  #startAgent(name: Victim): Running {
    const child = this.#spawn(name, [
      join(import.meta.dirname, 'agent-main.ts'),
      `${this.dataDirOf(name)}.json`,
      String(this.clockOf(name)),
    ]);
    return this.#running(child, () => {
      const disk = this.disks.get(name);
      if (disk?.kind === 'pages' && disk.full) this.#tell(name, { type: 'disk', full: true });
    });
  }

  /** Its disk, its configuration with the collectors in an order of its own, its links, and the account in its spool. */
  async #prepareAgent(name: Victim, index: number): Promise<void> {
    const { disk, random } = this.#options;
    const dataDir = this.dataDirOf(name);
    this.disks.set(name, new AgentDisk(dataDir, disk, (message) => this.#tell(name, message)));
    openAccount(dataDir);
    const links = new Map<Victim, Link>();
    for (const collector of collectorNames(this.shape)) {
      const link = await Link.start(random);
      link.collectorPort = Number(new URL(this.#urls.get(collector) ?? '').port);
      links.set(collector, link);
    }
    this.links.set(name, links);
    const addresses = [...links.values()].map(({ tcp }) => `ws://127.0.0.1:${tcp.port}`);
    const config = {
      id: name,
      labels: { region: `region-${index + 1}` },
      collectors: index % 2 === 0 ? addresses : addresses.toReversed(),
      dataDir,
      network: { policy: { allow: ['127.0.0.0/8'] } },
    };
    writeFileSync(`${dataDir}.json`, JSON.stringify(config, null, 2));
  }

  #spawn(name: Victim, args: readonly string[]): Child {
    const child = new Child({ name, args, logFile: join(this.#options.folder, 'logs', `${name}.log`) });
    this.#children.set(name, child);
    return child;
  }

  #running(child: Child, onReady: (message: { readonly url?: string }) => void): Running {
    const ready = child.message<{ readonly url?: string }>(READY_MS).then(
      (message) => {
        onReady(message);
        this.#options.note(`${child.name} is ready`);
        return true;
      },
      () => {
        child.kill();
        return false;
      },
    );
    return { pid: child.pid ?? 0, ready, exited: child.exited };
  }

  #tell(name: Victim, message: ClockMessage | DiskMessage): void {
    const child = this.#children.get(name);
    if (child?.running && this.part(name).ready) child.send(message);
  }

  /** An agent may fail to start on a full disk, a collector without its store, ClickHouse on a port that was taken meanwhile. */
  #explained(name: Victim, wasReady: boolean, atMs: number): boolean {
    if (wasReady) return false;
    if (name.startsWith('agent')) return atMs < (this.#diskFullMs.get(name) ?? 0) + DISK_AFTERMATH_MS;
    return this.shape.engine === 'server';
  }
}
