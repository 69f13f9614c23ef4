import { BlockQueue } from '../../../collector/ingest/block-queue.ts';
import { newCounters } from '../../../collector/ingest/counters.ts';
import { dayRanges } from '../../../collector/ingest/day-ranges.ts';
import type { AgentProgress, BootProgress } from '../../../collector/ingest/progress.ts';
import type { ResultBlock } from '../../../collector/store/result-block.ts';
import type { Clock } from '../../../probes/probe.ts';
import { encodeBatch } from '../../../protocol/batch-codec.ts';
import { viewBatch } from '../../../protocol/batch-view.ts';
import { REAL_CLOCK } from '../../support/link-server.ts';
import { LocalMembers } from '../../support/local-members.ts';
import { labelsOf, recordOf } from '../../support/records.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

export const NOON = Date.UTC(2026, 10, 21, 12);
export const DAY_MS = 86_400_000;

export interface Attempt {
  readonly block: ResultBlock;
  readonly attempt: number | undefined;
  readonly shard: number | undefined;
}

/** A queue over a store that says yes, unless `insert` says otherwise. */
export function queueOver(
  insert: (block: ResultBlock) => Promise<void> = async () => undefined,
  options: {
    readonly shards?: number;
    readonly clock?: Clock;
    readonly life?: () => Promise<string>;
    readonly random?: () => number;
  } = {},
) {
  const counters = newCounters();
  const membership = new LocalMembers().join('c1');
  const attempts: Attempt[] = [];
  /** In the order of commits: how far each boot has come. */
  const commits: Record<string, number>[] = [];
  let fenced = 0;
  const queue = new BlockQueue({
    store: {
      shards: options.shards ?? 1,
      life: options.life ?? (() => Promise.resolve('one')),
      insertResults: (block, { attempt, shard } = {}) => {
        attempts.push({ block, attempt, shard });
        return insert(block);
      },
    },
    membership,
    clock: options.clock ?? REAL_CLOCK,
    log: SILENT_LOG,
    counters,
    random: options.random ?? (() => 0),
    onCommitted: (ends) =>
      commits.push(Object.fromEntries([...ends].map(([{ agent, boot }, seq]) => [`${agent}/${boot}`, seq]))),
    onFenced: () => {
      fenced += 1;
    },
  });
  return { queue, counters, attempts, commits, membership, fenced: () => fenced };
}

export function agentOf(agent: string): AgentProgress & { readonly boot: BootProgress; seq: number } {
  const boot: BootProgress = { agent, boot: 'boot-1', committed: 0, accepted: 0 };
  return { agent, boots: new Map([['boot-1', boot]]), tail: undefined, boot, seq: 0 };
}

/** Gives the queue the next results of an agent, one for each slot. */
export function push(
  queue: BlockQueue,
  owner: ReturnType<typeof agentOf>,
  slotsMs: readonly number[],
): number {
  const records = slotsMs.map((scheduledMs, index) => recordOf(owner.seq + 1 + index, { scheduledMs }));
  owner.seq += slotsMs.length;
  const view = viewBatch(encodeBatch({ boot: 'boot-1', records }));
  const batch = { owner, boot: owner.boot, labels: labelsOf('eu-west'), view };
  return queue.append(batch, dayRanges(view, 0, 0, Number.MAX_SAFE_INTEGER));
}

export const rowsOf = (attempts: readonly Attempt[]) => attempts.map(({ block }) => block.rowCount);
