/** Parameters of the feed probe. */
import { z } from 'zod';
import { cmcdParam } from '../net/cmcd.ts';
import { network } from '../video-start/params.ts';
import { FEED_LIMITS } from './limits.ts';

const SERIES =
  'It changes what is measured: give each value a probe of its own, so that one series is of one kind.';

const dwell = z.int().min(0).max(30_000);

const fields = z.strictObject({
  clips: z
    .array(z.string().min(1).max(2048))
    .min(1)
    .max(FEED_LIMITS.clips.value - 1)
    .optional()
    .describe(
      'URLs of the clips behind the first one, which is the target; relative to it. When absent the target is a list: a JSON array of URLs (or of objects with `url`, or under `clips`), or text with a URL a line. A clip that repeats is left out: it would come from the cache.',
    ),
  swipes: z
    .int()
    .min(1)
    .max(FEED_LIMITS.swipes.value)
    .default(5)
    .describe('Swipes of a run, from one clip to the next; less where there are not so many clips.'),
  dwellMs: z
    .union([
      dwell,
      z
        .array(dwell)
        .min(1)
        .max(FEED_LIMITS.swipes.value + 1),
    ])
    .default(2000)
    .describe(
      `Media time that each clip is watched before the swipe; it begins anew at its end. A list is gone through and begun anew, e.g. [3000, 300, 300] for a viewer who skips two of three. All together have to fit into the timeout of the probe. ${SERIES}`,
    ),
  preload: z
    .enum(['none', 'metadata', 'auto', 'mse'])
    .default('auto')
    .describe(
      `What is fetched of clips before the swipe to them. \`none\`: nothing. \`metadata\`, \`auto\`: by the attribute \`preload\` of the video element; of HLS by hls.js, the multivariant playlist alone, or as much as it likes. \`mse\`: \`prefetchMs\` of media and no more, through media source extensions: HLS by hls.js, fragmented MP4 by the page itself, other MP4 not at all. ${SERIES}`,
    ),
  ahead: z
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe(
      `How many clips are preloaded ahead, once the current one shows a picture. Over HTTP/1.1 a browser has six connections to a host, and clips that are preloaded hold them. ${SERIES}`,
    ),
  prefetchMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(2000)
    .describe(`preload \`mse\` alone: media time to have ready of each clip ahead. ${SERIES}`),
  format: z
    .enum(['auto', 'mp4', 'hls'])
    .default('auto')
    .describe('What the clips are. `auto`: hls for a path that ends in .m3u8, else mp4.'),
  patienceMs: z
    .int()
    .min(500)
    .max(30_000)
    .default(4000)
    .describe(
      'How long the viewer waits for the picture of a clip, or for a stall to end, before swiping on.',
    ),
  network: network.optional(),
  cmcd: cmcdParam,
});

export type FeedParams = z.infer<typeof fields>;

export const feedParams: z.ZodType<FeedParams> = fields.superRefine(({ swipes, dwellMs }, context) => {
  const totalMs = Array.from({ length: swipes + 1 }, (_, at) => dwellAt(dwellMs, at)).reduce(
    (sum, each) => sum + each,
    0,
  );
  const { value: mostMs } = FEED_LIMITS.sessionMs;
  if (totalMs <= mostMs) return;
  const message = `${swipes + 1} clips watched for ${totalMs} ms in all; a session has ${mostMs} ms at most.`;
  context.addIssue({ code: 'custom', path: ['dwellMs'], message });
});

/** Media time to watch the clip at a place of the feed. */
export function dwellAt(dwellMs: FeedParams['dwellMs'], at: number): number {
  return typeof dwellMs === 'number' ? dwellMs : (dwellMs[at % dwellMs.length] ?? 0);
}
