/**
 * Takes a run of a collector out of the store for good: whether it is dead or only looks so, from then on it writes no
 * result, and its numbers are final. Safe at any time, by several at once, and when it was cut off in the middle before.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';
import type { MembersCounters } from './counters.ts';
import { MembersError } from './errors.ts';
import { MEMBER_LIMITS } from './limits.ts';
import type { MemberRow, Roll } from './roll.ts';

type TakeOutStore = Pick<
  Store,
  'engine' | 'shards' | 'fence' | 'lastBlock' | 'repairBlock' | 'runningInserts' | 'killInserts'
>;

export interface TakeOutOptions {
  readonly store: TakeOutStore;
  readonly roll: Pick<Roll, 'end'>;
  readonly log: Logger;
  readonly counters: MembersCounters;
  readonly limits?: { readonly killAfterMs: number; readonly idleMs: number };
}

/** No block of a run of a collector is above this. */
const ALL_BLOCKS = 1;
const POLL_MS = 50;

const DEFAULT_LIMITS = {
  killAfterMs: MEMBER_LIMITS.killAfterMs.value,
  idleMs: MEMBER_LIMITS.idleMs.value,
};

/** Rejects with a `StoreError`, or with `MembersError('busy')` when an insert of it does not end; then it is to be called again. */
export async function takeOut(options: TakeOutOptions, member: MemberRow): Promise<void> {
  const { store, roll, log, counters } = options;
  const { incarnation } = member;
  const shards = Array.from({ length: store.shards }, (_, shard) => shard);
  // The embedded engine has one process: who could still write is this one.
  if (store.engine === 'server') {
    await Promise.all(shards.map((shard) => store.fence(incarnation, ALL_BLOCKS, shard)));
    await untilIdle(options, incarnation);
  }
  const repaired = await Promise.all(shards.map((shard) => repair(options, member, shard)));
  await roll.end(member);
  counters.takenOut += 1;
  log.info(
    { collector: member.name, incarnation, blocks: repaired.filter((block) => block !== undefined) },
    'a collector that has gone was taken out: what it left in the middle is brought to its end',
  );
}

/** Inserts that began before the fence, and passed it, are over when this settles. */
async function untilIdle(options: TakeOutOptions, incarnation: string): Promise<void> {
  const { store, counters, log, limits = DEFAULT_LIMITS } = options;
  const startedMs = performance.now();
  for (let killed = false; ; ) {
    const running = await store.runningInserts(incarnation);
    if (running === 0) return;
    const waitedMs = performance.now() - startedMs;
    if (waitedMs > limits.idleMs)
      throw new MembersError('busy', `an insert of ${incarnation} does not end, and cannot be killed`);
    if (!killed && waitedMs > limits.killAfterMs) {
      killed = true;
      counters.insertsKilled += running;
      log.warn({ incarnation, running }, 'inserts of a collector that was taken out are killed');
      await store.killInserts(incarnation);
    }
    await sleep(POLL_MS);
  }
}

/** Gives the block that was repaired; undefined when there was none to be. */
async function repair(
  { store, counters }: TakeOutOptions,
  member: MemberRow,
  shard: number,
): Promise<number | undefined> {
  const sinceMs = member.settledMs - MEMBER_LIMITS.settledSlackMs.value;
  const block = await store.lastBlock(member.incarnation, sinceMs, shard);
  if (block === undefined || block <= member.settledBlock) return undefined;
  await store.repairBlock(member.incarnation, block, shard);
  counters.repaired += 1;
  return block;
}
