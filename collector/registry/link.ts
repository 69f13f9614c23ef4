/** What the registry and the sessions of agents ask of each other. */
import type { Health, Hello, RunNow, Schedule } from '../../protocol/frame.ts';
import type { AgentLabels } from '../../protocol/identity.ts';

/** The open session of an agent. */
export interface AgentLink {
  send(frame: Schedule | RunNow): void;
}

export interface RegistryLink {
  /**
   * An agent introduced itself: from now on its frames go over `link`. Gives its schedule once that is in the store.
   * Rejects with `RegistryError('too_many')` or a `StoreError`.
   */
  connected(hello: Hello, link: AgentLink): Promise<Schedule>;
  /** The session ended; ignored when another has taken its place. */
  disconnected(agent: string, link: AgentLink): void;
  /** Any sign of life. */
  heard(agent: string, health?: Health): void;
  /** Another process tried to use the id of a connected agent. */
  contested(agent: string): void;
  /** Settles when what agents were told is in the store: another collector may take them over. Rejects with a `StoreError`. */
  settled(): Promise<void>;
  /**
   * No slot at or after `stoppedAtMs` is to be expected, until it connects again. Settles when that is in the store. Rejects with a
   * `StoreError`; it is written later then.
   */
  goodbye(agent: string, stoppedAtMs: number): Promise<void>;
  /** The collector's view of the agent. Throws for an agent that never connected. */
  labelsOf(agent: string): AgentLabels;
}
