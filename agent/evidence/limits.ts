/** Every limit of the evidence that an agent keeps for its collector, with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

export const EVIDENCE_SPOOL_LIMITS = {
  entries: {
    value: 256,
    reason: 'The first failures of an outage say what the thousandth does.',
    past: 'The oldest is given up, and counted.',
  },
  spoolBytes: {
    value: 8 * 1024 * 1024,
    reason: 'An eighth of what results may take: results come first.',
    past: 'The oldest is given up, and counted.',
  },
  perSecond: {
    value: 1,
    reason: 'Writing down what was seen takes processor time from the runs that come next.',
    past: 'The failure has no evidence, and is counted.',
  },
  burst: {
    value: 20,
    reason: 'A fault that begins is seen by several checks at once.',
    past: 'The failure has no evidence, and is counted.',
  },
  retryMaxMs: {
    value: 10 * 60_000,
    reason: 'A collector that asks for more patience will be met again by then.',
    past: 'The evidence is offered after this.',
  },
} as const satisfies Record<string, Limit>;
