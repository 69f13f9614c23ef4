/** Parameters of the playback probe. */
import { z } from 'zod';
import { cmcdParam } from '../net/cmcd.ts';

export const playbackParams = z.strictObject({
  format: z
    .enum(['auto', 'mp4', 'hls', 'dash'])
    .default('auto')
    .describe('What the target is; `auto` goes by the extension of its path, then by its content type.'),
  variant: z
    .enum(['first', 'lowest', 'highest'])
    .default('first')
    .describe(
      'HLS and DASH: the rendition to play. `first`: what players open with, of HLS the first in the list, of DASH the best up to 1 Mbit/s. Series of different renditions do not compare: give each a probe of its own.',
    ),
  append: z
    .enum(['progressive', 'segment'])
    .default('segment')
    .describe(
      'HLS and DASH: whether the player appends whole segments (`segment`: hls.js and dash.js as they come), or shows frames while a segment arrives (`progressive`: native players). Series with one and the other do not compare.',
    ),
  origin: z
    .string()
    .regex(/^https?:\/\/[^/\s]+$/, 'is the origin of a page, e.g. https://www.example.com')
    .optional()
    .describe(
      'The page that players are on, sent as Origin with every request: then it is a finding where they may not read the media. Caches may keep an answer for each origin.',
    ),
  cmcd: cmcdParam,
});

export type PlaybackParams = z.infer<typeof playbackParams>;
