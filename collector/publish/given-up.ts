/**
 * Rows for watchers that were not there, or did not report: the collector writes them, as an author of its own, so that it
 * never speaks for an agent. Those of a moment are one block, and each is committed once: the same block is inserted again
 * under its token for as long as the server lives, and afterwards only when it is not there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { MissedReason } from '../../probes/outcome.ts';
import type { AgentLabels } from '../../protocol/identity.ts';
import type { ResultRecord } from '../../protocol/record.ts';
import { type ResultBlock, type ResultRow, resultBlock } from '../store/result-block.ts';
import { shardOf } from '../store/shard-of.ts';
import type { Store } from '../store/store.ts';
import { PUBLICATION_LIMITS } from './limits.ts';

/** A watcher that will not report. */
export interface GivenUp {
  /** Of the run that published. */
  readonly run: string;
  readonly probe: string;
  readonly type: string;
  readonly target: string;
  readonly region: string;
  /** Who was asked; absent when nobody was there to be asked. */
  readonly watcher?: { readonly id: string; readonly labels: AgentLabels };
  readonly reason: MissedReason;
  /** When it was asked, Unix milliseconds. */
  readonly askedMs: number;
}

export interface GivenUpOptions {
  readonly store: Pick<Store, 'insertResults' | 'life' | 'query' | 'shards'>;
  /** Of the collector: `collector:NAME` is the author. */
  readonly name: string;
  /** Names this run of the collector, as `boot` and as whose blocks these are. */
  readonly run: string;
  readonly log: Logger;
  /** Delay before the second attempt; doubles. */
  readonly retryMs?: number;
  /** In place of the limit. */
  readonly gatherMs?: number;
}

const RETRY_MS = 100;
const RETRY_MAX_MS = 15_000;

/** The first of them, in a line of the log. */
const RUNS_LOGGED = 16;

export class GivenUpRows {
  readonly #options: GivenUpOptions;
  readonly #author: string;
  readonly #writing = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #gathered: GivenUp[] = [];
  /** Given up since the last block, and more than it takes. */
  #over = 0;
  #timer: NodeJS.Timeout | undefined;
  #seq = 0;
  #block = 0;
  /** Rows that could not be brought to the store. */
  lost = 0;

  constructor(options: GivenUpOptions) {
    this.#options = options;
    this.#author = `collector:${options.name}`;
  }

  /** Takes rows, and brings them to the store by and by; those that come after `close` are lost. */
  add(rows: readonly GivenUp[]): void {
    if (this.#closing.signal.aborted) {
      this.#give(rows, undefined);
      return;
    }
    const taken = rows.slice(0, PUBLICATION_LIMITS.rowsPerBlock.value - this.#gathered.length);
    this.#gathered.push(...taken);
    this.#over += rows.length - taken.length;
    this.lost += rows.length - taken.length;
    const { gatherMs = PUBLICATION_LIMITS.gatherMs.value } = this.#options;
    this.#timer ??= setTimeout(() => this.#flush(), gatherMs);
  }

  /** Settles when every row is written or given up; a store that is down is not waited for. */
  async close(): Promise<void> {
    this.#flush();
    this.#closing.abort();
    await Promise.all(this.#writing);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [rows, over] = [this.#gathered, this.#over];
    this.#gathered = [];
    this.#over = 0;
    if (over > 0)
      this.#options.log.warn({ rows: over }, 'more watchers were given up than are written at once');
    if (rows.length === 0) return;
    if (this.#writing.size >= PUBLICATION_LIMITS.unwrittenBlocks.value) {
      this.#give(rows, undefined);
      return;
    }
    const work = this.#write(rows.map((row) => this.#rowOf(row)))
      .catch((error: unknown) => this.#give(rows, error))
      .finally(() => this.#writing.delete(work));
    this.#writing.add(work);
  }

  #give(rows: readonly GivenUp[], error: unknown): void {
    if (rows.length === 0) return;
    this.lost += rows.length;
    this.#options.log.warn(
      { err: error, rows: rows.length, runs: [...new Set(rows.map(({ run }) => run))].slice(0, RUNS_LOGGED) },
      'watchers that were given up could not be written to the store',
    );
  }

  async #write(rows: readonly ResultRow[]): Promise<void> {
    const { store, retryMs = RETRY_MS } = this.#options;
    const shard = shardOf(this.#author, store.shards);
    let life: string | undefined;
    let block: ResultBlock | undefined;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const now = await store.life(shard);
        // What was tried before the server died may be there; its token means nothing any more.
        if (block && now !== life && (await this.#isThere(rows, shard))) break;
        if (!block || now !== life) block = this.#blockOf(rows);
        life = now;
        await store.insertResults(block, { shard, attempt });
        break;
      } catch (error) {
        if (attempt >= PUBLICATION_LIMITS.writeTries.value || this.#closing.signal.aborted) throw error;
        const waitMs = Math.min(retryMs * 2 ** (attempt - 1), RETRY_MAX_MS);
        await sleep(waitMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  #blockOf(rows: readonly ResultRow[]): ResultBlock {
    this.#block += 1;
    return resultBlock(this.#options.run, rows, this.#block);
  }

  async #isThere(rows: readonly ResultRow[], shard: number): Promise<boolean> {
    const [found] = await this.#options.store.query<{ rows: number }>(
      'SELECT count() AS rows FROM results WHERE agent = {agent:String} AND boot = {boot:String} AND seq = {seq:UInt64}',
      { agent: this.#author, boot: this.#options.run, seq: rows[0]?.record.seq ?? 0 },
      { shard },
    );
    return (found?.rows ?? 0) > 0;
  }

  #rowOf(given: GivenUp): ResultRow {
    const { run, probe, type, target, region, watcher, reason, askedMs } = given;
    this.#seq += 1;
    const record: ResultRecord = {
      ...{
        seq: this.#seq,
        probe,
        type,
        target,
        scheduledMs: Math.round(askedMs),
        latenessMs: 0,
        durationMs: 0,
      },
      ...{ trigger: 'publish', requestId: run, outcome: 'missed', missedReason: reason, metrics: {} },
      attributes: { publish_run: run, ...(watcher && { watcher: watcher.id }) },
      state: { eventLoopDelayMs: 0, cpuRatio: 0, rssBytes: 0, clockOffsetMs: 0, disturbed: false },
    };
    const labels = watcher?.labels ?? { ...NOWHERE, region };
    return { agent: this.#author, labels, boot: this.#options.run, record };
  }
}

const NOWHERE: AgentLabels = {
  ...{ region: '', country: '', city: '', lat: 0, lon: 0, asn: 0, isp: '', provider: '' },
  ...{ network: 'datacenter', tags: [] },
};
