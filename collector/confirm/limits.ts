/** Every limit of looking again on suspicion, with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

export const CONFIRM_LIMITS = {
  roundsPerMinute: {
    value: 12,
    reason: 'With five runs each, one run a second over the whole fleet: nobody at the target notices.',
    past: 'The suspicion is not looked into, and counted as over the budget; it may be once there is budget again.',
  },
  roundsBurst: {
    value: 6,
    reason: 'A region that breaks raises a handful of checks in the same round.',
    past: 'As above: those with the least evidence are left out.',
  },
  roundsOpen: {
    value: 8,
    reason: 'Rounds that wait for answers; each look at the store names them all.',
    past: 'The suspicion is not looked into, and counted as over the budget.',
  },
  runsPerAgentMinute: {
    value: 6,
    reason: 'An agent is to probe by its schedule: one run in ten seconds beside it.',
    past: 'Another agent is asked in its place; where there is none, nobody in that role.',
  },
  siblings: {
    value: 2,
    reason:
      'With the agent itself three of a region, as many as make a verdict: one on its network, one on another.',
    past: 'The other agents of the region are not asked.',
  },
  neighbours: {
    value: 2,
    reason: 'A control of two: one of them may be ill itself.',
    past: 'The other agents of that region are not asked.',
  },
  telling: {
    value: 4,
    reason: 'To tell two places apart two agents of each: one of them may be ill itself.',
    past: 'Further agents that could tell are not asked.',
  },
  pauseMs: {
    value: 120_000,
    reason:
      'Asked again sooner, the same check would answer the same; a fault that goes on is the detector’s.',
    past: 'The same check of the same region is not looked into again before.',
  },
  remembered: {
    value: 5000,
    reason: 'Checks that are in their pause, and agents that were asked: 1 MB.',
    past: 'The oldest is forgotten, and may be asked early.',
  },
  pollMs: {
    value: 300,
    reason: 'How often the store is looked at for answers, while any are awaited.',
    past: 'The store is looked at.',
  },
  answerMs: {
    value: 5000,
    reason: 'On top of the timeout of the probe: a place in a lane, delivery, and a commit.',
    past: 'Who has not answered is said to be silent; its result is stored when it comes.',
  },
  roundMs: {
    value: 65_000,
    reason: 'A confirmation is worth something while the suspicion is young, however patient the probe is.',
    past: 'Who has not answered is said to be silent; its result is stored when it comes.',
  },
  overlapMs: {
    value: 60_000,
    reason: 'Collectors stamp rows by clocks of their own, which differ by less.',
    past: 'An answer stamped earlier is not seen, and its agent said to be silent.',
  },
  settled: {
    value: 16,
    reason: 'Rounds that wait for the next tick of detection: twice as many as may be open.',
    past: 'The oldest is dropped and counted; its runs are stored all the same.',
  },
} as const satisfies Record<string, Limit>;
