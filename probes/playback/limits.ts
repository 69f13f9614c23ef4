/** Every limit of the playback probe, with its reason and what happens past it. */
import type { Limit } from '../limit.ts';

export const PLAYBACK_LIMITS = {
  mediaBytes: {
    value: 32 * 1024 * 1024,
    reason: 'Two seconds of 8K video; a run that reads more measures a download, not a start.',
    past: 'The run fails with content/too_large, HLS with segment/too_large; after the first frame two_seconds_ms is not reported.',
  },
  playlistBytes: {
    value: 1024 * 1024,
    reason: 'Hours of two-second segments; the parser works on the whole text.',
    past: 'The run fails with manifest/too_large.',
  },
  xmlDepth: {
    value: 32,
    reason: 'A DASH manifest has six levels.',
    past: 'The run fails with manifest/bad_manifest.',
  },
  renditions: {
    value: 500,
    reason: 'Every picture, sound and subtitle of a period in every size; large services have a hundred.',
    past: 'The rest of them is not looked at.',
  },
  boxBytes: {
    value: 8 * 1024 * 1024,
    reason: 'The moov of a film of two hours; it is held in memory until it is whole.',
    past: 'The run fails with decode/too_large, an HLS init section with segment/too_large; after the first frame the rest is not looked at.',
  },
  blocks: {
    value: 320,
    reason: 'The largest box that is held, and what lies around it, in blocks of 32 KiB.',
    past: 'The content of the oldest block is dropped, and asked for again when it is needed again.',
  },
  rootBoxes: {
    value: 20_000,
    reason: 'Ten hours of fragments of four seconds: a player without an index looks at each of them.',
    past: 'The run fails with decode/bad_media.',
  },
  boxes: {
    value: 1000,
    reason: 'Top-level boxes of a segment, or children of one box; real files have tens.',
    past: 'The run fails with decode/bad_media.',
  },
  samples: {
    value: 200_000,
    reason: 'Two seconds of 48 kHz PCM, one sample a frame, twice over.',
    past: 'The rest of the samples is not looked at.',
  },
  redirects: {
    value: 5,
    reason: 'A loop must end; browsers stop at 20, nobody serves video behind more than two.',
    past: 'The run fails with http/bad_response.',
  },
  detours: {
    value: 64,
    reason:
      'Redirects and further origins on the way to a first frame: every request of the longest start could take one.',
    past: 'The rest is neither counted nor priced in the findings.',
  },
  segments: {
    value: 8,
    reason: 'Two seconds of media in segments of a quarter of a second.',
    past: 'two_seconds_ms is not reported.',
  },
  segmentsAhead: {
    value: 32,
    reason: 'Half a minute of media in segments of a second: as far as a stall is predicted.',
    past: 'The rest is not looked at.',
  },
} as const satisfies Record<string, Limit>;
