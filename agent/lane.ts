/** A lane: at most so many runs at once, the others wait their turn, and not longer than they can use. */
import type { MissedReason } from '../probes/outcome.ts';
import { AGENT_LIMITS } from './limits.ts';
import type { Timers } from './time.ts';

/** A place in a lane, or why there was none. `release` is harmless when called twice. */
export type Entry =
  | { readonly entered: true; release(): void }
  | { readonly entered: false; readonly reason: MissedReason };

interface Waiter {
  settle(entry: Entry): void;
}

export class Lane {
  readonly #concurrency: number;
  readonly #timers: Timers;
  readonly #waiting: Waiter[] = [];
  #running = 0;

  constructor(concurrency: number, timers: Timers) {
    this.#concurrency = concurrency;
    this.#timers = timers;
  }

  /** Runs that hold a place. */
  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Waits for a place: at most `waitMs` (then `overrun`), or until `signal` aborts (`agent_down`: the agent stops). A full
   * queue sheds at once.
   */
  enter(waitMs: number, signal: AbortSignal): Promise<Entry> {
    if (signal.aborted) return Promise.resolve({ entered: false, reason: 'agent_down' });
    if (this.#running < this.#concurrency) return Promise.resolve(this.#take());
    if (this.#waiting.length >= AGENT_LIMITS.laneQueue.value)
      return Promise.resolve({ entered: false, reason: 'shed' });
    return new Promise((resolve) => {
      const leave = (reason: MissedReason): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        waiter.settle({ entered: false, reason });
      };
      const stopped = (): void => leave('agent_down');
      const cancel = this.#timers.after(waitMs, () => leave('overrun'));
      const waiter: Waiter = {
        settle(entry) {
          cancel();
          signal.removeEventListener('abort', stopped);
          resolve(entry);
        },
      };
      signal.addEventListener('abort', stopped, { once: true });
      this.#waiting.push(waiter);
    });
  }

  #take(): Entry {
    this.#running += 1;
    let held = true;
    return {
      entered: true,
      release: () => {
        if (!held) return;
        held = false;
        this.#running -= 1;
        this.#waiting.shift()?.settle(this.#take());
      },
    };
  }
}
