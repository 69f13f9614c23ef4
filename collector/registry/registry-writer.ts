/** Brings to the store what changed in memory. */
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { AssignmentBook } from './assignment-book.ts';
import type { Fleet } from './fleet.ts';
import type { Peers } from './peers.ts';
import type { Period } from './period.ts';
import { writeAgents, writeDrops, writePeriods } from './records.ts';
import { WriteBehind } from './write-behind.ts';

export class RegistryWriter {
  readonly #store: Store;
  readonly #peers: Pick<Peers, 'incarnation'>;
  readonly #fleet: Fleet;
  readonly #book: AssignmentBook;
  #writesPeriods = false;
  readonly #writes = new WriteBehind(() => this.#write());

  constructor(store: Store, peers: Pick<Peers, 'incarnation'>, fleet: Fleet, book: AssignmentBook) {
    this.#store = store;
    this.#peers = peers;
    this.#fleet = fleet;
    this.#book = book;
  }

  /** Settles when everything that changed until now is in the store. What could not be written stays to be written. */
  flush(): Promise<void> {
    return this.#writes.flush();
  }

  /** As `flush`, when there is anything. */
  async flushIfDirty(): Promise<void> {
    await (this.#fleet.unwritten > 0 ? this.flush() : this.settled());
  }

  /** Settles when what agents were told until now is in the store. */
  settled(): Promise<void> {
    return this.#book.unwritten > 0 || this.#writesPeriods ? this.flush() : Promise.resolve();
  }

  async #write(): Promise<void> {
    const periods = this.#book.takeDirty();
    this.#writesPeriods = periods.length > 0;
    try {
      await writePeriods(this.#store, periods);
      this.#writesPeriods = false;
    } catch (error) {
      this.#writesPeriods = false;
      this.#book.putBack(
        error instanceof StoreError && error.code === 'fenced' ? this.#ours(periods) : periods,
      );
      throw error;
    }
    const agents = this.#fleet.takeDirty();
    const drops = this.#fleet.takeDrops();
    try {
      await writeAgents(this.#store, agents);
      await writeDrops(this.#store, drops);
    } catch (error) {
      this.#fleet.putBack(agents);
      this.#fleet.putBackDrops(drops);
      throw error;
    }
  }

  /**
   * A run of this collector was taken out: others have its agents by now, and its word counts no more. What a later run says
   * is kept; where there is none, this one was taken out.
   */
  #ours(periods: readonly Period[]): readonly Period[] {
    const { incarnation } = this.#peers;
    const later = periods.filter(({ collector }) => collector === incarnation);
    return later.length < periods.length ? later : [];
  }
}
