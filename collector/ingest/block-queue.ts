/**
 * Rows on their way into the store. They are gathered for a moment in blocks, and inserted block by block in the order of
 * the blocks, one at a time; one that fails is tried again under its name until it is committed.
 *
 * The rows of one agent go into blocks in the order in which they came, so the highest number that the store has of a boot
 * says that it has all before it. Rows of other agents may join an earlier block of their day, as long as it is open.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { Membership } from '../members/membership.ts';
import { shardOf } from '../store/shard-of.ts';
import type { Store } from '../store/store.ts';
import { BlockLane } from './block-lane.ts';
import type { IngestCounters } from './counters.ts';
import type { DayRange } from './day-ranges.ts';
import { INGEST_LIMITS } from './limits.ts';
import { type Batch, OpenBlock } from './open-block.ts';
import type { BootProgress } from './progress.ts';

export interface BlockQueueOptions {
  readonly store: Pick<Store, 'insertResults' | 'life' | 'shards'>;
  readonly membership: Pick<Membership, 'incarnation' | 'storeOffsetMs' | 'settled'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counters: IngestCounters;
  /** Uniform in [0, 1). */
  random(): number;
  /** Everything of these boots up to these seqs is committed. */
  onCommitted(ends: ReadonlyMap<BootProgress, number>): void;
  /** The store takes nothing of this incarnation any more. The queue is empty when this is called. */
  onFenced(): void;
}

export class BlockQueue {
  readonly #options: BlockQueueOptions;
  readonly #lanes: readonly BlockLane[];
  #incarnation: string;
  #nextNumber = 1;

  constructor(options: BlockQueueOptions) {
    this.#options = options;
    this.#incarnation = options.membership.incarnation;
    this.#lanes = Array.from({ length: options.store.shards }, (_, shard) => {
      return new BlockLane({
        ...options,
        shard,
        onCommitted: (block) => this.#committed(block),
        onFenced: () => this.#fenced(),
      });
    });
  }

  /** Rows received and not committed. */
  get rows(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.rows, 0);
  }

  /** What the blocks take in memory. */
  get bytes(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.bytes, 0);
  }

  get blocks(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.length, 0);
  }

  /** Age of the oldest row that is not committed, milliseconds. */
  get oldestMs(): number {
    const opened = this.#lanes.flatMap((lane) => lane.first?.openedMs ?? []);
    return opened.length === 0 ? 0 : this.#options.clock.monotonicMs() - Math.min(...opened);
  }

  /**
   * Takes rows of a batch into blocks, in their order. Gives how many of the ranges were taken: fewer than all when they would
   * need too many blocks.
   */
  append(batch: Batch, ranges: readonly DayRange[]): number {
    const { owner } = batch;
    const lane = this.#lanes[shardOf(owner.agent, this.#lanes.length)] as BlockLane;
    for (const [index, range] of ranges.entries()) {
      const tail = owner.tail?.isDone ? undefined : owner.tail;
      const block = lane.find(range, tail) ?? this.#open(lane, range.day);
      if (!block) return index;
      lane.append(block, batch, range);
      owner.tail = block;
    }
    return ranges.length;
  }

  /** Resolves when nothing is left; never when the queue was closed before. */
  async empty(): Promise<void> {
    while (this.blocks > 0) await Promise.all(this.#lanes.map((lane) => lane.first?.done));
  }

  /** As when the store has refused a block: this incarnation was fenced. */
  disown(): void {
    this.#fenced();
  }

  /** Goes on after `onFenced`, under the name of the new incarnation. */
  begin(incarnation: string): void {
    this.#incarnation = incarnation;
    this.#nextNumber = 1;
  }

  /** Inserts all that is left, for as long as `timeoutMs`; then gives up. True when everything is committed. */
  async close(timeoutMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    for (const lane of this.#lanes) lane.hurry();
    await Promise.race([this.empty(), late]);
    clearTimeout(timer);
    for (const lane of this.#lanes) lane.stop();
    return this.blocks === 0;
  }

  #open(lane: BlockLane, day: number): OpenBlock | undefined {
    if (this.blocks >= INGEST_LIMITS.openBlocks.value) return undefined;
    const block = new OpenBlock(this.#incarnation, this.#nextNumber, day, this.#options.clock.monotonicMs());
    this.#nextNumber += 1;
    lane.push(block);
    return block;
  }

  #committed(block: OpenBlock): void {
    const open = this.#lanes.flatMap((lane) => lane.first?.number ?? []);
    this.#options.membership.settled(Math.min(this.#nextNumber, ...open) - 1);
    this.#options.onCommitted(block.ends);
  }

  #fenced(): void {
    this.#options.counters.fenced += 1;
    this.#options.counters.resultsDisowned += this.rows;
    for (const lane of this.#lanes) lane.drop();
    this.#options.onFenced();
  }
}
