/** The sandbox in a process of its own, with one way to it for each kind of network: delays and bandwidth that stay. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../../../cli/up/child.ts';
import type { InjectFaults, SandboxFailed, SandboxReady, StartSandbox } from '../../../sandbox/messages.ts';

const READY_MS = 20_000;

/** A name, and faults as on a command line without region and start: `latency=60ms`, `bandwidth=4Mbit`. */
export type Ways = Readonly<Record<string, readonly string[]>>;

export class SandboxProcess {
  readonly #child: Child;
  readonly #dir: string;
  readonly #ready: SandboxReady;

  private constructor(child: Child, dir: string, ready: SandboxReady) {
    this.#child = child;
    this.#dir = dir;
    this.#ready = ready;
  }

  static async start(ways: Ways): Promise<SandboxProcess> {
    const dir = mkdtempSync(join(tmpdir(), 'outrider-bench-sandbox-'));
    const child = new Child({
      name: 'sandbox',
      args: [join(import.meta.dirname, '../../../sandbox/main.ts')],
      logFile: join(dir, 'sandbox.log'),
    });
    try {
      const answer = child.message<SandboxReady | SandboxFailed>(READY_MS);
      const start: StartSandbox = { type: 'start', dataDir: dir, regions: Object.keys(ways) };
      child.send(start);
      const report = await answer;
      if (report.type === 'failed') throw new Error(`the sandbox cannot be started: ${report.message}`);
      const faults = Object.entries(ways).flatMap(([way, all]) => all.map((fault) => `${way}:${fault}@0s`));
      const inject: InjectFaults = { type: 'faults', faults };
      child.send(inject);
      return new SandboxProcess(child, dir, report);
    } catch (error) {
      child.kill();
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  urlBy(way: string): string {
    return `http://127.0.0.1:${this.#ready.proxyPorts[way]}`;
  }

  get originUrl(): string {
    return `http://127.0.0.1:${this.#ready.originPort}`;
  }

  async stop(): Promise<void> {
    await this.#child.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
