/**
 * Where the browser cannot say what is wrong with a file: it tells a header that broke off and a codec that nobody knows alike, and
 * shows black where the media is missing, and cannot decode what is encrypted. The walk of the browserless probe through the boxes tells them apart.
 */
import type { Failure } from '../outcome.ts';
import { playbackProbe } from '../playback/playback.ts';
import type { RunContext, Target } from '../probe.ts';
import type { Evidence } from './evidence.ts';

/** To the demuxer of a plain video element it looks like any other, until nothing of it can be decoded. */
const ENCRYPTED: Failure = {
  layer: 'decode',
  blame: 'agent',
  code: 'codec_unsupported',
  message:
    'The media is encrypted (Common Encryption), and this player has no keys. Probe the page that plays it, by the parameter `page`.',
};

/** The failure of the file itself, or undefined where the walk finds none, or nothing was in doubt. */
export async function secondOpinion(
  failure: Failure,
  evidence: Evidence,
  context: RunContext,
  target: Target,
): Promise<Failure | undefined> {
  if (!isInDoubt(failure, evidence)) return undefined;
  const params = playbackProbe.params.parse({ format: 'mp4', cmcd: 'off' });
  const walked = await playbackProbe.run(context, target, params);
  if (walked.attributes.encrypted === 'true') return ENCRYPTED;
  if (walked.outcome === 'ok') return undefined;
  const { code } = walked.failure;
  return code === 'bad_media' || code === 'truncated' ? walked.failure : undefined;
}

function isInDoubt({ code, layer }: Failure, { media, player, report }: Evidence): boolean {
  if (player !== 'progressive' || report.firstFrame) return false;
  return (
    code === 'black_video' ||
    (layer === 'decode' && code === 'playback_error') ||
    (code === 'codec_unsupported' && media.unsupportedCodec === undefined)
  );
}
