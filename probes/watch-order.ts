/**
 * Asking other regions when they can play an upload. An uploader orders it once the service has announced the upload:
 * asked for earlier, an edge might keep its refusal for every viewer behind it. Who watches, and how it is asked, is not
 * known here.
 */
import type { CmcdMode } from './net/cmcd.ts';
import type { Selector } from './spec.ts';

export interface WatchOrder {
  /** What was announced; tried in turn, visible as soon as one of them plays. */
  readonly playUrls: readonly string[];
  /**
   * Unix milliseconds by the clock of the one who holds the order, as `untilWallMs`: agents move both when an order leaves
   * and when it comes in, by what their clocks are off. The end of the final answer to the upload.
   */
  readonly sinceWallMs: number;
  /** Between two attempts. */
  readonly pollMs: number;
  /** Nobody tries any longer than this, and the reports are in by then. */
  readonly untilWallMs: number;
  /** How the uploader marks its requests: those who watch mark theirs likewise. */
  readonly cmcd: CmcdMode;
  /** Each is watched from by one agent that it selects, never by the uploader. */
  readonly from: readonly Selector[];
}

/** What one of the watchers saw. */
export type WatchReport = Watcher & (Seen | Unseen);

interface Watcher {
  /** Empty where no agent was there to be asked. */
  readonly agent: string;
  /** Of the agent, or as it was asked for. */
  readonly region: string;
  /** Visibility is known no better than this: the interval between attempts. */
  readonly pollMs: number;
}

interface Seen {
  /** From `sinceWallMs` to the first frame. */
  readonly visibleMs: number;
}

interface Unseen {
  /** Why nothing is known, e.g. `agent_down`, or why it did not play, e.g. `not visible before the deadline: status 404`. */
  readonly missed: string;
}

/** Why there are no reports: nobody could be asked, as without a collector; or who was asked did not answer in time. */
export type NoReports = 'unasked' | 'unanswered';

/** Has other agents watch. Resolves at `untilWallMs` at the latest, or soon after the signal aborts, with a report for each of `from`. Never rejects. */
export type Watchers = (
  order: WatchOrder,
  signal: AbortSignal,
) => Promise<readonly WatchReport[] | NoReports>;
