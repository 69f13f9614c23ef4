/** One result as it travels and is spooled: the meaning of a row in `results`, before the collector adds its view of the agent. */

import type { Failure, MissedReason, Outcome, Trigger } from '../probes/outcome.ts';
import type { Attributes } from '../probes/probe.ts';

/** The state of the agent itself during the run. */
export interface AgentState {
  /** Longest event-loop delay during the run, milliseconds. */
  readonly eventLoopDelayMs: number;
  /** CPU time of the agent by wall time during the run, 1 = one core. */
  readonly cpuRatio: number;
  readonly rssBytes: number;
  /** Clock of the collector minus clock of the agent, milliseconds. */
  readonly clockOffsetMs: number;
  /** The agent disturbed the run beyond a limit: kept, shown, and never judged. */
  readonly disturbed: boolean;
}

export interface ResultRecord {
  /** 1, 2, 3 … within (agent, boot), without gaps in what was spooled. */
  readonly seq: number;
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  /** The slot, Unix milliseconds; for manual runs the time of the request. */
  readonly scheduledMs: number;
  /** Started after the slot by this much, milliseconds (fractions included). */
  readonly latenessMs: number;
  readonly durationMs: number;
  readonly trigger: Trigger;
  /** Which RunNow asked for it; empty for scheduled runs. */
  readonly requestId: string;
  readonly outcome: Outcome;
  readonly failure?: Failure;
  readonly missedReason?: MissedReason;
  /** Names from the dictionary; units as there. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly attributes: Attributes;
  readonly state: AgentState;
}

/** A run of consecutive results of one boot of one agent. */
export interface RecordBatch {
  readonly boot: string;
  /** How many results right before the first were given up and will never be sent; 0 when absent. */
  readonly skipped?: number;
  readonly records: readonly ResultRecord[];
}
