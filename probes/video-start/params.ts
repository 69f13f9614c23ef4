/** Parameters of the video-start probe. */
import { z } from 'zod';

export const videoStartParams = z.strictObject({
  format: z
    .enum(['auto', 'mp4', 'hls'])
    .default('auto')
    .describe(
      '`mp4`: the address in a video element. `hls`: hls.js. `auto`: hls for a path that ends in .m3u8, else mp4.',
    ),
  watchMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(2000)
    .describe('Media time to watch after the first frame, in which stalls are counted.'),
  patienceMs: z
    .int()
    .min(500)
    .max(60_000)
    .default(10_000)
    .describe('How long the viewer waits for the first frame, or for a stall to end, before giving up.'),
});

export type VideoStartParams = z.infer<typeof videoStartParams>;
