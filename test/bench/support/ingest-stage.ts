/** What the benchmark of ingest runs against: one store, and by turns a collector with its fleet, and direct inserts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../../../cli/up/child.ts';
import type { ResultRecord } from '../../../protocol/record.ts';
import { type ClickHouseServer, startClickHouseServer } from '../../support/clickhouse-server.ts';
import type { Progress } from '../benchmark.ts';
import type { Engine } from './fleet-settings.ts';
import { sinceOf } from './ingest-frames.ts';
import type { RawOrder, RawReport, SenderOrder, SenderReport } from './ingest-messages.ts';
import { type IngestSettings, RAW_BATCH_ROWS } from './ingest-settings.ts';
import { busyCpuMs } from './process-use.ts';
import { untilIdle } from './until-idle.ts';

const entry = join(import.meta.dirname, '../../../cli/bin/outrider.js');
const READY_MS = 120_000;
const ROUND_MS = 300_000;
const RAW_MS = 900_000;
const RAW_ROUNDS = 2;

export interface StageOptions {
  readonly engine: Engine;
  readonly settings: IngestSettings;
  readonly records: readonly ResultRecord[];
  readonly progress: Progress;
}

/** One round end to end: time, and processor time of each process in it. */
export interface Round {
  readonly results: number;
  readonly wireBytes: number;
  readonly ms: number;
  readonly collectorMs: number;
  /** Undefined where the engine is in the collector. */
  readonly serverMs: number | undefined;
  readonly senderMs: number;
  /** Blocks that the collector inserted, and how long it waited for them in all. */
  readonly blocks: number;
  readonly insertMs: number;
}

export class IngestStage {
  /** Results that collectors have acknowledged. */
  sent = 0;
  readonly #options: StageOptions;
  readonly #dir = mkdtempSync(join(tmpdir(), 'outrider-bench-ingest-'));
  readonly #children = new Set<Child>();
  #server: ClickHouseServer | undefined;

  private constructor(options: StageOptions) {
    this.#options = options;
  }

  static async start(options: StageOptions): Promise<IngestStage> {
    const stage = new IngestStage(options);
    if (options.engine === 'server') stage.#server = await startClickHouseServer();
    return stage;
  }

  /** Inserts directly, in every format that the engine takes; then counts what the store holds. */
  async raw(): Promise<Extract<RawReport, { type: 'measured' }>> {
    const { engine, progress, records, settings } = this.#options;
    const { agents, perAgent, regions } = settings;
    const batches = Math.max(2, Math.ceil((agents * perAgent) / RAW_BATCH_ROWS));
    progress(`inserting directly, ${RAW_ROUNDS} times ${batches} batches of ${RAW_BATCH_ROWS} rows each way`);
    const child = this.#start('raw', join(import.meta.dirname, 'ingest-raw.ts'));
    const order: RawOrder = {
      ...{ type: 'raw', engine, records, agents, regions, batches },
      rounds: RAW_ROUNDS,
      url: this.#server?.url,
      serverPid: this.#server?.pid,
      dataDir: this.#dir,
    };
    const report = await ask<RawReport>(child, order, RAW_MS);
    await this.#stop(child);
    if (report.type === 'failed') throw new Error(`direct inserts failed: ${report.message}`);
    for (const { connections, format, rowsPerS } of report.series)
      progress(
        `${format} over ${connections}: ${rowsPerS.map((rate) => Math.round(rate)).join(', ')} rows/s`,
      );
    return report;
  }

