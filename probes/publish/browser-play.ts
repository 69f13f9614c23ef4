/** The browser of the agent plays what plays without one. */
import type { Failure } from '../outcome.ts';
import type { RunContext } from '../probe.ts';
import type { Uploaded, UploadRun } from '../upload/upload-run.ts';
import { videoStartParams } from '../video-start/params.ts';
import { videoStartProbe } from '../video-start/video-start.ts';

/**
 * Plays it once. `publish_browser_playable_ms` is as if the order to play had come when the twin had its first frame: opening
 * a tab is no part of publishing. Attribute `browser`: `played`, `none` where the agent has no browser, or the code of a
 * failure; one that is the agent's own does not fail the run.
 */
export async function playInBrowser(
  context: RunContext,
  run: UploadRun,
  { endMs }: Uploaded,
  url: URL,
): Promise<Failure | undefined> {
  if (!context.browser) {
    run.attributes.browser = 'none';
    return undefined;
  }
  const startMs = context.clock.monotonicMs();
  const target = { name: 'publish', url: url.href, labels: {} };
  const played = await videoStartProbe.run(
    context,
    target,
    videoStartParams.parse({ watchMs: 0, cmcd: run.cmcd.mode }),
  );
  if (played.outcome === 'ok') {
    run.attributes.browser = 'played';
    const startupMs = played.metrics.video_startup_ms;
    if (startupMs !== undefined) run.metrics.publish_browser_playable_ms = startMs + startupMs - endMs;
    return undefined;
  }
  const { failure } = played;
  run.attributes.browser = failure.code;
  return failure.blame === 'agent' ? undefined : failure;
}
