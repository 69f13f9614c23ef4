/** What one receiver has been told, by one route, of one trouble: a conversation that opens, goes on and ends. Plain values. */
import type { Incident } from '../detect/incident.ts';
import type { Facets } from './matchers.ts';

/** Somebody has said that they see to an incident. */
export interface Ack {
  readonly by: string;
  readonly comment: string;
  readonly atMs: number;
}

/** An incident at a moment, and what bears on telling of it. */
export interface Sight {
  readonly incident: Incident;
  readonly facets: Facets;
  /** Any agent that could see it is connected: what it says is data, not silence. */
  readonly heard: boolean;
  /** What keeps it quiet, such as `silence 3f0a` or `maintenance cdn-night`. */
  readonly quiet: string | null;
  readonly ack: Ack | null;
}

export type NoticeKind =
  | 'opened'
  /** Within the time of flapping: the same conversation. */
  | 'reopened'
  /** Worse or milder, wider or narrower, another blame, further incidents. */
  | 'updated'
  | 'reminder'
  | 'acknowledged'
  /** Nobody measures any more what it is about. Not an all clear. */
  | 'no_data'
  /** It is over, by data. */
  | 'resolved'
  /** A wider incident, of another conversation, has taken it over. Not an all clear. */
  | 'merged'
  /** Given up after a long time without data. Not an all clear. */
  | 'no_data_closed';

/** Of an incident, what makes news when it changes. */
export interface Stand {
  readonly severity: Incident['severity'];
  readonly scope: string;
  readonly blame: Incident['blame'];
}

export interface Member {
  readonly id: string;
  readonly isOpen: boolean;
  readonly mergedInto: string | null;
  /** As it was last told; null before that. */
  readonly told: Stand | null;
}

export interface Thread {
  /** `ROUTE/RECEIVER/INCIDENT`, by the incident that it began with. */
  readonly id: string;
  /** The scope whose incidents join it; `*` for those of a storm. */
  readonly key: string;
  readonly members: readonly Member[];
  /** `settling`: over, and not told as long as it may flap. */
  readonly phase: 'open' | 'settling' | 'closed';
  readonly openedMs: number;
  readonly closedMs: number | null;
  /** Since when all of it is over. */
  readonly overSinceMs: number | null;
  /** When it opened, re-opened and became worse, as far back as flapping is looked for. */
  readonly opens: readonly number[];
  /** Number of the last message. */
  readonly seq: number;
  readonly told: { readonly kind: NoticeKind; readonly atMs: number };
  readonly unheardSinceMs: number | null;
  readonly noDataTold: boolean;
  /** Which acknowledgement was told. */
  readonly ackTold: string | null;
  readonly reminders: number;
  /** Labels by which a receiver that keeps state knows it, as last told. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A message to be written: what of a thread is told. */
export interface Draft {
  /** As it is once that is told. */
  readonly thread: Thread;
  readonly kind: NoticeKind;
  /** What is new, a few words each. */
  readonly reasons: readonly string[];
  /** What it is mostly about. */
  readonly lead: Sight;
  /** Further open incidents of the thread. */
  readonly others: readonly Sight[];
  /** Labels told before, where they were others. */
  readonly labelsBefore: Readonly<Record<string, string>> | null;
}

/** The conversation is over after it. */
export const isLast = (kind: NoticeKind): boolean =>
  kind === 'resolved' || kind === 'merged' || kind === 'no_data_closed';
