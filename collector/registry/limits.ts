/** Limits of the registry, each with its reason. */
export const REGISTRY_LIMITS = {
  agents: {
    value: 20_000,
    reason: 'About 5 kB each with their checks: 100 MB.',
    past: 'Further agents are refused with 4503 unavailable.',
  },
  effectiveAfterMs: {
    value: 2000,
    reason:
      'Long enough for a schedule to reach every connected agent before the first slot that is expected of it.',
    past: 'An agent that hears of it later reports the slots in between as missed.',
  },
  announceAfterMs: {
    value: 100,
    reason:
      'A removed check ends now and agents hear of it this much later: a slot due at the very moment of the change is still run. It also makes one announcement of several changes.',
    past: 'Slots between the change and the announcement are run and not expected: the ledger shows them as extra.',
  },
  graceMs: {
    value: 2000,
    reason: 'After its timeout a run needs this to be spooled, sent and committed.',
    past: 'Its slot is expected to have a row, or the agent to hold it.',
  },
  graceMinMs: {
    value: 7000,
    reason: 'What an agent holds is known as of its last health, which is up to 5 s old.',
    past: 'As above.',
  },
  maintenanceMs: {
    value: 1000,
    reason: 'How often what could not be written is tried again.',
    past: '-',
  },
  lastSeenWriteMs: {
    value: 30_000,
    reason: 'How stale the stored time of the last sign of life may be.',
    past: '-',
  },
  ledgerMs: {
    value: 24 * 3_600_000,
    reason: 'The ledger counts every slot: a day of a fleet is a second of work.',
    past: 'Older slots are counted when `since` asks for them.',
  },
  closedAssignmentsMs: {
    value: 31 * 86_400_000,
    reason: 'As long as raw results are kept, what was expected of them is remembered.',
    past: 'Forgotten; the ledger cannot reach further back.',
  },
  askedRuns: {
    value: 1000,
    reason: 'Runs asked for by people, remembered so that their results can be collected.',
    past: 'The oldest is forgotten.',
  },
  askedRunMs: { value: 3_600_000, reason: 'Nobody waits longer for a run.', past: 'Forgotten.' },
} as const;
