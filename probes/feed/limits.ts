/** Every limit of the feed probe, with its reason and what happens past it. */
import type { Limit } from '../limit.ts';

export const FEED_LIMITS = {
  listBytes: {
    value: 256 * 1024,
    reason: 'A list of a thousand signed addresses.',
    past: 'The run fails with too_large.',
  },
  clips: {
    value: 41,
    reason: 'The most swipes of a run, and what may be preloaded behind the last.',
    past: 'Later clips of a list are left out.',
  },
  swipes: {
    value: 30,
    reason: 'Two phases a swipe fill the waterfall; a longer session keeps others from the browser.',
    past: 'The parameters are refused.',
  },
  sessionMs: {
    value: 100_000,
    reason: 'The longest deadline of a run, less what starts and misses take.',
    past: 'The parameters are refused.',
  },
  headBytes: {
    value: 256 * 1024,
    reason: 'The movie header of a fragmented file has no samples in it: a kilobyte or two.',
    past: 'The clip fails with bad_media.',
  },
  pictures: {
    value: 3,
    reason: 'One is shown; which clip went wrong by its own fault is known at the end only.',
    past: 'Later clips that go wrong have no picture.',
  },
} as const satisfies Record<string, Limit>;
