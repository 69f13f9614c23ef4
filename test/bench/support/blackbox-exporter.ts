/**
 * `prometheus-blackbox-exporter`, the peer of light probes, as a process of its own: asked for its probes over HTTP, as Prometheus
 * asks, on a connection that is kept.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NodeProcess } from './node-process.ts';

const PROGRAM = 'prometheus-blackbox-exporter';
const READY_MS = 10_000;
const MODULE = 'http';

/** One GET on a connection of its own, as the `http` probe makes it. */
const CONFIG = `modules: { ${MODULE}: { prober: http, timeout: 5s, http: { method: GET, preferred_ip_protocol: ip4 } } }\n`;

export class BlackboxExporter {
  readonly #process: NodeProcess;
  readonly #port: number;
  readonly #dir: string;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(process: NodeProcess, port: number, dir: string) {
    this.#process = process;
    this.#port = port;
    this.#dir = dir;
  }

  /** What is missing on this machine, as a sentence; undefined where it can be started. */
  static missing(): string | undefined {
    return spawnSync(PROGRAM, ['--version']).error
      ? `there is no ${PROGRAM}, the peer: install it, as Debian packages it`
      : undefined;
  }

  /** With modules of its own language; resolves when it answers; throws where it is missing. */
  static async start(config = CONFIG): Promise<BlackboxExporter> {
    const missing = BlackboxExporter.missing();
    if (missing !== undefined) throw new Error(missing);
    const dir = mkdtempSync(join(tmpdir(), 'outrider-bench-blackbox-'));
    const configFile = join(dir, 'blackbox.yml');
    writeFileSync(configFile, config);
    const port = await freePort();
    const args = [`--config.file=${configFile}`, `--web.listen-address=127.0.0.1:${port}`];
    const exporter = new BlackboxExporter(new NodeProcess({ command: PROGRAM, args, env: {} }), port, dir);
    try {
      await exporter.#ready();
      return exporter;
    } catch (error) {
      await exporter.stop();
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Has it probe `url` once; the lines of its answer. Rejects when it gives none. */
  async probe(url: string, module: string = MODULE): Promise<string> {
    return this.#get(`/probe?module=${module}&target=${encodeURIComponent(url)}`);
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.#process.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    const untilMs = performance.now() + READY_MS;
    for (;;) {
      const answer = await this.#get('/-/healthy').catch(() => undefined);
      if (answer !== undefined) return;
      if (performance.now() > untilMs) throw new Error(`${PROGRAM} does not answer`);
      await sleep(50);
    }
  }

  #get(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.#port, path, agent: this.#agent };
      const request = get(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${PROGRAM} answered ${response.statusCode}: ${text.slice(0, 200)}`));
        });
        response.on('error', reject);
      });
      request.on('error', reject);
    });
  }
}

/** Whether an answer of `probe` says that the probe succeeded. */
export const isSuccess = (answer: string): boolean => /^probe_success 1$/m.test(answer);

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}
