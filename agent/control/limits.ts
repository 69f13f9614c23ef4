/** Every limit of the control beside failures, with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

export const CONTROL_LIMITS = {
  anchors: {
    value: 8,
    reason:
      'Three in different networks already tell an own fault from another; each is a connection a second while something fails.',
    past: 'The configuration is refused.',
  },
  lookMs: {
    value: 2000,
    reason: 'Twice the longest round trip of a healthy way, name resolution and handshake included.',
    past: 'An anchor that has not answered counts as not reached.',
  },
  sharedMs: {
    value: 1000,
    reason:
      'Failures of one second have one cause more often than not, and anchors are somebody else’s machines.',
    past: 'The next failure has the anchors asked again.',
  },
  clockDoubtMs: {
    value: 5 * 60_000,
    reason:
      'Certificates are commonly issued with a start some minutes back, for clocks that are this much off.',
    past: 'What an expired certificate says about the target is unknown.',
  },
  clockWrongMs: {
    value: 86_400_000,
    reason:
      'A clock that is a day off has lost its source of time: certificates that everybody accepts look expired.',
    past: 'An expired certificate is the fault of the agent.',
  },
  blamedRatio: {
    value: 0.25,
    reason:
      'What had three quarters of its time and still waited in vain would have waited in vain with all of it.',
    past: 'A timeout or a frozen picture is the fault of the agent that took the time; below it such a run is disturbed, no more.',
  },
  peerPatienceMs: {
    value: 5000,
    reason: 'No sensible server closes a connection on a client that was silent for less.',
    past: 'A reset or a body cut short of a run that lost so much is the fault of the agent.',
  },
  stealRatio: {
    value: 0.1,
    reason:
      'A host that takes a tenth of the processor away moves what is measured by more than the rest of the noise.',
    past: 'A run in which that came to more than AGENT_LIMITS.disturbedDelayMs is disturbed.',
  },
  machineReadMs: {
    value: 200,
    reason:
      'The figures of the kernel move in steps of 10 ms; reading them for each of a hundred runs a second would tell no more.',
    past: 'They are read again.',
  },
} as const satisfies Record<string, Limit>;
