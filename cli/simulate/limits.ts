/** Every limit of the simulator, with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

export const SIMULATE_LIMITS = {
  agents: {
    value: 20_000,
    reason:
      'A collector knows as many; each takes a file and a local port, of which a machine has some 28,000 for one peer.',
    past: 'Refused as a wrong flag.',
  },
  regions: { value: 200, reason: 'As many as a dashboard shows.', past: 'Refused as a wrong flag.' },
  probes: {
    value: 400,
    reason: 'A collector takes 500 probes, and some may be there already.',
    past: 'Refused as a wrong flag.',
  },
  checks: {
    value: 4_000_000,
    reason: 'Agents by probes: some 40 bytes each here, and a row of the registry at the collector.',
    past: 'Refused as a wrong flag.',
  },
  faults: { value: 100, reason: 'More than anybody follows.', past: 'Refused as a wrong flag.' },
  spooledResults: {
    value: 4_000_000,
    reason: 'About 100 bytes each, shared out evenly among the agents: an hour at 1000 a second.',
    past: 'An agent drops its oldest: spool_full.',
  },
  tickMs: {
    value: 10,
    reason:
      'The step of the one clockwork that all agents share: a hundred wake-ups a second, however many agents.',
    past: 'A timer fires up to this much late.',
  },
  startLateMs: {
    value: 2000,
    reason: 'As at a real agent: a simulator that stood still for longer did not run the slot.',
    past: 'The slot is missed: overrun.',
  },
  connectMs: {
    value: 120_000,
    reason: 'After the ramp: twice what a fleet needs to find its collector again.',
    past: 'The simulation ends with an error that says why sessions ended.',
  },
  stopMs: {
    value: 30_000,
    reason:
      'Delivering what is in flight takes a second or two; a fleet that was cut off for minutes needs more.',
    past: 'What is not delivered is counted as pending.',
  },
  settleMs: {
    value: 60_000,
    reason: 'After the last goodbye the collector writes periods and agents.',
    past: 'The ledger is reported as it is then.',
  },
  endReasons: {
    value: 20,
    reason: 'Ways in which sessions end; there are about ten.',
    past: 'Counted as other.',
  },
  spareFiles: {
    value: 200,
    reason: 'What Node, the API client and the standard streams need beside the agents.',
    past: 'Refused, with the command that raises the limit.',
  },
} as const satisfies Record<string, Limit>;
