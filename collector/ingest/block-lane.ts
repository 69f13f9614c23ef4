/** The blocks of one shard: first in, first committed, one at a time. */
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { Membership } from '../members/membership.ts';
import { StoreError } from '../store/errors.ts';
import type { ResultBlock } from '../store/result-block.ts';
import type { Store } from '../store/store.ts';
import type { IngestCounters } from './counters.ts';
import type { DayRange } from './day-ranges.ts';
import { INGEST_LIMITS } from './limits.ts';
import type { Batch, OpenBlock } from './open-block.ts';

export interface BlockLaneOptions {
  readonly shard: number;
  readonly store: Pick<Store, 'insertResults' | 'life'>;
  readonly membership: Pick<Membership, 'storeOffsetMs'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counters: IngestCounters;
  /** Uniform in [0, 1). */
  random(): number;
  onCommitted(block: OpenBlock): void;
  /** The store takes nothing of this incarnation any more, or it cannot be known what it has taken. */
  onFenced(): void;
}

export class BlockLane {
  readonly #options: BlockLaneOptions;
  #blocks: OpenBlock[] = [];
  #rows = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires, by the clock. */
  #dueMs = 0;
  #inserting = false;
  /** Of the server, as of some time before the first insert. */
  #life: string | undefined;
  /** How long the last insert that succeeded took. */
  #lastInsertMs = 0;
  #hurried = false;
  readonly #stop = new AbortController();

  constructor(options: BlockLaneOptions) {
    this.#options = options;
    // The first block need not wait for it; a store that does not answer now is asked again then.
    options.store.life(options.shard).then(
      (life) => {
        this.#life ??= life;
      },
      () => undefined,
    );
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#blocks.length;
  }

  /** The next to be committed, or the one that is being inserted. */
  get first(): OpenBlock | undefined {
    return this.#blocks[0];
  }

  /** The earliest block that takes rows of a day, none before `tail`: the last that holds rows of the same agent. */
  find({ day, from, to }: DayRange, tail: OpenBlock | undefined): OpenBlock | undefined {
    return this.#blocks.find((block) => block.number >= (tail?.number ?? 0) && block.takes(day, to - from));
  }

  push(block: OpenBlock): void {
    this.#blocks.push(block);
  }

  append(block: OpenBlock, batch: Batch, range: DayRange): void {
    const before = block.bytes;
    block.append(batch, range);
    this.#bytes += block.bytes - before;
    this.#rows += range.to - range.from;
    this.#schedule();
  }

  /** From now on nothing waits for others to join it. */
  hurry(): void {
    this.#hurried = true;
    this.#schedule();
  }

  /** Inserts nothing further; an attempt under way is not waited for. */
  stop(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  /** Throws everything away. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const block of this.#blocks) block.finish();
    this.#blocks = [];
    this.#rows = 0;
    this.#bytes = 0;
  }

  #schedule(): void {
    const block = this.first;
    if (!block || this.#inserting || this.#stop.signal.aborted) return;
    const nowMs = this.#options.clock.monotonicMs();
    const dueMs = block.openedMs + this.#waitMs(block);
    if (this.#hurried || block.isFull || dueMs <= nowMs) void this.#insert(block);
    else if (!this.#timer || dueMs < this.#dueMs) {
      clearTimeout(this.#timer);
      this.#dueMs = dueMs;
      this.#timer = setTimeout(() => this.#insert(block), dueMs - nowMs);
    }
  }

  /** How old a block is when it is inserted. */
  #waitMs(block: OpenBlock): number {
    const { flushMs, flushMaxMs, insertRatio, eagerRows } = INGEST_LIMITS;
    if (block.rows >= eagerRows.value) return flushMs.value;
    return Math.min(flushMaxMs.value, Math.max(flushMs.value, this.#lastInsertMs / insertRatio.value));
  }

  async #insert(block: OpenBlock): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#inserting = true;
    const end = await this.#untilCommitted(block);
    this.#inserting = false;
    // Another lane may have found out meanwhile that this collector is fenced: then the block is dropped already.
    if (end === 'fenced' && !block.isDone) this.#options.onFenced();
    else if (end === 'committed' && !block.isDone) this.#finish(block);
    this.#schedule();
  }

  #finish(block: OpenBlock): void {
    const { counters, onCommitted } = this.#options;
    this.#blocks.shift();
    this.#rows -= block.rows;
    this.#bytes -= block.bytes;
    counters.blocksInserted += 1;
    counters.resultsStored += block.rows;
    block.finish();
    onCommitted(block);
  }

  async #untilCommitted(block: OpenBlock): Promise<'committed' | 'fenced' | 'stopped'> {
    const { counters, log } = this.#options;
    const built = block.seal();
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (attempt > 1 && (await this.#storeDied())) return 'fenced';
        await this.#attempt(built, attempt);
        // Dropped as known, of a life in which it was never finished: that would look the same.
        if (attempt > 1 && (await this.#storeDied())) return 'fenced';
        return 'committed';
      } catch (error) {
        if (error instanceof StoreError && error.code === 'fenced') return 'fenced';
        counters.insertFailures += 1;
        log.warn(
          { err: error, rows: built.rowCount, block: built.number, attempt },
          'an insert failed; it is tried again',
        );
      }
      await this.#pause(attempt);
      if (this.#stop.signal.aborted || block.isDone) return 'stopped';
    }
  }

  async #attempt(built: ResultBlock, attempt: number): Promise<void> {
    const { store, membership, shard, clock, counters } = this.#options;
    this.#life ??= await store.life(shard);
    const startedMs = clock.monotonicMs();
    const ingestedMs = clock.wallMs() + membership.storeOffsetMs;
    await store.insertResults(built, { ingestedMs, attempt, shard });
    this.#lastInsertMs = clock.monotonicMs() - startedMs;
    counters.insertMsTotal += this.#lastInsertMs;
  }

  /** Whether the server died since the first insert: what it remembers of one that failed is not to be relied on then. */
  async #storeDied(): Promise<boolean> {
    const { store, shard, log } = this.#options;
    const life = await store.life(shard);
    const died = this.#life !== undefined && this.#life !== life;
    this.#life = life;
    if (died)
      log.warn({ shard }, 'the store died in the middle of an insert: what it has of it is looked up');
    return died;
  }

  /** Full jitter: anything up to the bound, which doubles. */
  #pause(failures: number): Promise<void> {
    const { retryMinMs, retryMaxMs } = INGEST_LIMITS;
    const boundMs = Math.min(retryMaxMs.value, retryMinMs.value * 2 ** Math.min(failures - 1, 10));
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', settle);
        resolve();
      };
      const timer = setTimeout(settle, signal.aborted ? 0 : this.#options.random() * boundMs);
      signal.addEventListener('abort', settle, { once: true });
    });
  }
}
