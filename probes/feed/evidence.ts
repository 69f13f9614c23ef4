/** What is known of a feed when it is over, on the clock of its page: of each clip the playback, and what it cost in bytes. */
import type { Evidence } from '../video-start/evidence.ts';
import type { MediaLog } from '../video-start/media-log.ts';
import type { RequestRecord } from '../video-start/network-log.ts';
import type { PlayerKind } from '../video-start/plan.ts';
import { isPlaylist } from '../video-start/request-kind.ts';
import type { ClipReport, FeedReport, Preloaded } from './report.ts';

export interface ClipEvidence {
  readonly url: string;
  readonly player: FeedPlayer;
  /** Of everything that came over the network for it, before the swipe and after it, up to the end of the feed. */
  readonly bytes: number;
  readonly bufferedMs: number;
  readonly shownMs: number;
  /** Absent for a clip that was never swiped to. */
  readonly shown?: { readonly preloaded: Preloaded; readonly playback: Evidence };
}

export interface FeedEvidence {
  /** The first is the one that the feed opened with. */
  readonly clips: readonly ClipEvidence[];
  readonly endedMs: number;
}

/** `mse`: fragments that the page itself appends. Numbers of different players are not of one series. */
export type FeedPlayer = PlayerKind | 'mse';

export interface FeedPlan {
  readonly url: string;
  readonly player: FeedPlayer;
}

export interface Logs {
  readonly requests: readonly RequestRecord[];
  readonly media: MediaLog;
  /** The protocol's monotonic seconds at the zero of the clock of the page. */
  readonly originS: number;
}

export function feedEvidence(
  report: FeedReport,
  plans: readonly FeedPlan[],
  logs: Logs,
  patienceMs: number,
): FeedEvidence {
  const { endedMs } = report;
  const requestsOf = shareOut(logs.requests, report.clips);
  const clips = report.clips.flatMap((clip, at): ClipEvidence[] => {
    const plan = plans[at];
    if (!plan) return [];
    const requests = requestsOf[at] ?? [];
    const { bufferedMs, shownMs, preloaded, play } = clip;
    const bytes = requests
      .filter(({ isCached }) => !isCached)
      .flatMap(({ arrivals }) => arrivals)
      .reduce((sum, arrival) => (arrival.atMs <= endedMs ? sum + arrival.bytes : sum), 0);
    // Chromium plays playlists by itself, whatever their path ends in.
    const isNative = plan.player === 'progressive' && requests.some(isPlaylist);
    const seen = {
      url: plan.url,
      player: isNative ? 'native-hls' : plan.player,
      bytes,
      bufferedMs,
      shownMs,
    } as const;
    if (!play || !preloaded) return [seen];
    const player = seen.player === 'mse' ? 'progressive' : seen.player;
    // The pipeline of another clip must not speak for one that never had its own.
    const media = play.source ? logs.media.facts(logs.originS, play.source) : { underflows: [] };
    return [
      { ...seen, shown: { preloaded, playback: { report: play, requests, media, player, patienceMs } } },
    ];
  });
  return { clips, endedMs };
}

/** The requests of each clip. What was redirected keeps its id, and belongs to who asked first; an object of several clips too. */
function shareOut(
  requests: readonly RequestRecord[],
  clips: readonly Pick<ClipReport, 'urls'>[],
): readonly (readonly RequestRecord[])[] {
  const owners = new Map<string, number>();
  for (const [at, { urls }] of clips.entries())
    for (const url of urls) if (!owners.has(url)) owners.set(url, at);
  const firstUrls = new Map<string, string>();
  const shares: RequestRecord[][] = clips.map(() => []);
  for (const request of requests) {
    const { id, url } = request;
    const asked = (id !== undefined && firstUrls.get(id)) || url;
    if (id !== undefined && !firstUrls.has(id)) firstUrls.set(id, url);
    const owner = owners.get(asked);
    if (owner !== undefined) shares[owner]?.push(request);
  }
  return shares;
}
