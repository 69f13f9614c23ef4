/** Work at an even pace, whatever a piece of it takes: how a peer is driven at the rate of our schedule. */
import { setTimeout as sleep } from 'node:timers/promises';

export class Paced {
  readonly #loop: Promise<void>;
  readonly #pending = new Set<Promise<void>>();
  #stopped = false;
  /** Ended well since the start. */
  done = 0;
  /** The first error of a piece that did not. */
  fault: Error | undefined;

  /** Begins a piece every 1/`perSecond` seconds. */
  constructor(perSecond: number, piece: () => Promise<void>) {
    this.#loop = this.#run(1000 / perSecond, piece);
  }

  /** Begins no more, and waits for those under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    await Promise.all(this.#pending);
  }

  async #run(everyMs: number, piece: () => Promise<void>): Promise<void> {
    const startMs = performance.now();
    for (let count = 0; !this.#stopped; count += 1) {
      await sleep(Math.max(0, startMs + count * everyMs - performance.now()));
      const work = piece()
        .then(() => {
          this.done += 1;
        })
        .catch((error: Error) => {
          this.fault ??= error;
        })
        .finally(() => this.#pending.delete(work));
      this.#pending.add(work);
    }
  }
}
