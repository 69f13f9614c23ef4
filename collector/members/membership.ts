/**
 * The collectors that work on one store, as the parts of a collector see them. One run of one collector is an
 * *incarnation*; an incarnation that was taken out (fenced) writes no row any more. `joinMembers` is in `join-members.ts`.
 */
import type { MembersCounters } from './counters.ts';
import type { SeenMember } from './roll.ts';

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
  /** What a request to one of the others carries, so that it is let in. */
  readonly peerHeaders?: (() => Readonly<Record<string, string>>) | undefined;
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
  /** Stops. With `settled` it is marked as ended: everything of it is committed, nothing is under way. Idempotent. */
  close(settled?: boolean): Promise<void>;
}

/** `draining`: takes no agents, and lets those go that it has. `drained`: has none, and nothing under way. */
export type OwnState = 'active' | 'draining' | 'drained';

/** A collector of the list that people see. */
export interface ListedMember extends SeenMember {
  /** Whether it is the one that was asked. */
  readonly here: boolean;
  /** It holds the lease of detection. */
  readonly detects: boolean;
}

/** What the collector itself holds of its membership. */
export interface RunningMembership extends Membership {
  readonly name: string;
  readonly url: string;
  readonly state: OwnState;
  readonly counters: Readonly<MembersCounters>;
  /** Registers this run with the others, and lives from then on: no agent may come before. Rejects with a `StoreError`. */
  appear(): Promise<void>;
  /** Names the term while this collector holds the lease, and surely so; what is written under it fails later. */
  lease(name: 'detect'): string | undefined;
  /** The store has refused what was written under the lease. */
  leaseRefused(lease: string): void;
  /** Changes the state and tells the others; anything but `active` gives the lease up. Rejects with a `StoreError`: then it is told with the next beat. */
  enter(state: OwnState): Promise<void>;
  /** All that have not ended, read from the store. Rejects with a `StoreError`. */
  list(): Promise<readonly ListedMember[]>;
}
