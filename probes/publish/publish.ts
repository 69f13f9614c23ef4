/** The publish probe: from uploading a video until people can play it, here and elsewhere. */
import type { Failure } from '../outcome.ts';
import { parseJson } from '../parse-json.ts';
import type { Probe, RunContext, RunResult, Target } from '../probe.ts';
import { examine, tidyUp } from '../upload/aftermath.ts';
import { STRATEGIES } from '../upload/strategies.ts';
import { uploadProbe } from '../upload/upload.ts';
import type { Uploaded, UploadRun } from '../upload/upload-run.ts';
import { withUploadRun } from '../upload/with-upload-run.ts';
import type { Watchers } from '../watch-order.ts';
import { playInBrowser } from './browser-play.ts';
import { type PublishParams, publishParams } from './params.ts';
import { Publication } from './publication.ts';
import { StatusApi } from './status-api.ts';
import type { Known } from './template.ts';
import { recordVisibility } from './visibility.ts';

/**
 * Times of publishing begin at the end of the final answer to the upload, and are late by `publish_poll_ms` at most; those of
 * playing end with a first frame, and so have the start of the video in them. No media is asked for before the status has
 * announced it. What was uploaded is deleted at the end, whatever came of it.
 */
export const publishProbe: Probe<PublishParams> = {
  type: 'publish',
  lane: 'light',
  summary:
    'Uploads a short video and waits until it plays: accepted, playable, all renditions, visible elsewhere.',
  params: publishParams,
  metrics: [
    ...uploadProbe.metrics,
    'publish_accepted_ms',
    'publish_playable_ms',
    'publish_browser_playable_ms',
    'publish_all_renditions_ms',
    'publish_visible_ms',
    'publish_poll_ms',
    'publish_region_count',
  ],
  judged: ['publish_playable_ms'],
  defaults: { everyMs: 600_000, timeoutMs: 120_000 },
  run: runPublish,
};

function runPublish(context: RunContext, target: Target, params: PublishParams): Promise<RunResult> {
  return withUploadRun(context, target, params.upload, 'publish', async (run) => {
    const uploaded = await STRATEGIES[params.upload.protocol](run);
    try {
      return uploaded.ok ? await publish(context, run, uploaded, params) : uploaded.failure;
    } finally {
      await tidyUp(run, uploaded);
    }
  });
}

async function publish(
  owner: RunContext,
  run: UploadRun,
  uploaded: Uploaded,
  params: PublishParams,
): Promise<Failure | undefined> {
  // What plays it is of the same session.
  const context = { ...owner, sessionId: run.cmcd.sid };
  const known: Known = {
    ...(uploaded.id === undefined ? {} : { id: uploaded.id }),
    answer: parseJson(uploaded.answer),
  };
  const opened = StatusApi.open(context, run, params.status, known);
  if (!opened.ok) return opened.failure;
  const { api } = opened;
  // Who watches elsewhere, and the browser, need not go on when the run has failed.
  const giveUp = new AbortController();
  const beside = { ...context, signal: AbortSignal.any([context.signal, giveUp.signal]) };
  let watched: ReturnType<Watchers> | undefined;
  let browsed: Promise<Failure | undefined> | undefined;
  const publication = new Publication({
    ...{ context, run, params, uploaded, known, api },
    onAnnounced: (url) => {
      if (params.visibleFrom.length > 0) watched = held(watch(beside, run, uploaded, params, url));
    },
    onPlays: (url) => {
      if (params.browser) browsed = held(playInBrowser(beside, run, uploaded, url));
    },
  });
  try {
    const failure = (await publication.follow()) ?? (await browsed);
    if (failure) giveUp.abort();
    // Also of a run that failed: what the others have seen by now is known.
    const invisible = watched && recordVisibility(run, await watched);
    if (failure || invisible) return failure ?? invisible;
    return await examine(run, uploaded);
  } finally {
    api.close();
    giveUp.abort();
    await browsed;
  }
}

/** Work that goes on beside, and is awaited later: a bug in it is to be thrown there, not to end the process before. */
function held<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

async function watch(
  { watchers, clock, signal }: RunContext,
  { cmcd }: UploadRun,
  { endMs }: Uploaded,
  { visibleFrom, visibleWithinMs, pollMs }: PublishParams,
  url: URL,
): ReturnType<Watchers> {
  const nowWallMs = clock.wallMs();
  const sinceWallMs = nowWallMs - (clock.monotonicMs() - endMs);
  const untilWallMs = nowWallMs + visibleWithinMs;
  const order = { playUrls: [url.href], sinceWallMs, pollMs, untilWallMs, cmcd: cmcd.mode };
  return watchers?.({ ...order, from: visibleFrom }, signal) ?? 'unasked';
}
