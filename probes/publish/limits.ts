/** Every limit of the publish probe, with its reason and what happens past it. */
import type { Limit } from '../limit.ts';

export const PUBLISH_LIMITS = {
  renditions: {
    value: 16,
    reason: 'The longest ladders have about ten rungs; each is played once.',
    past: 'The first of them are followed.',
  },
  playUrlBytes: {
    value: 8192,
    reason:
      'What servers commonly accept as a request line, and the link of an agent as an address to be watched.',
    past: 'The run fails with bad_response.',
  },
  watchers: {
    value: 16,
    reason: 'Each costs another agent an attempt every poll, and the collector an order.',
    past: 'The parameters are refused.',
  },
  statusBytes: {
    value: 256 * 1024,
    reason: 'Status answers are some lines of JSON; a long ladder with signed addresses has some tens of kB.',
    past: 'The run fails with too_large.',
  },
  statusMs: {
    value: 10_000,
    reason: 'A status that takes longer is asked for again: the connection may be dead.',
    past: 'The question counts as failed.',
  },
  statusFailures: {
    value: 3,
    reason:
      'A status API that hiccups has not lost the upload; one that fails so often in a row is the finding.',
    past: 'The run fails with the last failure.',
  },
  attemptMs: {
    value: 10_000,
    reason: 'No viewer waits longer for a start; the default deadline of the playback probe.',
    past: 'The attempt has failed, and the next one is made in its turn.',
  },
} as const satisfies Record<string, Limit>;
