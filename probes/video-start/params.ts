/** Parameters of the video-start probe. */
import { z } from 'zod';
import { cmcdParam } from '../net/cmcd.ts';

const MIXED =
  'Keep runs with it under a probe of its own: numbers with and without it are not of one series.';

/** Of every probe that plays in a browser. */
export const network = z
  .strictObject({
    latencyMs: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .describe('The least time from a request to the head of its response.'),
    downloadKbps: z
      .int()
      .min(16)
      .max(10_000_000)
      .optional()
      .describe(
        'Kilobits (1000 bits) a second for all downloads of the page together; unlimited when absent.',
      ),
  })
  .describe(
    `A slower network, emulated by the browser above its sockets: no delay of DNS, TCP or TLS, no loss; the time to the first byte is that of the real network below. ${MIXED}`,
  );

const page = z
  .strictObject({
    selector: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe('What is clicked to play, e.g. `button.play`: the clock starts with the click.'),
    script: z
      .string()
      .min(1)
      .max(20_000)
      .optional()
      .describe(
        'Statements run in the page once its document is there, as the body of an async function. With a selector: what comes before the click, such as a consent. Alone: the clock starts with its first click, or with its begin where it makes none.',
      ),
  })
  .describe(
    `The target is a page of yours, not a media file: the first video of its document that presents a frame is measured, those in frames of other documents are not. Without selector and script it plays by itself, and the clock starts with the navigation. ${MIXED}`,
  );

const fields = z.strictObject({
  format: z
    .enum(['auto', 'mp4', 'hls', 'dash'])
    .default('auto')
    .describe('What the address is. `auto`: hls for a path that ends in .m3u8, dash for .mpd, else mp4.'),
  player: z
    .enum(['auto', 'native', 'hls.js', 'dash.js'])
    .default('auto')
    .describe(
      `Who plays it. \`native\`: the browser by itself, HLS too. \`auto\`: hls.js for hls, dash.js for dash, else native. ${MIXED}`,
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
  seekToMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .optional()
    .describe(
      'Media time to seek to after watching (`seek_ms`): choose one that is not buffered by then. Behind the end it is half a second before it.',
    ),
  network: network.optional(),
  page: page.optional(),
  cmcd: cmcdParam,
});

export type VideoStartParams = z.infer<typeof fields>;

export const videoStartParams: z.ZodType<VideoStartParams> = fields.superRefine((params, context) => {
  const problem = contradiction(params);
  if (problem) context.addIssue({ code: 'custom', path: ['player'], message: problem });
});

function contradiction({ format, player, page }: VideoStartParams): string | undefined {
  if (page) {
    return format === 'auto' && player === 'auto'
      ? undefined
      : 'A page of yours brings its own player: leave `format` and `player` out beside `page`.';
  }
  if (player === 'auto' || format === 'auto') return undefined;
  if (player === 'native') {
    return format === 'dash' ? 'No browser plays DASH by itself: use `dash.js`.' : undefined;
  }
  const plays = player === 'hls.js' ? 'hls' : 'dash';
  return format === plays ? undefined : `${player} plays ${plays}, not ${format}.`;
}
