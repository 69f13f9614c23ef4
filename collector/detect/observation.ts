/** What goes into the detector: one scheduled run as it was seen, and the state of the fleet. Pure values, no rows, no sockets. */
import type { Blame, ErrorCode, Layer, Outcome } from '../../probes/outcome.ts';

/** One result of a scheduled run. Runs with another trigger fill no slot and are never judged. */
export interface Observation {
  readonly agent: string;
  /** The region of the agent as the collector sees it. */
  readonly region: string;
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  /** Further labels of the run by name: `country`, `city`, `isp`, `asn`, `provider`, `network`, `pop`, `host`, or any other. */
  readonly dims?: Readonly<Record<string, string>>;
  /** The slot, Unix milliseconds. With agent, probe and target it names the run: a second one is a duplicate. */
  readonly scheduledMs: number;
  /** When it reached the collector, Unix milliseconds: the time by which history is replayed. */
  readonly seenMs: number;
  readonly outcome: Outcome;
  /** Present when the outcome is `fail`. */
  readonly failure?: { readonly layer: Layer; readonly blame: Blame; readonly code: ErrorCode };
  /** The agent disturbed the run itself: kept, shown, never judged, never learned from. */
  readonly disturbed: boolean;
  /** Names and units of the dictionary. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** An agent as the registry sees it: `silent` was not heard for too long and never said goodbye. */
export interface FleetAgent {
  readonly id: string;
  readonly region: string;
  readonly state: 'connected' | 'silent' | 'stopped';
}
