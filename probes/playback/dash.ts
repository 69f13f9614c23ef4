/** The start of a DASH presentation: its manifest, then its segments, as dash.js fetches them. */

import { parseManifest, type Representation } from './manifest.ts';
import { bodyFailure, type FetchedOk, mediaFailure } from './media-fetcher.ts';
import { type PlaybackRun, recordPhases, type StartOutcome } from './playback-run.ts';
import { startTracks } from './presentation.ts';
import type { Track } from './segmented.ts';

/** Starts the presentation whose manifest's response has just arrived. */
export async function startDash(run: PlaybackRun, { response, plan }: FetchedOk): Promise<StartOutcome> {
  const body = await response.body.collect();
  recordPhases(run, plan.name, response, body.endMs);
  const failure = bodyFailure(body, plan);
  if (failure) return failure;
  run.metrics.manifest_ms = body.endMs - response.requestMs;
  try {
    const { video, audio, videoCodecs } = await parseManifest(body.bytes.toString('utf8'), response.url, {
      variant: run.params.variant,
      nowMs: run.wallMs(),
    });
    run.attributes.rendition = video.resolution ?? `${video.bandwidthBps}bps`;
    run.facts.codecs = { declared: video.codecs, ladder: videoCodecs };
    if (video.encrypted) run.attributes.encrypted = 'true';
    return await startTracks(run, [
      { track: trackOf(video, 'video'), fetcher: run.fetcher },
      ...(audio ? [{ track: trackOf(audio, 'audio'), fetcher: run.beside('audio') }] : []),
    ]);
  } catch (error) {
    return mediaFailure(error, 'manifest', 'the manifest');
  }
}

function trackOf({ init, index, segments }: Representation, kind: Track['kind']): Track {
  return { kind, segments, ...(init ? { init } : {}), ...(index ? { index } : {}) };
}
