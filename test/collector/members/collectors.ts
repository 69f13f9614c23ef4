/** Several collectors on one ClickHouse server, whole, over HTTP and WebSockets: in this process, or in processes of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, type CollectorOptions, startCollector } from '../../../collector/collector.ts';
import { type Started, start } from '../../support/outrider.ts';
import { recordOf } from '../../support/records.ts';
import { helloOf, ScriptedAgent } from '../../support/scripted-agent.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

export interface Here {
  start(name: string, more?: Partial<CollectorOptions>): Promise<Collector>;
  /** Starts `outrider collector start` and resolves when it is ready. */
  spawn(name: string, port?: number, more?: readonly string[]): Promise<Spawned>;
  close(): Promise<void>;
}

export interface Spawned {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly started: Started;
}

export function collectorsOn(clickhouseUrl: string): Here {
  const dataDir = mkdtempSync(join(tmpdir(), 'outrider-members-'));
  const collectors: Collector[] = [];
  const spawned: Spawned[] = [];
  return {
    async start(name, more = {}) {
      const collector = await startCollector({
        port: 0,
        name,
        dataDir,
        clickhouse: { url: clickhouseUrl },
        log: SILENT_LOG,
        version: '0.0.0-test',
        ...more,
      });
      collectors.push(collector);
      return collector;
    },
    async spawn(name, port = 0, more = []) {
      const words = [
        '--port',
        String(port),
        '--name',
        name,
        '--clickhouse',
        clickhouseUrl,
        '--data-dir',
        dataDir,
      ];
      const started = start(['collector', 'start', ...words, ...more], { OUTRIDER_LOG: 'warn' });
      const [, url = ''] = await started.says(/collector ready: (\S+)/);
      const one = { url, port: Number(new URL(url).port), pid: started.process.pid ?? 0, started };
      spawned.push(one);
      return one;
    },
    async close() {
      for (const { started } of spawned) {
        started.process.kill('SIGKILL');
        started.process.kill('SIGCONT');
      }
      await Promise.all(spawned.map(({ started }) => started.finished));
      await Promise.all(collectors.map((collector) => collector.close()));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Results of a probe of the agent's own name, so that they can be counted for themselves. */
export function recordsOf(id: string, from: number, to: number) {
  return Array.from({ length: to - from + 1 }, (_, index) =>
    recordOf(from + index, { probe: id, scheduledMs: Date.now() }),
  );
}

/** Joins one of these collectors, in turn, as often as it is sent away. */
export async function joinPatiently(urls: readonly string[], agent: string, boot = 'boot-1') {
  for (let attempt = 0; ; attempt += 1) {
    const url = urls[attempt % urls.length] ?? '';
    const socket = await ScriptedAgent.connect(url).catch(() => undefined);
    if (socket) {
      socket.send(helloOf({ agent, boot }));
      const welcome = await socket.next('welcome').catch(() => undefined);
      if (welcome) return { agent: socket, welcome, url };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * An agent that keeps its results until they are acknowledged, and moves on whenever it is sent away: what a spool and a link do,
 * without probes. Makes `perBatch` results every `everyMs`.
 */
export class LoadedAgent {
  readonly id: string;
  readonly #urls: readonly string[];
  readonly #stop = new AbortController();
  #made = 0;
  #acked = 0;
  /** Times that it was welcomed. */
  sessions = 0;
  readonly #done: Promise<void>;

  constructor(
    id: string,
    urls: readonly string[],
    load: { readonly perBatch: number; readonly everyMs: number },
  ) {
    this.id = id;
    this.#urls = urls;
    const timer = setInterval(() => {
      this.#made += load.perBatch;
    }, load.everyMs);
    this.#stop.signal.addEventListener('abort', () => clearInterval(timer));
    this.#done = this.#run();
  }

  get acked(): number {
    return this.#acked;
  }

  /** Makes no more, delivers the rest; gives how many results there were. */
  async finish(): Promise<number> {
    this.#stop.abort();
    await this.#done;
    return this.#made;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted || this.#acked < this.#made) {
      const { agent, welcome } = await joinPatiently(this.#urls, this.id);
      this.sessions += 1;
      await this.#deliver(agent, welcome.held['boot-1'] ?? 0);
      agent.socket.terminate();
    }
  }

  async #deliver(agent: ScriptedAgent, held: number): Promise<void> {
    this.#acked = Math.max(this.#acked, held);
    let over = false;
    void agent.closed.then(() => {
      over = true;
    });
    void agent.next('drain').then(
      () => {
        over = true;
      },
      () => undefined,
    );
    let sent = held;
    while (!over && (!this.#stop.signal.aborted || this.#acked < this.#made)) {
      if (sent < this.#made) {
        const to = Math.min(this.#made, sent + 50);
        agent.results('boot-1', recordsOf(this.id, sent + 1, to));
        sent = to;
      }
      for (let at = agent.frames.findIndex(({ type }) => type === 'ack'); at >= 0; ) {
        const [frame] = agent.frames.splice(at, 1);
        if (frame?.type === 'ack') this.#acked = Math.max(this.#acked, frame.seq);
        at = agent.frames.findIndex(({ type }) => type === 'ack');
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
