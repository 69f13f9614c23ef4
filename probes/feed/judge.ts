/** Whether the viewer saw every clip play that was swiped to. */
import type { Failure } from '../outcome.ts';
import { judge } from '../video-start/judge.ts';
import { shortUrl } from '../video-start/net-errors.ts';
import type { ClipEvidence, FeedEvidence } from './evidence.ts';

/** What the page says that appends fragments itself, by its code. */
const FRAGMENTED_ERRORS: Readonly<Record<string, Omit<Failure, 'message'> & { readonly what: string }>> = {
  not_fragmented: {
    layer: 'agent',
    blame: 'agent',
    code: 'bad_params',
    what: 'This MP4 is not fragmented, and media source extensions take no other. Use `preload: auto`',
  },
  no_decoder: {
    layer: 'decode',
    blame: 'agent',
    code: 'codec_unsupported',
    what: 'The browser of this agent has no decoder for it',
  },
  no_header: { layer: 'content', blame: 'target', code: 'bad_media', what: 'What came is no MP4' },
};

export interface FailedClip {
  readonly clip: ClipEvidence;
  /** Its place in the feed. */
  readonly at: number;
  readonly failure: Failure;
}

/** The first clip that went wrong, by the rules of video-start; undefined when all played. Fault of the agent stands behind others. */
export function judgeFeed({ clips }: FeedEvidence): FailedClip | undefined {
  const shown = clips.filter(({ shown }) => shown);
  const failed = shown.flatMap((clip, at) => {
    const failure = clip.shown && (fragmentedFailure(clip) ?? judge(clip.shown.playback));
    return failure ? [{ clip, at, failure }] : [];
  });
  const worst = failed.find(({ failure }) => failure.blame !== 'agent') ?? failed[0];
  if (!worst) return undefined;
  const { clip, at, failure } = worst;
  const others = failed.length === 1 ? '' : ` ${failed.length} of the ${shown.length} clips failed.`;
  const where = `Clip ${at + 1} of ${shown.length}, ${shortUrl(clip.url)}`;
  return { clip, at, failure: { ...failure, message: `${where}: ${failure.message}${others}` } };
}

function fragmentedFailure({ player, shown }: ClipEvidence): Failure | undefined {
  const error = shown?.playback.report.error;
  const known = player === 'mse' && error ? FRAGMENTED_ERRORS[error.code] : undefined;
  if (!known || !error) return undefined;
  const { what, ...failure } = known;
  return { ...failure, message: `${what}: ${error.message}.` };
}
