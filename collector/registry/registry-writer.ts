/** Brings to the store what changed in memory, and numbers the versions of its rows. */
import type { Clock } from '../../probes/probe.ts';
import type { Store } from '../store/store.ts';
import type { AssignmentBook } from './assignment-book.ts';
import type { Fleet } from './fleet.ts';
import { writeAgents, writePeriods } from './records.ts';
import { WriteBehind } from './write-behind.ts';

export class RegistryWriter {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #fleet: Fleet;
  readonly #book: AssignmentBook;
  readonly #writes = new WriteBehind(() => this.#write());
  #version: number;

  /** `version`: the highest in the store. */
  constructor(store: Store, clock: Clock, fleet: Fleet, book: AssignmentBook, version: number) {
    this.#store = store;
    this.#clock = clock;
    this.#fleet = fleet;
    this.#book = book;
    this.#version = version;
  }

  /** Grows, also across restarts and when the clock is set back: of the rows of one key the one with the highest counts. */
  nextVersion(): number {
    this.#version = Math.max(this.#version + 1, Math.floor(this.#clock.wallMs()));
    return this.#version;
  }

  /** Settles when everything that changed until now is in the store. What could not be written stays to be written. */
  flush(): Promise<void> {
    return this.#writes.flush();
  }

  async #write(): Promise<void> {
    const agents = this.#fleet.takeDirty();
    const periods = this.#book.takeDirty();
    try {
      await writePeriods(this.#store, periods, this.nextVersion());
      await writeAgents(this.#store, agents, this.nextVersion());
    } catch (error) {
      this.#book.putBack(periods);
      this.#fleet.putBack(agents);
      throw error;
    }
  }
}
