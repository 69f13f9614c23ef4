/** Every limit of changes, with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

export const CHANGE_LIMITS = {
  read: {
    value: 1000,
    reason: 'What a week of deploys and edits comes to; suspects are the changes of the last half hour.',
    past: 'The oldest are left out.',
  },
  rereadMs: {
    value: 120_000,
    reason: 'A change may be told of a little after it was made, and another collector may write it.',
    past: 'One that is told later is listed, and joined to incidents that open or grow after.',
  },
  textChars: {
    value: 500,
    reason: 'It stands in the evidence of incidents, in messages and on screens.',
    past: 'A longer text is refused.',
  },
  labels: {
    value: 8,
    reason: 'There are eleven labels, and a place has fewer.',
    past: 'Refused.',
  },
} as const satisfies Record<string, Limit>;
