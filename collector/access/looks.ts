/** Looks at the store every second, and at once when somebody cannot wait: never two at a time, failures in one line. */
import type { Logger } from 'pino';
import { ACCESS_LIMITS } from './limits.ts';

export class Looks {
  readonly #look: () => Promise<void>;
  readonly #log: Logger;
  readonly #what: string;
  #running: Promise<void> | undefined;
  /** The one after it, which sees what was written before it was asked for. */
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;

  constructor(look: () => Promise<void>, log: Logger, what: string) {
    this.#look = look;
    this.#log = log;
    this.#what = what;
  }

  /** The first look, and then one after another. Rejects as the first does. */
  async start(): Promise<void> {
    await this.now();
    this.#timer = setInterval(() => void this.#tick(), ACCESS_LIMITS.lookMs.value);
    this.#timer.unref();
  }

  /** A look that begins now or later. Rejects as it does. */
  now(): Promise<void> {
    if (!this.#running) return this.#begin();
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#running ?? this.#begin();
      });
    return this.#next;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await (this.#next ?? this.#running)?.catch(() => undefined);
  }

  #begin(): Promise<void> {
    this.#running = this.#look().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #tick(): Promise<void> {
    if (this.#running) return;
    try {
      await this.now();
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        this.#log.warn(
          { err: error },
          `what changed of ${this.#what} could not be read; what is known counts`,
        );
      this.#failing = true;
    }
  }
}
