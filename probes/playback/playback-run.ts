/** What the parts of one playback run share. */

import type { Metrics } from '../metrics.ts';
import { responseAttributes } from '../net/response-attributes.ts';
import type { SessionResponse } from '../net/session.ts';
import type { Failure } from '../outcome.ts';
import type { Timeline } from '../timeline.ts';
import type { MediaFetcher } from './media-fetcher.ts';
import type { PackagingFacts } from './packaging-facts.ts';
import type { PlaybackParams } from './params.ts';
import type { Runway } from './runway.ts';
import { DASH_PLAYER_MS, DECODE_MS, HLS_PLAYER_MS } from './startup-model.ts';
import type { Throughput } from './throughput.ts';

export interface PlaybackRun {
  readonly fetcher: MediaFetcher;
  /** For what is fetched at the same time, over a connection of its own; the same for the same name. */
  beside(name: string): MediaFetcher;
  /** Ends every request under way. */
  giveUp(): void;
  /** Requests sent so far, over all connections. */
  requestCount(): number;
  /** Unix milliseconds. */
  wallMs(): number;
  readonly facts: PackagingFacts;
  readonly throughput: Throughput;
  readonly timeline: Timeline;
  readonly params: PlaybackParams;
  /** Filled as numbers become known, so that a failed run keeps those it had. */
  readonly metrics: Metrics;
  readonly attributes: Record<string, string>;
}

/** Nothing when the start came about. */
export type StartOutcome = Failure | undefined;

/** The facts of the first response, and the status of one that is not a success. */
export function recordResponse(
  run: Pick<PlaybackRun, 'metrics' | 'attributes'>,
  response: SessionResponse,
): void {
  const isFirst = run.metrics.ttfb_ms === undefined;
  if (isFirst) run.metrics.ttfb_ms = response.firstByteMs - response.sentMs;
  if (isFirst || response.status >= 300) {
    Object.assign(run.attributes, responseAttributes(response.connected, response));
  }
}

/** Waiting for the head and reading the body, as two phases of the waterfall. */
export function recordPhases(run: PlaybackRun, name: string, response: SessionResponse, endMs: number): void {
  const note = response.reused ? `${response.status}, same connection` : String(response.status);
  run.timeline.add(`${name} wait`, response.requestMs, response.firstByteMs, note);
  run.timeline.add(`${name} read`, response.firstByteMs, endMs);
}

/** From the last byte to the picture, with the player that plays this. */
export function showMs({
  attributes: { format },
  params,
}: Pick<PlaybackRun, 'attributes' | 'params'>): number {
  if (params.append === 'progressive') return DECODE_MS;
  if (format === 'dash') return DECODE_MS + DASH_PLAYER_MS;
  return format === 'hls' ? DECODE_MS + HLS_PLAYER_MS : DECODE_MS;
}

/** When each came, in `clock.monotonicMs()`; absent while it has not. */
interface Moments {
  readonly firstFrameAtMs?: number | undefined;
  readonly playingAtMs?: number | undefined;
  readonly twoSecondsAtMs?: number | undefined;
}

/** What a start has taken so far. */
export interface Taken {
  readonly mediaBytes: number;
  readonly roundTrips: number;
}

/** The first frame: once, as soon as its last byte is there. */
function recordFirstFrame(run: PlaybackRun, moments: Moments, taken: Taken): void {
  const atMs = moments.firstFrameAtMs;
  if (atMs === undefined || run.metrics.first_frame_ms !== undefined) return;
  run.metrics.first_frame_ms = run.timeline.elapsed(atMs) + showMs(run);
  run.metrics.media_bytes = taken.mediaBytes;
  run.metrics.round_trip_count = taken.roundTrips;
  run.metrics.request_count = run.requestCount();
}

/** What comes after the first frame. */
function recordPlaying(run: PlaybackRun, moments: Moments): void {
  if (moments.playingAtMs !== undefined) {
    run.metrics.playing_ms = run.timeline.elapsed(moments.playingAtMs) + showMs(run);
  }
}

function recordTwoSeconds(run: PlaybackRun, atMs: number | undefined): void {
  if (atMs !== undefined) run.metrics.two_seconds_ms = run.timeline.elapsed(atMs);
}

/** All that came so far. */
export function recordStart(run: PlaybackRun, moments: Moments, taken: Taken): void {
  recordFirstFrame(run, moments, taken);
  recordPlaying(run, moments);
  recordTwoSeconds(run, moments.twoSecondsAtMs);
}

export function recordRunway(run: PlaybackRun, { runwayMs, stallMs }: Runway): void {
  run.metrics.runway_ms = runwayMs;
  run.metrics.predicted_stall_ms = stallMs;
}
