/**
 * A lock between processes of one machine, held by the operating system: it falls with the process, however that ends, so
 * there is nothing stale to clean up. Node has no flock; SQLite takes the same kind of lock on an empty database.
 */
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Timers } from './time.ts';
import { sleep } from './time.ts';

/** A try costs microseconds; runs of a browser take seconds. */
const RETRY_MS = 100;

/** SQLITE_BUSY and SQLITE_LOCKED: somebody else holds it. */
const HELD_CODES = new Set([5, 6]);

/**
 * Where the agents of this user on this machine meet. Other users have other files, for the kernel refuses to open a file
 * of another user in a shared directory (fs.protected_regular).
 */
export function browserLockFile(): string {
  return join(tmpdir(), `outrider-browser-${userInfo().uid}.lock`);
}

export class MachineLock {
  readonly #file: string;
  readonly #timers: Timers;
  readonly #random: () => number;
  #database: DatabaseSync | undefined;

  /** Nothing is opened before the first use. `random`: uniform in [0, 1), so that waiters do not try in step. */
  constructor(file: string, timers: Timers, random: () => number) {
    this.#file = file;
    this.#timers = timers;
    this.#random = random;
  }

  /**
   * Tries once; false when another process, or this one, holds it. Throws what SQLite throws when the file cannot be
   * opened or locked at all.
   */
  tryAcquire(): boolean {
    this.#database ??= new DatabaseSync(this.#file, { timeout: 0 });
    if (this.#database.isTransaction) return false;
    try {
      this.#database.exec('BEGIN EXCLUSIVE');
      return true;
    } catch (error) {
      const code = (error as { errcode?: number }).errcode ?? 0;
      // The low byte is the primary code, the rest narrows it down.
      if (HELD_CODES.has(code & 0xff)) return false;
      throw error;
    }
  }

  /** Tries until it is held (true), `waitMs` have passed or `signal` aborts (false). */
  async acquire(waitMs: number, signal: AbortSignal): Promise<boolean> {
    let expired = false;
    const cancel = this.#timers.after(waitMs, () => {
      expired = true;
    });
    try {
      while (!signal.aborted) {
        if (this.tryAcquire()) return true;
        if (expired) return false;
        await sleep(this.#timers, RETRY_MS * (0.5 + this.#random()), signal);
      }
      return false;
    } finally {
      cancel();
    }
  }

  release(): void {
    if (this.#database?.isTransaction) this.#database.exec('ROLLBACK');
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }
}
