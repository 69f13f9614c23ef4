/** A block that is being gathered: rows of one UTC day, and how far each boot has come once it is committed. */

import type { BatchView } from '../../protocol/batch-view.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import { type ResultBlock, ResultBlockBuilder } from '../store/result-block.ts';
import type { DayRange } from './day-ranges.ts';
import { INGEST_LIMITS } from './limits.ts';
import type { AgentProgress, BootProgress } from './progress.ts';

/** Results as one frame brought them. */
export interface Batch {
  readonly owner: AgentProgress;
  readonly boot: BootProgress;
  readonly labels: AgentLabels;
  readonly view: BatchView;
}

export class OpenBlock {
  /** Days since 1970. */
  readonly day: number;
  /** Place in the order of commits. */
  readonly number: number;
  /** Monotonic milliseconds of its first row. */
  readonly openedMs: number;
  /** Highest seq of each boot that is settled with this block. */
  readonly ends = new Map<BootProgress, number>();
  rows = 0;
  /** What it takes in memory. */
  bytes = 0;
  /** Resolves when nothing of it is under way any more: it is committed, or thrown away. */
  readonly done: Promise<void>;
  #builder: ResultBlockBuilder | undefined;
  readonly #resolve: () => void;
  #state: 'open' | 'full' | 'sealed' | 'done' = 'open';

  constructor(incarnation: string, number: number, day: number, openedMs: number) {
    this.day = day;
    this.number = number;
    this.openedMs = openedMs;
    this.#builder = new ResultBlockBuilder(incarnation, number);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolve = resolve;
  }

  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** It is time to insert it, whatever its age. */
  get isFull(): boolean {
    return this.#state === 'full';
  }

  /** Whether rows of a day may join. */
  takes(day: number, rows: number): boolean {
    if (this.#state !== 'open' || this.day !== day) return false;
    if (this.rows + rows <= INGEST_LIMITS.blockRows.value) return true;
    this.#state = 'full';
    return false;
  }

  append({ owner, boot, labels, view }: Batch, { from, to }: DayRange): void {
    const builder = this.#builder;
    if (!builder) throw new Error('the block is sealed');
    builder.append({ agent: owner.agent, labels }, view, from, to);
    this.ends.set(boot, view.firstSeq + to - 1);
    this.rows = builder.rowCount;
    this.bytes = builder.bytes;
    if (this.rows >= INGEST_LIMITS.blockRows.value || this.bytes >= INGEST_LIMITS.blockBytes.value)
      this.#state = 'full';
  }

  /** Takes nothing further: gives the block that is to be inserted. To be called once. */
  seal(): ResultBlock {
    const builder = this.#builder;
    if (!builder) throw new Error('the block is sealed already');
    this.#state = 'sealed';
    // What it holds is in the block now.
    this.#builder = undefined;
    return builder.build();
  }

  finish(): void {
    this.#state = 'done';
    this.#builder = undefined;
    this.#resolve();
  }
}
