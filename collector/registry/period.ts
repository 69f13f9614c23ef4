/** One stretch of time during which an agent was to run a check: what the ledger expects is the sum of these. */

export interface Period {
  readonly agent: string;
  readonly probe: string;
  readonly target: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly fingerprint: string;
  /** The first slot at or after this is expected. Unix milliseconds. */
  readonly fromMs: number;
  /** Slots from here on are not; absent while it runs. */
  readonly untilMs?: number;
  /** The agent itself said that it stopped here: nothing is under way any more. */
  readonly settled: boolean;
  /** Of the agent's schedule with which it began or ended. */
  readonly revision: number;
  /** The run of a collector that says so. */
  readonly collector: string;
  /** Of the row: the latest of one agent, check and begin counts. */
  readonly version: number;
}