  /** A collector and a fleet: one round to warm up, then those that count. */
  async endToEnd(): Promise<Round[]> {
    const { progress, records, settings } = this.#options;
    const { agents, perAgent, regions, rounds } = settings;
    progress(`connecting ${agents} agents`);
    const store = this.#server ? ['--clickhouse', this.#server.url] : [];
    const flags = ['--port', '0', '--data-dir', this.#dir, ...store];
    const collector = this.#start('collector', entry, 'collector', 'start', ...flags);
    const { url } = await collector.message<{ url: string }>(READY_MS);
    const sender = this.#start('sender', join(import.meta.dirname, 'ingest-sender.ts'));
    const sinceMs = sinceOf(Date.now(), (rounds + 1) * perAgent);
    await tell(sender, { type: 'connect', url, agents, regions, records, sinceMs }, READY_MS);
    const measured: Round[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const one = await this.#round(collector, sender, url);
      const rate = Math.round((one.results * 1000) / one.ms);
      progress(`${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}: ${rate} results/s`);
      if (round > 0) measured.push(one);
    }
    await this.#stop(sender);
    await this.#stop(collector);
    return measured;
  }

  /** Ends what still runs, and deletes what was written. */
  async stop(): Promise<void> {
    for (const child of this.#children) child.kill();
    await Promise.all([...this.#children].map((child) => child.exited));
    const dataDir = this.#server?.dataDir;
    await this.#server?.close();
    if (dataDir) rmSync(dataDir, { recursive: true, force: true });
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #round(collector: Child, sender: Child, url: string): Promise<Round> {
    const { perAgent } = this.#options.settings;
    const encoded = await tell(sender, { type: 'encode', perAgent }, ROUND_MS);
    if (encoded.type !== 'encoded') throw new Error(`the sender said ${encoded.type}, not encoded`);
    const pids = [collector, sender].map((child) => child.pid ?? 0);
    await untilIdle(this.#server ? [...pids, this.#server.pid] : pids);
    const used = () => ({
      collectorMs: busyCpuMs(collector.pid ?? 0),
      serverMs: this.#server && busyCpuMs(this.#server.pid),
      senderMs: busyCpuMs(sender.pid ?? 0),
    });
    const [insertsBefore, before] = [await insertsOf(url), used()];
    const acked = await tell(sender, { type: 'send' }, ROUND_MS);
    const after = used();
    const inserts = await insertsOf(url);
    if (acked.type !== 'acked') throw new Error(`the sender said ${acked.type}, not acked`);
    this.sent += encoded.results;
    return {
      results: encoded.results,
      wireBytes: encoded.wireBytes,
      ms: acked.ms,
      collectorMs: after.collectorMs - before.collectorMs,
      serverMs: after.serverMs === undefined ? undefined : after.serverMs - (before.serverMs ?? 0),
      senderMs: after.senderMs - before.senderMs,
      blocks: inserts.blocks - insertsBefore.blocks,
      insertMs: inserts.insertMs - insertsBefore.insertMs,
    };
  }

  #start(name: string, ...args: string[]): Child {
    const logFile = join(this.#dir, `${name}.log`);
    const child = new Child({ name, args, logFile, env: { OUTRIDER_LOG: 'warn' } });
    this.#children.add(child);
    return child;
  }

  async #stop(child: Child): Promise<void> {
    await child.stop();
    this.#children.delete(child);
  }
}

/** What a collector says of its inserts since its start. */
async function insertsOf(url: string): Promise<{ blocks: number; insertMs: number }> {
  const answer = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(READY_MS) });
  const text = await answer.text();
  const value = (name: string): number =>
    Number(new RegExp(`^outrider_ingest_${name}_total (\\S+)$`, 'm').exec(text)?.[1]);
  return { blocks: value('blocks_inserted'), insertMs: value('insert_seconds') * 1000 };
}

/** Sends a message and waits for the answer. */
function ask<T>(child: Child, message: object, timeoutMs: number): Promise<T> {
  const answer = child.message<T>(timeoutMs);
  child.send(message);
  return answer;
}

async function tell(sender: Child, order: SenderOrder, timeoutMs: number): Promise<SenderReport> {
  const report = await ask<SenderReport>(sender, order, timeoutMs);
  if (report.type === 'failed') throw new Error(`the sender failed: ${report.message}`);
  return report;
}
