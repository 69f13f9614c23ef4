/** A process of the world under supervision: killed, stopped and paused at will, and brought back until it is not wanted any more. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Exit {
  readonly code: number | null;
  /** The signal, or the end in other words. */
  readonly signal: string | null;
}

/** A process that was started. */
export interface Running {
  readonly pid: number;
  /** True when it is ready for work; false when it ended first. */
  readonly ready: Promise<boolean>;
  readonly exited: Promise<Exit>;
}

/** It ended and nobody had asked it to. */
export interface OwnEnd extends Exit {
  readonly wasReady: boolean;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** What a supervisor waits before it starts again what ended by itself. */
const RESTART_MS = 500;
/** SIGTERM is followed by SIGKILL after this. */
const TERM_MS = 30_000;
const LOOK_MS = 50;

export class Part {
  readonly name: string;
  kills = 0;
  readonly ownEnds: OwnEnd[] = [];
  readonly #launch: () => Promise<Running>;
  #running: Running | undefined;
  #ready = false;
  #wanted = false;
  #asked = false;
  #awayMs = 0;
  #loop: Promise<void> = Promise.resolve();

  constructor(name: string, launch: () => Promise<Running>) {
    this.name = name;
    this.#launch = launch;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Starts it, and again whenever it ends. */
  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#loop = this.#loop.then(() => this.#supervise());
  }

  /** SIGKILL; it comes back after `awayMs`. */
  kill(awayMs: number): void {
    if (!this.#running) return;
    this.kills += 1;
    this.#ask('SIGKILL', awayMs);
  }

  /** SIGTERM; resolves when it has gone, and brings it back `awayMs` later. */
  async restart(awayMs: number): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#ask('SIGTERM', awayMs);
    await this.#untilGone(running);
  }

  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  /** Ends it in order, or at once, and does not bring it back. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#wanted = false;
    const running = this.#running;
    if (running) {
      this.resume();
      this.#ask(signal, 0);
      await this.#untilGone(running);
    }
    await this.#loop;
  }

  /** True when it is ready within the time. */
  async untilReady(withinMs: number): Promise<boolean> {
    const endMs = performance.now() + withinMs;
    while (!this.#ready && performance.now() < endMs) await sleep(LOOK_MS);
    return this.#ready;
  }

  async #supervise(): Promise<void> {
    while (this.#wanted) {
      this.#asked = false;
      this.#awayMs = RESTART_MS;
      const running = await this.#launch().catch(() => undefined);
      this.#running = running;
      if (!this.#wanted) this.#ask('SIGKILL', 0);
      const wasReady = (await running?.ready) ?? false;
      this.#ready = wasReady;
      const exit = (await running?.exited) ?? { code: 1, signal: null };
      this.#ready = false;
      this.#running = undefined;
      if (!this.#asked) this.ownEnds.push({ ...exit, wasReady, atMs: Date.now() });
      const untilMs = performance.now() + this.#awayMs;
      while (this.#wanted && performance.now() < untilMs) await sleep(LOOK_MS);
    }
  }

  #ask(signal: NodeJS.Signals, awayMs: number): void {
    this.#asked = true;
    this.#awayMs = awayMs;
    this.#signal(signal);
  }

  async #untilGone(running: Running): Promise<void> {
    const late = setTimeout(() => process.kill(running.pid, 'SIGKILL'), TERM_MS);
    await running.exited;
    clearTimeout(late);
  }

  #signal(signal: NodeJS.Signals): void {
    if (!this.#running) return;
    try {
      process.kill(this.#running.pid, signal);
    } catch {
      // It has gone already.
    }
  }
}
