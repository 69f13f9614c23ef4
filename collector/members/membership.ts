/**
 * The collectors that work on one store, as the parts of a collector see them. One run of one collector is an
 * *incarnation*; an incarnation that was taken out (fenced) writes no row any more.
 */

/** A collector that lives, as of the last look at the store. */
export interface Member {
  /** One run of it, e.g. `c1-0b1ff2a0`. */
  readonly incarnation: string;
  /** Whose run it is, e.g. `c1`. */
  readonly name: string;
  /** Where the others reach it, `http://host:7077`. */
  readonly url: string;
}

/** What became of one agent that another collector asked us to release. */
export type ReleaseState =
  /** Nothing of it is under way here any more. */
  | 'released'
  /** What was accepted of it could not be committed in time: ask again. */
  | 'busy'
  /** Another process under its id is connected here, and lives. */
  | 'in_use';

export interface Membership {
  /** Of this collector; changes when it was fenced, by `renew`. */
  readonly incarnation: string;
  /** The store's clock minus ours, milliseconds. */
  readonly storeOffsetMs: number;
  /** The living others, as of the last look. */
  others(): readonly Member[];
  /** Every block of ours up to this number is committed, rollups included. */
  settled(block: number): void;
  /**
   * Settles when nobody else has anything of this agent under way; batches by itself. Rejects with a `StoreError`, or with a
   * `MembersError`: `busy` when another needs longer to commit, `in_use` when another process with that id is connected there.
   */
  takeOver(agent: string, boot: string): Promise<void>;
  /** Our incarnation was fenced: registers a new one and resolves with it. Rejects with a `StoreError`. */
  renew(): Promise<string>;
  /** True while this collector holds the lease and surely so. */
  holdsLease(name: 'detect'): boolean;
  /** Marks this collector as ended, when everything of it is settled, and stops. Idempotent. */
  close(): Promise<void>;
}
