/** A simulated fleet in a process of its own, watched over the channel between the two. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SimulateEnd, SimulateMark, SimulateSnapshot } from '../../../cli/simulate/parent-reports.ts';
import type { SimulateSummary } from '../../../cli/simulate/summary.ts';

const entry = join(import.meta.dirname, '../../../cli/bin/outrider.js');
const LOG_END = 1500;

export class SimulateProcess {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #waiting = new Set<() => void>();
  #latest: SimulateSnapshot | undefined;
  #summary: SimulateSummary | undefined;
  #ended = false;

  /** Starts `outrider simulate ARGS`; what it says goes to `logFile`. */
  constructor(args: readonly string[], logFile: string) {
    this.#logFile = logFile;
    const log = openSync(logFile, 'a');
    this.#child = spawn(process.execPath, [entry, 'simulate', ...args, '-o', 'json'], {
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    });
    closeSync(log);
    this.#child.on('message', (message) => this.#heard(message as SimulateSnapshot | SimulateEnd));
    this.#child.once('exit', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  get latest(): SimulateSnapshot {
    if (!this.#latest) throw new Error('the simulation has said nothing yet');
    return this.#latest;
  }

  /** The first snapshot from now on that `fits`. Rejects when the process ends or `withinMs` passes first. */
  async until(
    what: string,
    fits: (snapshot: SimulateSnapshot) => boolean,
    withinMs: number,
  ): Promise<SimulateSnapshot> {
    const deadlineMs = performance.now() + withinMs;
    let seen = this.#latest;
    for (;;) {
      if (this.#latest && this.#latest !== seen && fits(this.#latest)) return this.#latest;
      seen = this.#latest;
      if (this.#ended) throw new Error(`the simulation ended before ${what}: ${this.#logEnd()}`);
      if (performance.now() >= deadlineMs)
        throw new Error(
          `not ${what} after ${withinMs / 1000} s: ${JSON.stringify(this.#latest)} ${this.#logEnd()}`,
        );
      await this.#sleep(deadlineMs - performance.now());
    }
  }

  /** Ack times of the snapshots count anew from now on. */
  mark(): void {
    this.#child.send({ type: 'mark' } satisfies SimulateMark);
  }

  /** Lets every agent deliver and say goodbye; resolves with the summary. Rejects when none comes within `withinMs`. */
  async finish(withinMs: number): Promise<SimulateSummary> {
    this.#child.kill('SIGTERM');
    const deadlineMs = performance.now() + withinMs;
    while (!this.#ended && performance.now() < deadlineMs) await this.#sleep(deadlineMs - performance.now());
    this.kill();
    if (this.#summary) return this.#summary;
    throw new Error(`the simulation ended without a summary: ${this.#logEnd()}`);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #heard(message: SimulateSnapshot | SimulateEnd): void {
    if (message.type === 'summary') this.#summary = message.summary;
    else this.#latest = message;
    this.#wake();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #logEnd(): string {
    return readFileSync(this.#logFile, 'utf8').slice(-LOG_END).trim();
  }
}
