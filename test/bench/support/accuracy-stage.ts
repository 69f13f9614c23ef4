/**
 * What the benchmarks of accuracy and lateness stand on: a collector with real agents, a server in a process of its own, and the
 * packets between them.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, checksAt, specOf } from './accuracy-spec.ts';
import { type AgentRun, agentRunsOf, RUNS_COLUMNS } from './agent-runs.ts';
import { BenchFleet, type StartedAgent } from './bench-fleet.ts';
import { type Flow, Flows, Lookups } from './flow-times.ts';
import { JitteryServer } from './jittery-server.ts';
import { blocksOf, type LoopBlock } from './loop-blocks.ts';
import { PacketCapture } from './packet-capture.ts';
import type { MatchedRun } from './phase-errors.ts';

/** What the first runs of a schedule load is not what they measure. */
const SETTLE_MS = 4000;
/** Until what was under way has reached the collector. */
const DRAIN_MS = 4000;
const BLOCKER = join(import.meta.dirname, 'loop-blocker.ts');
const ROWS_MAX = 10_000;
/** As many as the busiest schedule has checks. */
const NAMES = 200;

/** A run beside the packets of its connection; `flow` is absent where they are not all there. */
export interface SeenRun {
  readonly run: AgentRun;
  readonly flow: Flow | undefined;
}

export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
  /** Every so manieth check has an answer that takes long; none when absent. */
  readonly slowEach?: number;
}

export class AccuracyStage {
  readonly server: JitteryServer;
  readonly #fleet: BenchFleet;
  readonly #keyLogFile: string;
  #captures = 0;

  private constructor(fleet: BenchFleet, server: JitteryServer, keyLogFile: string) {
    this.#fleet = fleet;
    this.server = server;
    this.#keyLogFile = keyLogFile;
  }

  /** For so many agents. */
  static async open(agents: number): Promise<AccuracyStage> {
    const fleet = await BenchFleet.start(agents);
    try {
      const keyLogFile = join(fleet.dataDir, 'tls.keys');
      return new AccuracyStage(fleet, await JitteryServer.start({ names: NAMES, keyLogFile }), keyLogFile);
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  /** The agent as it ships; with `blockMs`, one whose event loop stands still for as long now and then. */
  async startAgent(blockMs = 0): Promise<StartedAgent> {
    const cacheDir = join(this.#fleet.dataDir, 'cache');
    mkdirSync(cacheDir, { recursive: true });
    const env =
      blockMs === 0
        ? {}
        : {
            NODE_OPTIONS: `--import=${BLOCKER}`,
            OUTRIDER_BENCH_BLOCK_MS: String(blockMs),
            OUTRIDER_BENCH_BLOCKS: this.#blocksFile,
          };
    const { cert, nameServer } = this.server;
    const network = {
      policy: { allow: ['127.0.0.0/8'], deny: [] },
      connectTo: {},
      nameServers: [nameServer],
      trustedCa: cert,
    };
    return await this.#fleet.startAgent(cacheDir, { more: { network }, env });
  }

  /** When the event loops of blocked agents stood still. */
  blocks(): readonly LoopBlock[] {
    return existsSync(this.#blocksFile) ? blocksOf(readFileSync(this.#blocksFile, 'utf8')) : [];
  }

  /** What an agent reports of this load, and what the packets say. Without a capture where that is not possible. */
  async measure(agent: StartedAgent, load: Load, withPackets = true): Promise<readonly SeenRun[]> {
    const { client } = this.#fleet;
    const checks = checksAt(load.perSecond, load.slowEach);
    const spec = specOf(checks, agent.id, (kind, index) => this.server.url(kind, index));
    await client.post('/api/v1/probes/apply', { spec, dry_run: false });
    await sleep(SETTLE_MS);
    await this.server.asked();
    const capture = withPackets ? await this.#capture() : undefined;
    try {
      const fromMs = Date.now();
      await sleep(load.seconds * 1000);
      const untilMs = Date.now();
      for (const { name } of spec.probes) await client.delete(`/api/v1/probes/${name}`);
      await sleep(DRAIN_MS);
      await capture?.stop();
      const runs = await this.#runs(agent.id, fromMs, untilMs);
      const flows = await this.#flows(capture, checks);
      return runs.map((run) => ({ run, flow: flows(run) }));
    } finally {
      await capture?.stop();
    }
  }

  /** The same connections made by somebody else: `work` says what was reported of which run. */
  async observe(
    work: () => Promise<ReadonlyMap<string, MatchedRun['reported']>>,
  ): Promise<{ readonly runs: readonly MatchedRun[]; readonly unmatched: number }> {
    await this.server.asked();
    const capture = await this.#capture();
    try {
      const reported = await work();
      await capture.stop();
      const flows = new Flows(await capture.packets(this.#keyLogFile), this.server.ports);
      const asked = new Map((await this.server.asked()).map((one) => [one.run, one]));
      const runs = [...reported].flatMap(([run, said]): MatchedRun[] => {
        const by = asked.get(run);
        const flow = by && flows.of(by);
        return flow ? [{ reported: said, truth: flow.times, isDisturbed: false }] : [];
      });
      return { runs, unmatched: reported.size - runs.length };
    } finally {
      await capture.stop();
    }
  }

  async close(): Promise<void> {
    await this.#fleet.stop();
    await this.server.close();
  }

  get #blocksFile(): string {
    return join(this.#fleet.dataDir, 'blocks');
  }

  async #capture(): Promise<PacketCapture> {
    this.#captures += 1;
    const udp = Number(this.server.nameServer.split(':')[1]);
    const file = join(this.#fleet.dataDir, `packets-${this.#captures}.pcapng`);
    return await PacketCapture.start(file, { tcp: this.server.ports, udp });
  }

  async #runs(agent: string, fromMs: number, untilMs: number): Promise<AgentRun[]> {
    const sql = `SELECT ${RUNS_COLUMNS} FROM runs WHERE agent = '${agent}' AND outcome != 'missed'
      AND scheduled_at >= fromUnixTimestamp64Milli(${fromMs}) AND scheduled_at < fromUnixTimestamp64Milli(${untilMs})`;
    const answer = await this.#fleet.client.post<{ rows: unknown[][] }>('/api/v1/query', {
      sql,
      limit: ROWS_MAX,
    });
    return agentRunsOf(answer.rows);
  }

  async #flows(
    capture: PacketCapture | undefined,
    checks: readonly Check[],
  ): Promise<(run: AgentRun) => Flow | undefined> {
    if (!capture) return () => undefined;
    const packets = await capture.packets(this.#keyLogFile);
    const flows = new Flows(packets, this.server.ports);
    const lookups = new Lookups(packets);
    const asked = new Map((await this.server.asked()).map((one) => [one.run, one]));
    const indexOf = new Map(checks.map(({ index, target }) => [target, index]));
    return ({ sid, target }) => {
      const by = asked.get(sid);
      const flow = by && flows.of(by);
      return flow && lookups.before(flow, JitteryServer.nameOf(indexOf.get(target) ?? -1));
    };
  }
}
