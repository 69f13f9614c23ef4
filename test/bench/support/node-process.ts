/** A Node process under measurement: when it was spawned, what it writes, and its end with ours. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const STOP_MS = 15_000;

export interface NodeCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export class NodeProcess {
  readonly pid: number;
  /** Just before it was spawned, Unix milliseconds and on the monotonic clock. */
  readonly spawnedWallMs: number;
  readonly #spawnedMs: number;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor({ command, args, env }: NodeCommand) {
    this.spawnedWallMs = Date.now();
    this.#spawnedMs = performance.now();
    // What it writes is read here; its standard input ends when this process does, however it does.
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    if (child.pid === undefined) throw new Error(`${command} cannot be started`);
    this.pid = child.pid;
    this.#child = child;
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => {
        this.#lines.push(line);
        for (const wake of this.#waiting) wake();
      });
    }
    child.once('close', () => {
      this.#ended = true;
      for (const wake of this.#waiting) wake();
    });
  }

  /** The first line that `pick` makes something of, and when it was read, milliseconds after the spawn. */
  async line<T>(
    pick: (line: string) => T | undefined,
    timeoutMs: number,
  ): Promise<{ value: T; afterMs: number }> {
    const deadlineMs = performance.now() + timeoutMs;
    for (let next = 0; ; ) {
      for (; next < this.#lines.length; next += 1) {
        const value = pick(this.#lines[next] as string);
        if (value !== undefined) return { value, afterMs: performance.now() - this.#spawnedMs };
      }
      if (this.#ended || performance.now() >= deadlineMs)
        throw new Error(
          `a process ${this.#ended ? 'ended' : 'said nothing'} too early: ${this.#lines.slice(-3).join(' | ')}`,
        );
      await this.#wake(deadlineMs - performance.now());
    }
  }

  /** Resolves when it has ended by itself with exit code 0; rejects otherwise, and when the time is over first. */
  async ended(timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!this.#ended && performance.now() < deadlineMs) await this.#wake(deadlineMs - performance.now());
    const { exitCode } = this.#child;
    if (exitCode === 0) return;
    await this.stop();
    throw new Error(`a process ended with ${exitCode}: ${this.#lines.slice(-3).join(' | ')}`);
  }

  /** Resolves when it is gone, however it ended; rejects when the time is over first. */
  async gone(timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!this.#ended && performance.now() < deadlineMs) await this.#wake(deadlineMs - performance.now());
    if (!this.#ended) throw new Error(`a process is still there after ${timeoutMs / 1000} s`);
  }

  /** Ends its standard input and sends SIGTERM, then SIGKILL; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    const closed = once(this.#child, 'close');
    this.#child.stdin?.end();
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await closed;
    clearTimeout(killer);
  }

  #wake(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.#waiting.add(wake);
    });
  }
}
