/** Every limit of the export by OTLP, with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

export const OTLP_LIMITS = {
  tickMs: {
    value: 5000,
    reason: 'How late an incident is told of, at most; rollups come once a minute anyway.',
    past: 'A tick that takes longer delays the next one; they never overlap.',
  },
  settleMs: {
    value: 90_000,
    reason:
      'Results come a little late: a minute is told when almost all of its results are there. Agents need as long after the store, or who sends, was away.',
    past: 'What comes later is in the store, and not exported.',
  },
  backfillMs: {
    value: 3_600_000,
    reason: 'A receiver that was away for an hour; after that a flood of old minutes helps nobody.',
    past: 'Older minutes are skipped, and counted as such.',
  },
  incidentsPerRequest: {
    value: 100,
    reason: 'One or two records each, 2 kB of JSON before compression: receivers take a few MB.',
    past: 'The rest goes with the next request.',
  },
  pointsPerRequest: {
    value: 2000,
    reason: 'About 1 MB of JSON before compression: receivers take a few MB.',
    past: 'The rest goes with the next request.',
  },
  groupsPerMinute: {
    value: 5000,
    reason: 'Sets of labels in one minute; every one is a time series, or six, at the receiver.',
    past: 'Further ones are left out, and counted.',
  },
  requestMs: {
    value: 10_000,
    reason: 'The default of OTLP exporters.',
    past: 'The attempt has failed, and is made again.',
  },
  closeMs: {
    value: 3000,
    reason: 'A collector that stops tries once more; whoever takes over knows from the store what was told.',
    past: 'What is under way is given up.',
  },
  pauseMs: {
    value: 1000,
    reason: 'The first pause after a failure; each further one is up to twice as long, with full jitter.',
    past: 'It grows up to the longest pause.',
  },
  pauseMaxMs: {
    value: 60_000,
    reason:
      'A receiver that is back is noticed within a minute; also the most that its Retry-After is heeded.',
    past: 'It is tried again after this long.',
  },
  answerBytes: {
    value: 16_384,
    reason: 'An answer of OTLP is a count and a sentence.',
    past: 'The rest is not read.',
  },
  headersFileBytes: {
    value: 16_384,
    reason: 'A few tokens; anything larger is another file.',
    past: 'The collector does not start.',
  },
} as const satisfies Record<string, Limit>;
