/** Limits among the collectors on one store, each with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

export const MEMBER_LIMITS = {
  beatMs: {
    value: 2000,
    reason: 'How often a collector says that it lives, and looks at the others: two small statements.',
    past: 'A store that takes longer delays the next one; they never overlap.',
  },
  gapMs: {
    value: 5000,
    reason:
      'Two beats and a slow answer: who has not looked for longer does not know whether the others lived.',
    past: 'What was seen of the others counts from the next look on.',
  },
  leaseMs: {
    value: 4000,
    reason: 'One beat may be lost. Shorter than leaseFreeMs: the holder has stopped before another begins.',
    past: 'The holder of a lease whose last beat is older stops, and has to claim it anew.',
  },
  leaseFreeMs: {
    value: 6000,
    reason: 'Two beats lost and a margin for clocks that run unequally.',
    past: 'The lease of a collector that has not been seen to live for so long is claimed by another.',
  },
  deadMs: {
    value: 10_000,
    reason: 'Five beats: a pause of the process, of its machine or of its store is mostly shorter.',
    past: 'A collector that has not been seen to live for so long is taken out.',
  },
  turnMs: {
    value: 4000,
    reason:
      'Two beats: the others wait so long for each before them: one takes a dead collector out, not all at once.',
    past: 'The next in the order takes it out.',
  },
  unansweredMs: {
    value: 4000,
    reason: 'Two beats: one that neither answers nor writes has stopped.',
    past: 'A collector that does not answer and has not been seen to live for so long is taken out.',
  },
  peerAnswerMs: {
    value: 2000,
    reason: 'Agents wait at the door meanwhile, for ten seconds at most.',
    past: 'The question counts as not answered.',
  },
  releaseMs: {
    value: 1500,
    reason: 'An ordinary insert takes a tenth of it; the answer has to come within peerAnswerMs.',
    past: 'The agent is `busy`: it is sent away for a moment.',
  },
  gatherMs: {
    value: 20,
    reason: 'Agents that come together after a restart are asked for together.',
    past: 'The request is sent.',
  },
  agentsPerRequest: {
    value: 2000,
    reason: 'About 130 bytes each: within the size of a body that the API takes.',
    past: 'The others are asked for with the next request.',
  },
  rounds: {
    value: 8,
    reason: 'One round waits for a slow collector while the next asks the others.',
    past: 'Agents wait for the end of a round; then all of them are the next.',
  },
  takeOverMs: {
    value: 6000,
    reason: 'An agent waits ten seconds for its welcome, and its progress is still to be read.',
    past: 'The agent is sent away for a moment; taking the other collector out goes on.',
  },
  killAfterMs: {
    value: 5000,
    reason: 'An insert of a fenced collector that still runs is mostly done within a second.',
    past: 'It is killed.',
  },
  idleMs: {
    value: 60_000,
    reason: 'An insert that has its rows and was killed ends with the next piece of its work.',
    past: 'Taking the collector out fails, and is tried again.',
  },
  settledSlackMs: {
    value: 15 * 60_000,
    reason:
      'How much earlier than its row says a block may have been stamped: slow attempts, clocks that were set.',
    past: 'A block stamped even earlier is not found, and not repaired.',
  },
  endMs: {
    value: 3000,
    reason: 'A collector that stops tells the store so; one that cannot is found out.',
    past: 'The others take it out.',
  },
  members: {
    value: 1000,
    reason: 'Collectors that have not ended; there are a handful.',
    past: 'Starting fails: who is not seen cannot be asked to release agents.',
  },
  nameLength: {
    value: 48,
    reason: 'The name is in every block and every statement.',
    past: 'It is cut.',
  },
} as const satisfies Record<string, Limit>;
