/** The start of an HLS presentation (RFC 8216): its playlists, then its segments. */
import { PLAYBACK_LIMITS } from './limits.ts';
import { FetchFailed, MediaError } from './media-error.ts';
import {
  bodyFailure,
  type FetchedOk,
  type FetchPlan,
  type MediaFetcher,
  mediaFailure,
} from './media-fetcher.ts';
import { type PlaybackRun, recordPhases, type StartOutcome } from './playback-run.ts';
import {
  chooseVariant,
  type Playlist,
  parsePlaylist,
  type Segment,
  startingSegments,
  type Variant,
} from './playlist.ts';
import { startTracks } from './presentation.ts';
import type { Lane, Track } from './segmented.ts';

export const MANIFEST_PLAN: FetchPlan = {
  name: 'manifest',
  layer: 'manifest',
  maxBodyBytes: PLAYBACK_LIMITS.playlistBytes.value,
};

/** Starts the presentation whose first playlist's response has just arrived. */
export async function startHls(run: PlaybackRun, first: FetchedOk): Promise<StartOutcome> {
  try {
    const { response } = first;
    const { playlist, endMs } = await readPlaylist(run, first);
    if (playlist.kind === 'media') {
      run.metrics.manifest_ms = endMs - response.requestMs;
      return await startTracks(run, [laneOf(run, playlist, 'video')]);
    }
    const variant = chooseVariant(playlist.variants, run.params.variant);
    recordVariant(run, variant, playlist.variants);
    const [video, audio] = await mediaPlaylists(run, variant);
    run.metrics.manifest_ms = Math.max(video.endMs, audio?.endMs ?? 0) - response.requestMs;
    return await startTracks(run, [
      laneOf(run, video.playlist, 'video'),
      ...(audio ? [laneOf(run, audio.playlist, 'audio')] : []),
    ]);
  } catch (error) {
    return mediaFailure(error, 'manifest', 'the playlist');
  }
}

interface ReadPlaylist {
  readonly playlist: Playlist;
  readonly endMs: number;
}

/** Of the picture, and beside it of the sound where it has one of its own. */
async function mediaPlaylists(
  run: PlaybackRun,
  { url, audio }: Variant,
): Promise<readonly [ReadPlaylist, ReadPlaylist?]> {
  const video = fetchPlaylist(run, run.fetcher, url, 'playlist');
  if (!audio) return [await video];
  return Promise.all([video, fetchPlaylist(run, run.beside('audio'), audio, 'audio playlist')]);
}

async function fetchPlaylist(
  run: PlaybackRun,
  fetcher: MediaFetcher,
  url: URL,
  name: string,
): Promise<ReadPlaylist> {
  const fetched = await fetcher.open(url, { ...MANIFEST_PLAN, name });
  if (!fetched.ok) throw new FetchFailed(fetched.failure);
  return readPlaylist(run, fetched);
}

async function readPlaylist(run: PlaybackRun, { response, plan }: FetchedOk): Promise<ReadPlaylist> {
  const body = await response.body.collect();
  recordPhases(run, plan.name, response, body.endMs);
  const failure = bodyFailure(body, plan);
  if (failure) throw new FetchFailed(failure);
  return { playlist: await parsePlaylist(body.bytes.toString('utf8'), response.url), endMs: body.endMs };
}

function recordVariant(run: PlaybackRun, variant: Variant, all: readonly Variant[]): void {
  run.attributes.rendition = variant.resolution ?? `${variant.bandwidthBps}bps`;
  const ladder = all.map(({ codecs }) => codecs).filter((codecs) => codecs !== undefined);
  run.facts.codecs = { declared: variant.codecs, ladder };
}

function laneOf(run: PlaybackRun, playlist: Playlist, kind: Track['kind']): Lane {
  if (playlist.kind === 'master') {
    throw new MediaError('bad_manifest', 'a variant leads to another list of variants');
  }
  const segments: readonly Segment[] = startingSegments(playlist.segments, playlist.ended);
  const init = segments[0]?.init;
  const track = { kind, segments, ...(init ? { init } : {}) };
  const fetcher = kind === 'audio' ? run.beside('audio') : run.fetcher;
  // hls.js asks for both at once.
  return init && run.params.append === 'segment'
    ? { track, fetcher, segmentFetcher: run.beside(`${kind} segment`) }
    : { track, fetcher };
}
