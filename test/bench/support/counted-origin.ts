/** The reference origin of the cuts: what it is asked, and how many bytes of each request arrived. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AskedProcess } from './asked-process.ts';
import type { CountedOrder, CountedReport, CountedRequest } from './counted-origin-main.ts';

const READY_MS = 20_000;
const SCRIPT = join(import.meta.dirname, 'counted-origin-main.ts');

export class CountedOrigin {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly #process: AskedProcess<CountedOrder, CountedReport>;
  readonly #dir: string;

  private constructor(process: AskedProcess<CountedOrder, CountedReport>, url: string, dir: string) {
    this.#process = process;
    this.url = url;
    this.#dir = dir;
  }

  static async start(): Promise<CountedOrigin> {
    const dir = mkdtempSync(join(tmpdir(), 'outrider-bench-origin-'));
    const asked = new AskedProcess<CountedOrder, CountedReport>({
      command: process.execPath,
      args: [SCRIPT],
    });
    const report = await asked.ask({ type: 'start', dataDir: dir }, READY_MS);
    if (report.type === 'ready') return new CountedOrigin(asked, report.url, dir);
    await asked.stop();
    rmSync(dir, { recursive: true, force: true });
    throw new Error(`the origin cannot be started: ${JSON.stringify(report)}`);
  }

  /** Requests with a body since it was last asked. */
  async requests(): Promise<readonly CountedRequest[]> {
    const report = await this.#process.ask({ type: 'told' }, READY_MS);
    return report.type === 'requests' ? report.requests : [];
  }

  async close(): Promise<void> {
    await this.#process.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
