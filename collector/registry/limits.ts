/** Limits of the registry, each with its reason. */
export const REGISTRY_LIMITS = {
  agents: {
    value: 20_000,
    reason: 'About 1.5 kB each with their health, and 8 bytes a check: 50 MB with a hundred checks each.',
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
    reason: 'How often what changed is written, and what others changed is read.',
    past: 'What waits is written, what others wrote is read.',
  },
  rebalanceAfterMs: {
    value: 60_000,
    reason:
      'A restart, an upgrade or a change of the collector takes less: whoever is back by then still has its places.',
    past: 'Other agents take its places in probes that are not meant for every agent.',
  },
  peersMs: {
    value: 2000,
    reason: 'How often the agents of the other collectors are asked for: detection looks as often.',
    past: 'They are asked for again; what was said last holds until then.',
  },
  peerAnswerMs: {
    value: 2000,
    reason: 'A collector on the same store answers in milliseconds, or it is in trouble.',
    past: 'What it last wrote of its agents to the store is used.',
  },
  connectWaitMs: {
    value: 5,
    reason: 'Agents that connect within this time share a question to the store.',
    past: 'The question is sent.',
  },
  readAgents: {
    value: 1000,
    reason: 'Agents of one question: ids of 64 bytes fit into the address of a request.',
    past: 'The others are asked for with the next question.',
  },
  insertRows: {
    value: 20_000,
    reason: 'Rows of one insert: some 6 MB as JSON.',
    past: 'The others follow in the next insert.',
  },
  specTries: {
    value: 10,
    reason: 'Each try lost means that another collector made a change in this very moment.',
    past: 'The change is refused as a conflict.',
  },
  ledgerPartRows: {
    value: 2_000_000,
    reason:
      'Results that the ledger reads with one query: about two seconds of a core, and 200 MB of the store.',
    past: 'The others are read with the next query.',
  },
  ledgerDisputed: {
    value: 100,
    reason: 'Agents with slots that nothing explains are looked at one by one; usually there is none.',
    past: 'Of the others that were not heard in the last five seconds, such slots count as pending.',
  },
  lastSeenWriteMs: {
    value: 30_000,
    reason: 'How stale the stored time of the last sign of life may be.',
    past: 'The time is written again.',
  },
  ledgerMs: {
    value: 24 * 3_600_000,
    reason: 'The ledger counts every slot: a day of a fleet is a second of work.',
    past: 'Older slots are counted when `since` asks for them.',
  },
  closedAssignmentsMs: {
    value: 40 * 86_400_000,
    reason: 'Longer than raw results are kept: as long as these, what was expected is remembered.',
    past: 'Forgotten; the ledger cannot reach further back.',
  },
  askedRuns: {
    value: 1000,
    reason: 'Runs asked for by people, remembered so that their results can be collected.',
    past: 'The oldest is forgotten.',
  },
  askedRunMs: { value: 3_600_000, reason: 'Nobody waits longer for a run.', past: 'Forgotten.' },
} as const;
