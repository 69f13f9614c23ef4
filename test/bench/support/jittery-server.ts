/** The server of the benchmark of accuracy: its addresses, the keys of its connections, and who asked it. */
import { join } from 'node:path';
import { makeCertificate } from '../../probes/net/certificates.ts';
import { AskedProcess } from './asked-process.ts';
import type { Asked, FlowKind, JitteryOrder, JitteryReport } from './jittery-messages.ts';

const READY_MS = 20_000;
const SCRIPT = join(import.meta.dirname, 'jittery-main.ts');
/** Every name below it is that of the server. */
const DOMAIN = 'jittery.test';

export interface JitteryOptions {
  /** How many names it has: `t0.jittery.test`, and so on. */
  readonly names: number;
  /** Where it writes the secrets of its TLS connections, for who reads its packets; nowhere when absent. */
  readonly keyLogFile?: string;
}

export class JitteryServer {
  readonly ports: Readonly<Record<FlowKind, number>>;
  /** `127.0.0.1:port`. */
  readonly nameServer: string;
  /** PEM, to be trusted. */
  readonly cert: string;
  readonly #process: AskedProcess<JitteryOrder, JitteryReport>;

  private constructor(
    process: AskedProcess<JitteryOrder, JitteryReport>,
    ready: Extract<JitteryReport, { type: 'ready' }>,
    cert: string,
  ) {
    this.#process = process;
    this.ports = ready.ports;
    this.nameServer = ready.nameServer;
    this.cert = cert;
  }

  static async start({ names, keyLogFile }: JitteryOptions): Promise<JitteryServer> {
    const args = [...(keyLogFile === undefined ? [] : [`--tls-keylog=${keyLogFile}`]), SCRIPT];
    const asked = new AskedProcess<JitteryOrder, JitteryReport>({ command: process.execPath, args });
    const certificate = makeCertificate({ names: [`*.${DOMAIN}`, '127.0.0.1'] });
    const order = {
      names: Array.from({ length: names }, (_, at) => JitteryServer.nameOf(at)),
      ...certificate,
    };
    try {
      const report = await asked.ask({ type: 'start', ...order }, READY_MS);
      if (report.type !== 'ready') throw new Error(`the server cannot be started: ${JSON.stringify(report)}`);
      return new JitteryServer(asked, report, certificate.cert);
    } catch (error) {
      await asked.stop();
      throw error;
    }
  }

  static nameOf(index: number): string {
    return `t${index}.${DOMAIN}`;
  }

  /** Without a path; by its address in place of a name when `index` is absent. */
  url(kind: FlowKind, index?: number): string {
    const scheme = kind.startsWith('https') ? 'https' : 'http';
    return `${scheme}://${index === undefined ? '127.0.0.1' : JitteryServer.nameOf(index)}:${this.ports[kind]}`;
  }

  /** Who asked since this was last called. */
  async asked(): Promise<readonly Asked[]> {
    const report = await this.#process.ask({ type: 'told' }, READY_MS);
    return report.type === 'asked' ? report.asked : [];
  }

  async close(): Promise<void> {
    await this.#process.stop();
  }
}
