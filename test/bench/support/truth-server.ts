/** The servers of the benchmark of uploads, at the far end of a link or on loopback: they know when which byte came. */
import { join } from 'node:path';
import { makeCertificate, type ServerCertificate } from '../../probes/net/certificates.ts';
import { AskedProcess, type Command } from './asked-process.ts';
import type { Received, TruthOrder, TruthReport } from './truth-messages.ts';

const READY_MS = 20_000;
const SCRIPT = join(import.meta.dirname, 'truth-main.ts');

export type Transport = 'plain' | 'tls';

export class TruthServer {
  readonly certificate: ServerCertificate;
  /** Without a slash at the end. */
  readonly urls: Readonly<Record<Transport, string>>;
  readonly #process: AskedProcess<TruthOrder, TruthReport>;

  private constructor(
    process: AskedProcess<TruthOrder, TruthReport>,
    certificate: ServerCertificate,
    urls: Readonly<Record<Transport, string>>,
  ) {
    this.#process = process;
    this.certificate = certificate;
    this.urls = urls;
  }

  /** `at` says how a command is started where the server is to be; as it is when absent. */
  static async start(
    host: string,
    at = (command: string, args: readonly string[]): Command => ({ command, args }),
  ): Promise<TruthServer> {
    const asked = new AskedProcess<TruthOrder, TruthReport>(at(process.execPath, [SCRIPT]));
    const certificate = makeCertificate({ names: [host] });
    try {
      const report = await asked.ask({ type: 'start', host, ...certificate }, READY_MS);
      if (report.type !== 'ready')
        throw new Error(`the truth server cannot be started: ${JSON.stringify(report)}`);
      const { plain, tls } = report.ports;
      const urls = { plain: `http://${host}:${plain}`, tls: `https://${host}:${tls}` };
      return new TruthServer(asked, certificate, urls);
    } catch (error) {
      await asked.stop();
      throw error;
    }
  }

  /** How uploads are treated from now on: `commitMs` from the last byte to the answer; how fast bytes are taken. */
  async treat(treatment: { readonly commitMs: number; readonly readBitsPerSecond?: number }): Promise<void> {
    await this.#process.ask({ type: 'treat', ...treatment }, READY_MS);
  }

  /** The bodies since then. */
  async received(): Promise<readonly Received[]> {
    const report = await this.#process.ask({ type: 'told' }, READY_MS);
    return report.type === 'received' ? report.bodies : [];
  }

  async close(): Promise<void> {
    await this.#process.stop();
  }
}
