/** A process of ours, wherever it is started, that answers one order after the other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

export class AskedProcess<Order extends object, Report> {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  /** It reads orders and sends reports by Node’s channel, and ends with it. */
  constructor({ args, command }: Command) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#exited = once(this.#child, 'exit').catch((error: unknown) => error);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The report on it. Not for two orders at once. Rejects when the process ends or the time is over first. */
  async ask(order: Order, timeoutMs: number): Promise<Report> {
    const overdue = AbortSignal.timeout(timeoutMs);
    const report = new Promise<Report>((resolve, reject) => {
      this.#child.once('message', (message) => resolve(message as Report));
      void this.#exited.then(() => reject(new Error('a process of the benchmark ended')));
      overdue.addEventListener('abort', () =>
        reject(new Error(`a process of the benchmark said nothing for ${timeoutMs / 1000} s`)),
      );
    });
    this.#child.send(order);
    return await report;
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await this.#exited;
  }
}
