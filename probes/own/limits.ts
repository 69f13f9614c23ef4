/** Limits of own probes, modules and programs alike; those of their memory stand in the allow-list of the agent's owner. */
import type { Limit } from '../limit.ts';

export const OWN_LIMITS = {
  modules: {
    value: 16,
    reason: 'An agent tells the collector each by name; more than this is a product of its own.',
    past: 'The allow-list is refused.',
  },
  programs: {
    value: 16,
    reason: 'As many as modules.',
    past: 'The allow-list is refused.',
  },
  allowListBytes: {
    value: 64 * 1024,
    reason: 'Thirty-two entries with their arguments take a tenth of it.',
    past: 'The allow-list is refused.',
  },
  moduleBytes: {
    value: 2 * 1024 * 1024,
    reason: 'A probe with what it needs bundled in; it is held in memory and compiled for every run.',
    past: 'The allow-list is refused.',
  },
  programBytes: {
    value: 128 * 1024 * 1024,
    reason: 'The whole file is hashed at the start of the agent: a third of a second of one core.',
    past: 'The allow-list is refused.',
  },
  memoryMib: {
    value: 64,
    reason: 'The default of a module: ten times what an empty worker takes. Its entry may say otherwise.',
    past: 'The worker is ended and the run fails with own_probe.',
  },
  memoryMibMax: {
    value: 512,
    reason: 'More belongs in a program of its own, which the system bounds.',
    past: 'The allow-list is refused.',
  },
  memoryLookMs: {
    value: 100,
    reason: 'Buffers are outside the heap that V8 bounds, and are looked at this often.',
    past: 'Nothing: it is the interval.',
  },
  modulesAtOnce: {
    value: 4,
    reason: 'Each is a thread with a heap of its own.',
    past: 'A run waits for its turn, and fails with overloaded when its deadline comes first.',
  },
  programsAtOnce: {
    value: 8,
    reason: 'Each is a process with memory of its own.',
    past: 'A run waits for its turn, and fails with overloaded when its deadline comes first.',
  },
  abortMs: {
    value: 300,
    reason: 'What a module has after its deadline to end by itself and say why.',
    past: 'Its worker is ended.',
  },
  drainMs: {
    value: 200,
    reason:
      'The last output of a program arrives with its end; a child that it left behind may hold the pipe.',
    past: 'The pipe is given up and the group killed.',
  },
  resultBytes: {
    value: 64 * 1024,
    reason: 'A result has at most 64 numbers and 32 attributes.',
    past: 'The program is killed, or the module ended, and the run fails with own_probe.',
  },
  metrics: {
    value: 64,
    reason: 'As many as a result has on the wire.',
    past: 'The result is refused and the run fails with own_probe.',
  },
  attributes: {
    value: 32,
    reason: 'Half of what a result has on the wire; the rest is the agent’s own.',
    past: 'The result is refused and the run fails with own_probe.',
  },
  phases: {
    value: 64,
    reason: 'More lines than a waterfall can be read with.',
    past: 'The result is refused and the run fails with own_probe.',
  },
  stderrChars: {
    value: 400,
    reason: 'The end of it says why a program failed, and goes into the message of the result.',
    past: 'What is before it is thrown away.',
  },
  calls: {
    value: 200,
    reason: 'Requests and secrets of one run; more is a load test.',
    past: 'The call is refused.',
  },
  callsAtOnce: {
    value: 8,
    reason: 'Connections of one run, a few more than a browser opens to one host.',
    past: 'The call is refused.',
  },
  requestBytes: {
    value: 1024 * 1024,
    reason: 'A form or a small picture; uploads have a probe of their own.',
    past: 'The request is refused.',
  },
  responseBytes: {
    value: 1024 * 1024,
    reason: 'The default of `maxBodyBytes`: a page or a manifest.',
    past: 'The request fails with too_large.',
  },
  responseBytesMax: {
    value: 4 * 1024 * 1024,
    reason: 'The agent holds as many at once as there are calls and modules at once: 128 MiB at the worst.',
    past: 'The request is refused.',
  },
  headers: { value: 32, reason: 'As many as the probe `http` takes.', past: 'The request is refused.' },
} as const satisfies Record<string, Limit>;
