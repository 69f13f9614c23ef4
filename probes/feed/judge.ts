/** Whether the viewer saw every clip play that was swiped to. */
import type { Failure } from '../outcome.ts';
import { judge } from '../video-start/judge.ts';
import { shortUrl } from '../video-start/net-errors.ts';
import type { ClipEvidence, FeedEvidence } from './evidence.ts';

export interface FailedClip {
  readonly clip: ClipEvidence;
  readonly failure: Failure;
}

/** The first clip that went wrong, by the rules of video-start; undefined when all played. Fault of the agent stands behind others. */
export function judgeFeed({ clips }: FeedEvidence): FailedClip | undefined {
  const shown = clips.filter(({ shown }) => shown);
  const failed = shown.flatMap((clip, at) => {
    const failure = clip.shown && judge(clip.shown.playback);
    return failure ? [{ clip, at, failure }] : [];
  });
  const worst = failed.find(({ failure }) => failure.blame !== 'agent') ?? failed[0];
  if (!worst) return undefined;
  const { clip, at, failure } = worst;
  const others = failed.length === 1 ? '' : ` ${failed.length} of the ${shown.length} clips failed.`;
  const where = `Clip ${at + 1} of ${shown.length}, ${shortUrl(clip.url)}`;
  return { clip, failure: { ...failure, message: `${where}: ${failure.message}${others}` } };
}
