/**
 * Writes what changed in memory: one write at a time, whatever changed meanwhile goes into the next. What could not be
 * written stays to be written.
 */
export class WriteBehind {
  readonly #write: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** `write` takes what is dirty, writes it, and puts it back when that fails. */
  constructor(write: () => Promise<void>) {
    this.#write = write;
  }

  /** Settles when everything that is dirty now is in the store; rejects as `write` does. */
  flush(): Promise<void> {
    if (!this.#running) return this.#start();
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#running = this.#write().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }
}
