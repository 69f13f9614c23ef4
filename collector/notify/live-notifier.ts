/** What the rest of the collector knows of notifications. */
import type { Delivery } from './delivery.ts';
import type { ReceiverCounts } from './dispatcher.ts';
import type { MaintenanceWindow } from './maintenance.ts';
import type { Match } from './matchers.ts';
import type { Announcement } from './notice.ts';
import type { Receiver } from './senders/index.ts';
import type { SilenceTable } from './silence-table.ts';

export interface LiveNotifier {
  readonly counters: NotifyCounters;
  readonly silences: SilenceTable;
  readonly windows: readonly MaintenanceWindow[];
  /** The clock by which silences begin and end: that of the store, whole milliseconds. */
  nowMs(): number;
  receivers(): readonly ReceiverState[];
  /** What was told of an incident, the newest first. Rejects with a `StoreError`. */
  told(incident: string): Promise<Told>;
  /** How many of the incidents that are open would be kept quiet by this. */
  meant(match: Match): number;
  /** Tells of an alarm that is no incident; only at the collector that has the turn. */
  announce(one: Announcement): void;
  /** What a person has said is to be read again now. */
  refresh(): void;
  /** One look. Never rejects: an error is logged, counted, and made good by the next one. */
  tick(): Promise<void>;
  /** Resolves when nothing is being sent. */
  idle(): Promise<void>;
  /** Stops looking, gives what is under way a moment, writes how it ended. Idempotent. */
  close(): Promise<void>;
}

export interface NotifyCounters {
  /** 1 while this collector tells, 0 while another does. */
  readonly telling: number;
  readonly ticks: number;
  readonly ticks_failed: number;
  /** Incidents that came to be gathered in the conversation of a storm. */
  readonly grouped: number;
  /** Ends and re-openings that were not told because of flapping. */
  readonly damped: number;
  /** Incidents that a silence or a maintenance window kept quiet when they came. */
  readonly silenced: number;
  /** Looks at which a full queue kept something back. */
  readonly deferred: number;
  /** Looks at which a conversation that is full kept an incident out. */
  readonly crowded: number;
  /** Alarms about the model that were not queued, because too many were; messages whose receiver the file has no more. */
  readonly dropped: number;
  /** Open incidents that no route takes: nobody is told of them. */
  readonly unrouted: number;
  /** 1 while the file of routes cannot be used as it is now: what it said before is in force. */
  readonly routes_stale: number;
}

export interface ReceiverState extends Readonly<ReceiverCounts> {
  readonly receiver: string;
  readonly type: Receiver['type'];
  readonly waiting: number;
  /** Of what waits; 0 for nothing. */
  readonly oldestMs: number;
}

export interface Told {
  readonly deliveries: readonly Delivery[];
  /** By route and receiver, why it is not told there; known at the collector that tells alone. */
  readonly held: readonly { readonly lane: string; readonly by: string }[];
}
