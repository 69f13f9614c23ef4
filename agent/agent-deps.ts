/** What an agent gets from outside, and what whoever started it can do with it. */
import type { Browser } from '../probes/browser/browser.ts';
import type { Network } from '../probes/net/network.ts';
import type { OwnRuns } from '../probes/own/own-runs.ts';
import type { Clock, Probe } from '../probes/probe.ts';
import type { Inherited } from './handover.ts';
import type { Machine } from './lanes.ts';
import type { Timers } from './time.ts';

/** Where an agent writes what happens to it; pino's shape. */
export interface AgentLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What an agent gets from outside; the system's own where absent. */
export interface AgentDeps {
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  readonly machine?: Machine;
  readonly log?: AgentLog;
  /** That of `agentNetwork` where absent. */
  readonly network?: Network;
  /** The browser of the agent, closed when it stops; absent on a light agent. */
  readonly browser?: Browser;
  /** Modules and programs of the owner; those of the configured allow-list where absent. */
  readonly own?: OwnRuns;
  /** What can be run here, by type; the registry where absent. */
  readonly probes?: Readonly<Record<string, Probe>>;
  /** What another process of this agent has given to this one. */
  readonly inherited?: Inherited;
  /** Where a one-time token may stand; nothing where absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** It was given a token to be made known by, and was not let in even once: somebody has to act. */
  onRefused?(reason: string): void;
  /** Another process has taken this agent's place, and nothing is under way here any more. False: that one is gone again. */
  onHandedOver?(kept: boolean): void;
}

export interface RunningAgent {
  readonly id: string;
  /** Names this process of the agent. */
  readonly boot: string;
  /** Whether a session with a collector is open. */
  readonly connected: boolean;
  /**
   * Starts no further slot, lets runs end, delivers what is spooled, says goodbye and closes: each within its limit. A second
   * call returns the same promise.
   */
  stop(reason: string): Promise<void>;
}
