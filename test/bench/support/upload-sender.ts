/** The uploader of the benchmark: probes at the near end of a link, in a process of their own. */
import { join } from 'node:path';
import type { RunResult } from '../../../probes/probe.ts';
import { AskedProcess, type Command } from './asked-process.ts';
import type { Order } from './probe-runner.ts';
import type { SenderOrder, SenderReport } from './upload-sender-main.ts';

const READY_MS = 20_000;
/** Past the deadline of the run itself. */
const GRACE_MS = 10_000;
const SCRIPT = join(import.meta.dirname, 'upload-sender-main.ts');

export class UploadSender {
  readonly #process: AskedProcess<SenderOrder, SenderReport>;

  private constructor(process: AskedProcess<SenderOrder, SenderReport>) {
    this.#process = process;
  }

  static async start(
    options: Omit<Extract<SenderOrder, { type: 'start' }>, 'type'>,
    at: (command: string, args: readonly string[]) => Command,
  ): Promise<UploadSender> {
    const sender = new UploadSender(new AskedProcess(at(process.execPath, [SCRIPT])));
    try {
      await sender.#ask({ type: 'start', ...options }, READY_MS);
      return sender;
    } catch (error) {
      await sender.stop();
      throw error;
    }
  }

  /** One run. Throws for what is no outcome of a run, such as parameters that do not exist. */
  async run(order: Order & { readonly timeoutMs: number }): Promise<RunResult> {
    const report = await this.#ask({ type: 'run', order }, order.timeoutMs + GRACE_MS);
    if (report.type !== 'ran') throw new Error(`the sender said ${report.type}`);
    return report.result;
  }

  /** As `run`; throws when it did not measure. */
  async measure(order: Order & { readonly timeoutMs: number }): Promise<RunResult> {
    const result = await this.run(order);
    if (result.outcome === 'fail')
      throw new Error(`${order.type} of ${order.url} failed: ${result.failure.message}`);
    return result;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  async #ask(order: SenderOrder, timeoutMs: number): Promise<SenderReport> {
    const report = await this.#process.ask(order, timeoutMs);
    if (report.type === 'failed') throw new Error(report.message);
    return report;
  }
}
