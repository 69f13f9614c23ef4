/** Limits of access control, each with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

const DAY_MS = 86_400_000;

export const ACCESS_LIMITS = {
  lookMs: {
    value: 1000,
    reason:
      'How often a collector looks for tokens and keys that others revoked: two questions about the last seconds.',
    past: 'A revocation counts at the others after at most two of these.',
  },
  tokens: {
    value: 1000,
    reason: 'Tokens that are good: people and programs of one company, not its users.',
    past: 'A further one is refused with 422 too_many; revoke some.',
  },
  sessions: {
    value: 1000,
    reason: 'Dashboards that are signed in.',
    past: 'A further one is refused with 422 too_many until others end.',
  },
  tokenMs: {
    value: 731 * DAY_MS,
    reason: 'A token that is never looked at again ends by itself.',
    past: 'A longer life is refused with 400 bad_request.',
  },
  enrolmentMs: {
    value: 30 * DAY_MS,
    reason: 'An invitation lies about in a file of a machine that is being set up.',
    past: 'A longer life of a token for agents is refused with 400 bad_request.',
  },
  sessionMs: {
    value: 12 * 3_600_000,
    reason: 'A shift.',
    past: 'The dashboard asks for the token again.',
  },
  enrolmentUses: {
    value: 10_000,
    reason: 'Machines of one image that enrol with one token.',
    past: 'More uses are refused with 400 bad_request.',
  },
  failures: {
    value: 20,
    reason: 'A person mistypes a token some times; who tries more of them guesses.',
    past: 'Further attempts from that address are answered 429 too_many_failures, without a look at the store.',
  },
  failureEveryMs: {
    value: 3000,
    reason: 'How long an address waits for each further attempt: 256 bits are not guessed at that rate.',
    past: 'The attempt is answered 429 too_many_failures with Retry-After.',
  },
  addresses: {
    value: 10_000,
    reason: 'Addresses whose failures are remembered, some hundred bytes each; IPv6 by its first 64 bits.',
    past: 'The one that has not failed for the longest is forgotten.',
  },
  auditWaiting: {
    value: 1000,
    reason: 'Entries that wait for the store; each is in the log of the collector too.',
    past: 'The oldest is given up, and outrider_audit_lost_total counts it.',
  },
  auditDetailChars: {
    value: 2000,
    reason: 'An entry says what was changed; the change itself is in the tables of what was changed.',
    past: 'The rest is cut.',
  },
  rewatchMs: {
    value: 1000,
    reason: 'How often the files of certificate and key are looked at: a few hundred bytes.',
    past: 'A new pair counts for connections made after that.',
  },
} as const satisfies Record<string, Limit>;
