/** Every limit of live detection, with its reason and what happens past it. */
import type { Limit } from '../../probes/limit.ts';

export const INCIDENT_LIMITS = {
  tickMs: {
    value: 2000,
    reason: 'The shortest rounds are 2 s: looking more often finds nothing new.',
    past: 'A tick that takes longer delays the next one; they never overlap.',
  },
  restMs: {
    value: 10_000,
    reason:
      'To take detection up reads minutes or hours again: a bug that comes back must not do that at every tick.',
    past: 'Detection that a bug has ended is taken up anew.',
  },
  pageRows: {
    value: 10_000,
    reason: 'Rows of results held as objects at once: about 10 MB.',
    past: 'The rest is read as further pages of the same tick.',
  },
  pagesPerTick: {
    value: 50,
    reason: 'A tick must end, however fast rows come in.',
    past: 'The next tick goes on where this one stopped.',
  },
  overlapMs: {
    value: 60_000,
    reason:
      'A block is stamped before its insert and seen once that is committed, of several collectors in any order: an insert may take 30 s, and as long again at a server that goes on after its sender gave up.',
    past: 'A block committed later than that is stored, and not judged.',
  },
  followOverlapMs: {
    value: 60_000,
    reason:
      'As above, of incidents that another collector writes; they are stamped by the clock of the store.',
    past: 'A change that is committed later shows with the next one of that incident.',
  },
  historyMs: {
    value: 6 * 3_600_000,
    reason: 'Baselines after a restart: 120 samples of a check that runs every three minutes.',
    past: 'Slower checks start with a shorter baseline.',
  },
  historyRows: {
    value: 200_000,
    reason: 'A restart must detect again within seconds; judging takes about 10 µs a row.',
    past: 'Only the newest rows are played again.',
  },
  contextRows: {
    value: 80_000,
    reason:
      'After a checkpoint the last rounds of each check are looked at again, for votes and evidence: eight rounds of 10,000 series.',
    past: 'Fewer rounds are, of large fleets; at least four.',
  },
  checkpointEveryMs: {
    value: 120_000,
    reason:
      'What came since is judged again after a restart, a few seconds for a thousand results a second; 2 kB a series are written each time.',
    past: 'A pass that takes longer delays the next one.',
  },
  checkpointBatch: {
    value: 500,
    reason: 'A megabyte an insert, made in 10 ms between two looks: 10,000 series in 40 s.',
    past: 'The rest is written after the next looks.',
  },
  checkpointPage: {
    value: 2000,
    reason: 'Some megabytes an answer of the store.',
    past: 'The rest is read as further pages.',
  },
  remembered: {
    value: 1000,
    reason: 'Incidents held in memory for the API; the store has them all.',
    past: 'The oldest resolved ones are forgotten.',
  },
  rememberedMs: {
    value: 7 * 86_400_000,
    reason: 'What people still ask about; older ones are history, in the store.',
    past: 'Not loaded at the start.',
  },
} as const satisfies Record<string, Limit>;
