/** A process of the fleet: started with its log in a file, stopped within a bound, and never outliving its parent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CliError } from '../support/cli-error.ts';

export const CHILD_LIMITS = {
  stopMs: {
    value: 20_000,
    reason:
      'A run in progress ends by its own timeout, then the spool is flushed; past this the process is killed.',
    past: 'The process is killed.',
  },
  logTailBytes: {
    value: 2000,
    reason: 'What an error message quotes of a log.',
    past: 'What stands before is left to the log.',
  },
} as const;

export interface ChildOptions {
  readonly name: string;
  /** What Node is given: flags, the script, and its arguments. */
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take to stop; that of the limits when absent. */
  readonly stopMs?: number;
}

export interface ExitInfo {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Child {
  readonly name: string;
  readonly logFile: string;
  readonly exited: Promise<ExitInfo>;
  readonly #process: ChildProcess;
  readonly #stopMs: number;

  constructor(options: ChildOptions) {
    this.#stopMs = options.stopMs ?? CHILD_LIMITS.stopMs.value;
    this.name = options.name;
    this.logFile = options.logFile;
    const log = openSync(options.logFile, 'a');
    this.#process = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...options.args], {
      env: { ...process.env, ...options.env },
      // In a group of its own: Ctrl-C reaches this process alone, which stops the children in order.
      detached: true,
      // Both channels close when this process dies, however it dies: children stop then.
      stdio: ['pipe', log, log, 'ipc'],
    });
    closeSync(log);
    this.exited = new Promise((resolve) => {
      this.#process.once('error', () => resolve({ code: 127, signal: null }));
      this.#process.once('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  send(message: object): void {
    this.#process.send(message);
  }

  /** The next message; rejects with a `CliError` when the process ends or the time is over first. */
  async message<T>(timeoutMs: number): Promise<T> {
    const timer = AbortSignal.timeout(timeoutMs);
    return await new Promise<T>((resolve, reject) => {
      this.#process.once('message', (message) => resolve(message as T));
      void this.exited.then(() => reject(this.problem('ended before it was ready')));
      timer.addEventListener('abort', () =>
        reject(this.problem(`was not ready after ${timeoutMs / 1000} s`)),
      );
    });
  }

  /** SIGTERM, and after the bound SIGKILL. Resolves when the process is gone. */
  async stop(): Promise<ExitInfo> {
    if (this.running) this.#process.kill('SIGTERM');
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), this.#stopMs);
    const exit = await this.exited;
    clearTimeout(killer);
    return exit;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** An error that quotes the end of the log. */
  problem(what: string): CliError {
    let tail = '';
    try {
      tail = endOf(this.logFile, CHILD_LIMITS.logTailBytes.value);
    } catch {
      tail = '(no log)';
    }
    return new CliError(`${this.name} ${what}`, {
      why: tail || '(its log is empty)',
      hint: `read ${this.logFile}`,
    });
  }
}

/** The last bytes of a file as text, from the first whole character on. Throws the error of the file system. */
function endOf(path: string, bytesMax: number): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, bytesMax));
    const count = readSync(file, bytes, 0, bytes.length, size - bytes.length);
    // Continuation bytes of UTF-8 (RFC 3629 §3) belong to a character that was cut.
    const first = size > bytesMax ? bytes.findIndex((byte) => (byte & 0xc0) !== 0x80) : 0;
    return bytes.toString('utf8', Math.max(0, first), count).trim();
  } finally {
    closeSync(file);
  }
}
