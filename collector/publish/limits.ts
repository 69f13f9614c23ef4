/** Every limit of having agents watch for what another published, with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

export const PUBLICATION_LIMITS = {
  orders: {
    value: 200,
    reason: 'Publications watched for at once by one collector; each look at the store names them all.',
    past: 'None of its regions is watched: missed, shed.',
  },
  ordersPerUploader: {
    value: 16,
    reason: 'Publications of one agent at once: more than that is a load test.',
    past: 'None of its regions is watched: missed, shed.',
  },
  watchesPerAgent: {
    value: 8,
    reason: 'A watcher plays once a second or so: eight of them leave its lane to its schedule.',
    past: 'Another agent of the region is asked; where there is none: missed, shed.',
  },
  pollMs: {
    value: 300,
    reason: 'How often the store is looked at for what watchers saw, while anybody watches.',
    past: 'The store is looked at.',
  },
  reportMs: {
    value: 2500,
    reason:
      'What a watcher saw is spooled, sent, committed and read within a second; some of that may have to be tried again.',
    past: 'The watcher is given up: missed, agent_down. What it reports later counts in place of that.',
  },
  answerMs: {
    value: 500,
    reason: 'The way of the answer to the uploader, which waits no longer than until the end of its order.',
    past: 'The uploader ends its run without the answer; the rows of the watchers are there all the same.',
  },
  overlapMs: {
    value: 60_000,
    reason: 'Collectors stamp their rows by clocks of their own, which differ by less.',
    past: 'The row of a watcher at such a collector is not seen, and the watcher given up.',
  },
  writeTries: {
    value: 10,
    reason:
      'Attempts to write that a watcher was given up, ever further apart: over a minute of a store that is down.',
    past: 'It is logged and counted, and has no row.',
  },
  gatherMs: {
    value: 200,
    reason:
      'Watchers that are given up within this are one insert: however many are asked for in vain, the store has five a second.',
    past: 'What was gathered is written.',
  },
  rowsPerBlock: {
    value: 3200,
    reason: 'Every watcher of every order of a collector, given up at once.',
    past: 'They are logged and counted, and have no row.',
  },
  unwrittenBlocks: {
    value: 300,
    reason: 'What is gathered in a minute, held while the store is down.',
    past: 'Further ones are logged and counted, and have no row.',
  },
} as const satisfies Record<string, Limit>;
