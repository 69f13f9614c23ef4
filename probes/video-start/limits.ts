/** Every limit of the video-start probe, with its reason and what happens past it. */
import type { Limit } from '../limit.ts';

export const VIDEO_START_LIMITS = {
  blackAfterMs: {
    value: 1000,
    reason: 'Media time that ran without a single frame: no viewer takes a second of black for a start.',
    past: 'The run ends as black_video, codec_unsupported or bad_media without waiting for the patience.',
  },
  frozenAfterMs: {
    value: 2000,
    reason: 'Media time that ran behind the first frame: longer than the gap between frames of any video.',
    past: 'The run ends as frozen.',
  },
  newsMs: {
    value: 1000,
    reason: 'Twice the interval at which Chromium’s pipeline gives account of itself.',
    past: 'The failure is judged by what the page saw and the pipeline has told by then.',
  },
  stalls: {
    value: 200,
    reason: 'A player that flaps ten times a second for the longest watch.',
    past: 'Later stalls are not measured.',
  },
  requests: {
    value: 500,
    reason: 'A minute of segments of a tenth of a second would be as many.',
    past: 'Later requests are not looked at.',
  },
  arrivals: {
    value: 5000,
    reason: 'Reads of 64 kB until the first frame: 300 MB.',
    past: 'Later bytes count at the time of the last one kept.',
  },
  fragments: {
    value: 60,
    reason: 'Only the first init segment and the first media segment are timed; sound has its own of each.',
    past: 'Later ones are told apart from manifests by their type alone.',
  },
  playlists: {
    value: 6,
    reason:
      'The browser’s own HLS player: a multivariant playlist and those of two renditions with sound of their own.',
    past: 'Init segments that later ones name count as segments.',
  },
  videos: {
    value: 50,
    reason: 'Videos and pipelines of one page: a feed that was scrolled for a minute.',
    past: 'Later ones are not looked at.',
  },
  documents: {
    value: 5,
    reason: 'A page of the user that replaces itself: a consent, a login, a redirect by script.',
    past: 'The run fails with content/bad_body.',
  },
  startPhases: {
    value: 40,
    reason: 'A dozen objects of four phases stand between an order and its first frame at most.',
    past: 'The last phase stands for all that followed, so that they still add up.',
  },
  screenshotMs: {
    value: 1000,
    reason: 'A page that paints at all does so sixty times a second.',
    past: 'The evidence of the failure has no picture.',
  },
  attributeChars: {
    value: 128,
    reason: 'Values go into tables; they come from strangers.',
    past: 'The value is cut.',
  },
} as const satisfies Record<string, Limit>;
