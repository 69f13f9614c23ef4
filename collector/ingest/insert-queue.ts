/**
 * Rows on their way into the store: gathered for a moment, inserted block by block, one block at a time. A block that fails
 * is tried again as it is, under its token, until it is committed: what was acknowledged is in the store, once.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../../probes/probe.ts';
import type { ResultBlock } from '../store/result-block.ts';
import type { IngestCounters } from './counters.ts';
import type { Journal } from './journal.ts';
import { INGEST_LIMITS } from './limits.ts';

export interface InsertQueueOptions {
  insert(block: ResultBlock): Promise<void>;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counters: IngestCounters;
  /** Uniform in [0, 1). */
  random(): number;
  /** Called when the number of waiting bytes has gone down. */
  onRoom?(): void;
}

interface Entry {
  readonly body: Buffer;
  readonly rows: number;
  readonly atMs: number;
  readonly onCommitted: () => void;
}

export class InsertQueue {
  readonly #options: InsertQueueOptions;
  #waiting: Entry[] = [];
  /** Entries of the block that is being inserted. */
  #inserting: readonly Entry[] = [];
  #rows = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  readonly #stop = new AbortController();

  constructor(options: InsertQueueOptions) {
    this.#options = options;
  }

  /** Rows received and not committed. */
  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Age of the oldest row that is not committed, milliseconds. */
  get oldestMs(): number {
    const oldest = this.#inserting[0] ?? this.#waiting[0];
    return oldest ? this.#options.clock.monotonicMs() - oldest.atMs : 0;
  }

  /** Lines of `results`, each ended by a newline. `onCommitted` is called once they are in the store. */
  append(lines: readonly string[], onCommitted: () => void): void {
    const body = Buffer.from(lines.join(''));
    this.#waiting.push({ body, rows: lines.length, atMs: this.#options.clock.monotonicMs(), onCommitted });
    this.#rows += lines.length;
    this.#bytes += body.length;
    this.#schedule();
  }

  /** Inserts what an earlier collector left behind. */
  async recover(): Promise<void> {
    const { journal, insert, log } = this.#options;
    const block = await journal.read();
    if (block) {
      log.info(
        { rows: block.rowCount },
        'a block was being inserted when the collector ended: inserting it again',
      );
      await insert(block);
    }
    await journal.clear();
  }

  /** Inserts all that is left, for as long as `timeoutMs`; then gives up. True when everything is committed. */
  async close(timeoutMs: number): Promise<boolean> {
    const deadline = setTimeout(() => this.#stop.abort(), timeoutMs);
    clearTimeout(this.#timer);
    const stopped = new Promise<void>((resolve) => {
      this.#stop.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    while (this.#rows > 0 && !this.#stop.signal.aborted)
      await Promise.race([this.#running ?? this.#run(), stopped]);
    this.#stop.abort();
    clearTimeout(deadline);
    return this.#rows === 0;
  }

  #schedule(): void {
    if (this.#running || this.#stop.signal.aborted) return;
    const [oldest] = this.#waiting;
    if (!oldest) return;
    const full = this.#rows >= INGEST_LIMITS.blockRows.value || this.#bytes >= INGEST_LIMITS.blockBytes.value;
    const age = this.#options.clock.monotonicMs() - oldest.atMs;
    if (full || age >= INGEST_LIMITS.flushMs.value) void this.#run();
    else this.#timer ??= setTimeout(() => this.#run(), INGEST_LIMITS.flushMs.value - age);
  }

  #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#insertNext().finally(() => {
      this.#running = undefined;
      this.#schedule();
    });
    return this.#running;
  }

  async #insertNext(): Promise<void> {
    this.#inserting = this.#take();
    if (this.#inserting.length === 0) return;
    const block: ResultBlock = {
      token: randomUUID(),
      rowCount: this.#inserting.reduce((sum, entry) => sum + entry.rows, 0),
      body: Buffer.concat(this.#inserting.map((entry) => entry.body)),
    };
    if (!(await this.#insertUntilDone(block))) return;
    const { counters } = this.#options;
    counters.blocksInserted += 1;
    counters.resultsStored += block.rowCount;
    const committed = this.#inserting;
    this.#inserting = [];
    this.#rows -= block.rowCount;
    this.#bytes -= block.body.length;
    for (const entry of committed) entry.onCommitted();
    this.#options.onRoom?.();
  }

  #take(): readonly Entry[] {
    let rows = 0;
    let bytes = 0;
    let count = 0;
    for (const entry of this.#waiting) {
      const over =
        rows + entry.rows > INGEST_LIMITS.blockRows.value ||
        bytes + entry.body.length > INGEST_LIMITS.blockBytes.value;
      if (count > 0 && over) break;
      rows += entry.rows;
      bytes += entry.body.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** False when the queue was closed before the block was committed. */
  async #insertUntilDone(block: ResultBlock): Promise<boolean> {
    const { journal, insert, clock, counters, log } = this.#options;
    let journalled = false;
    for (let failures = 0; ; failures += 1) {
      const startedMs = clock.monotonicMs();
      try {
        if (!journalled) await journal.write(block);
        journalled = true;
        await insert(block);
        await journal.clear();
        counters.insertMsTotal += clock.monotonicMs() - startedMs;
        return true;
      } catch (error) {
        counters.insertFailures += 1;
        log.warn(
          { err: error, rows: block.rowCount, failures: failures + 1 },
          'an insert failed; it is tried again',
        );
      }
      await this.#pause(failures);
      if (this.#stop.signal.aborted) return false;
    }
  }

  /** Full jitter: anything up to the bound, which doubles. */
  #pause(failures: number): Promise<void> {
    const { retryMinMs, retryMaxMs } = INGEST_LIMITS;
    const boundMs = Math.min(retryMaxMs.value, retryMinMs.value * 2 ** Math.min(failures, 10));
    return new Promise((resolve) => {
      const { signal } = this.#stop;
      const timer = setTimeout(resolve, signal.aborted ? 0 : this.#options.random() * boundMs);
      const stop = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}
