/** What is known of one playback when it is over: from the page, the network and the media pipeline, all on the clock of the page. */
import type { MediaFacts } from './media-log.ts';
import type { RequestRecord } from './network-log.ts';
import type { PlayerKind } from './plan.ts';
import type { PlayReport } from './report.ts';

export interface Evidence {
  readonly report: PlayReport;
  readonly requests: readonly RequestRecord[];
  readonly media: MediaFacts;
  readonly player: PlayerKind;
  readonly patienceMs: number;
  /** A page that plays by itself: its order is the navigation. */
  readonly isAutoplay?: boolean;
}
