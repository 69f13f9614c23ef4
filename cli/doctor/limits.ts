/** Limits of `doctor`, and where its findings begin; each with its reason. */
import type { Limit } from '../../probes/limit.ts';

export const DOCTOR_LIMITS = {
  checkMs: {
    value: 10_000,
    reason: 'Who asks what is wrong is waiting; whatever is well answers within a second.',
    past: 'The check ends as unknown, and says that it took too long.',
  },
  browserMs: {
    value: 30_000,
    reason: 'A browser that has never been started on a slow disk takes this long.',
    past: 'The check ends as unknown, and says that it took too long.',
  },
  agents: {
    value: 20_000,
    reason: 'A collector takes so many agents; more of them say nothing new about what is wrong.',
    past: 'The rest is not looked at, and the finding says so.',
  },
  openFiles: {
    value: 1024,
    reason:
      'An agent at full concurrency has about so many sockets, files and pipes open; a collector one for each agent beside.',
    past: 'Fewer allowed ones are warned of.',
  },
  browserFreeBytes: {
    value: 750 * 1024 * 1024,
    reason: 'Agents shed browser runs below it.',
    past: 'Less free memory is warned of.',
  },
  diskFreeBytes: {
    value: 2 * 1024 * 1024 * 1024,
    reason: 'ClickHouse merges need room beside what is stored.',
    past: 'Less free space is warned of; a tenth of it is a problem.',
  },
  clockMs: {
    value: 2000,
    reason:
      'The time of an answer over HTTP is told in whole seconds; what is beyond shows in every slot and every plot.',
    past: 'The clock is named as wrong.',
  },
  certificateDays: {
    value: 14,
    reason: 'Two weeks are time to have another one made on a working day.',
    past: 'A certificate that ends sooner is warned of.',
  },
} as const satisfies Record<string, Limit>;
