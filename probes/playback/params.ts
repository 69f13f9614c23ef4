/** Parameters of the playback probe. */
import { z } from 'zod';
import { cmcdParam } from '../net/cmcd.ts';

export const playbackParams = z.strictObject({
  format: z
    .enum(['auto', 'mp4', 'hls'])
    .default('auto')
    .describe('What the target is; `auto` goes by the extension of its path, then by its content type.'),
  variant: z
    .enum(['first', 'lowest', 'highest'])
    .default('first')
    .describe('HLS: the variant to play; `first` in the list is what players open with.'),
  append: z
    .enum(['progressive', 'segment'])
    .default('progressive')
    .describe(
      'HLS: whether the player shows frames while a segment arrives (native players), or only appends whole segments (hls.js as it comes).',
    ),
  cmcd: cmcdParam,
});

export type PlaybackParams = z.infer<typeof playbackParams>;
