/** Bounds of what is built, with their reasons. */
import type { Limit } from '../../probes/limit.ts';

export const BUILD_LIMITS = {
  singleFileBytes: {
    value: 2 * 1024 * 1024,
    reason: 'It is copied to edge machines over poor lines; past this something heavy was imported.',
    past: 'The build fails.',
  },
} as const satisfies Record<string, Limit>;
