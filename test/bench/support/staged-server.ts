/** The server of the benchmark of playback: the reference origin behind TLS, which delays where it is told to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../../../cli/up/child.ts';
import { makeCertificate, type ServerCertificate } from '../../probes/net/certificates.ts';
import type { Stage, StagedOrder, StagedReport } from './staged-messages.ts';
import { ownSockets, waitingFor } from './waiting-connections.ts';

const READY_MS = 20_000;
const QUEUE_MAX = 16;
/** A handshake on loopback takes microseconds: one that is not through by now is left out of the queue. */
const QUEUED_MS = 50;
const LOOK_MS = 50;
/**
 * A SYN that was dropped is sent again after a second. Chromium opens a second socket after a quarter of one: both must find the
 * queue full, and the first one's repetition must not.
 */
const HOLD_MS = 500;

export class StagedServer {
  /** `https://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly certificate: ServerCertificate;
  readonly #port: number;
  readonly #child: Child;
  readonly #dir: string;

  private constructor(child: Child, certificate: ServerCertificate, port: number, dir: string) {
    this.#child = child;
    this.certificate = certificate;
    this.#port = port;
    this.#dir = dir;
    this.url = `https://127.0.0.1:${port}`;
  }

  static async start(): Promise<StagedServer> {
    const dir = mkdtempSync(join(tmpdir(), 'outrider-bench-staged-'));
    const child = new Child({
      name: 'staged server',
      args: [join(import.meta.dirname, 'staged-main.ts')],
      logFile: join(dir, 'staged.log'),
    });
    const certificate = makeCertificate({ names: ['127.0.0.1'] });
    try {
      const report = await ask(child, { type: 'start', dataDir: dir, ...certificate });
      if (report.type !== 'ready')
        throw child.problem(report.type === 'failed' ? report.message : report.type);
      return new StagedServer(child, certificate, report.port, dir);
    } catch (error) {
      child.kill();
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** The next of this stage is delayed, and only that one. For `accept` see `holdAccept`. */
  async delay(at: Exclude<Stage, 'accept'>, delayMs: number): Promise<void> {
    await ask(this.#child, { type: 'delay', at, delayMs });
  }

  /** How long the last order delayed in truth, milliseconds; undefined when nothing of its stage came. */
  async delayed(): Promise<number | undefined> {
    const report = await ask(this.#child, { type: 'told' });
    return report.type === 'delayed' ? report.ms : undefined;
  }

  /**
   * Leaves the next connection of another process unanswered for as long as its kernel waits before it asks again: one second. The
   * server is stopped, and its queue filled. `work` makes the connection; rejects when none came within `withinMs`.
   */
  async holdAccept<T>(work: () => Promise<T>, withinMs: number): Promise<T> {
    const pid = this.#child.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    const fillers: Socket[] = [];
    try {
      await this.#fillQueue(fillers);
      const [result] = await Promise.all([work(), this.#releaseLater(pid, withinMs)]);
      return result;
    } finally {
      process.kill(pid, 'SIGCONT');
      for (const filler of fillers) filler.destroy();
    }
  }

  async close(): Promise<void> {
    await this.#child.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #fillQueue(fillers: Socket[]): Promise<void> {
    while (fillers.length < QUEUE_MAX) {
      const filler = connect(this.#port, '127.0.0.1').on('error', () => {});
      fillers.push(filler);
      const connected = new Promise((resolve) => filler.once('connect', () => resolve(true)));
      if (await Promise.race([connected, sleep(QUEUED_MS, false)])) continue;
      filler.destroy();
      return;
    }
    throw new Error(`the queue of a stopped server took ${QUEUE_MAX} connections: nothing holds them off`);
  }

  async #releaseLater(pid: number, withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const waiting = await waitingFor(this.#port);
      const own = waiting.length === 0 ? undefined : await ownSockets();
      if (waiting.some((inode) => own?.has(inode) === false)) break;
      if (performance.now() > deadlineMs) throw new Error('no connection came while the server was stopped');
      await sleep(LOOK_MS);
    }
    await sleep(HOLD_MS);
    process.kill(pid, 'SIGCONT');
  }
}

async function ask(child: Child, order: StagedOrder): Promise<StagedReport> {
  const answer = child.message<StagedReport>(READY_MS);
  child.send(order);
  return answer;
}
