/** How large a report may become. */
import type { Limit } from '../../probes/limit.ts';

export const REPORT_LIMITS = {
  runs: {
    value: 6,
    reason: 'A few runs show what happened; each is a screen of text.',
    past: 'The newest are shown, and all of the list are named with their ids.',
  },
  regions: {
    value: 9,
    reason: 'Small plots side by side are compared at a glance up to about so many.',
    past: 'Those that see it come first; further ones are left out, and it is said how many.',
  },
  rows: {
    value: 200,
    reason: 'A longer table is read by programs: `incidents get -o json` has them all.',
    past: 'Further rows are left out, and it is said how many.',
  },
  bytes: {
    value: 2 * 1024 * 1024,
    reason: 'It is sent by mail and attached to tickets.',
    past: 'Pictures are left out, then what runs saw, and it is said.',
  },
} as const satisfies Record<string, Limit>;
