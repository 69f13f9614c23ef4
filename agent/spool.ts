/**
 * Results on disk until the collector has them. A commit every few dozen milliseconds stores all results since the last one,
 * their seqs, which slots they end, and what was dropped: after kill -9 either all of it is there, or none, and then the
 * slots are missed. Nothing here waits: SQLite runs in the process, and asks the disk to sync in `maintain` only.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../probes/probe.ts';
import type { Schedule, SpoolHealth } from '../protocol/frame.ts';
import type { RecordBatch } from '../protocol/record.ts';
import type { Draft } from './draft.ts';
import { Dropped, type DroppedState } from './dropped.ts';
import { Eviction, evictionGoal } from './eviction.ts';
import type { Range } from './interval-set.ts';
import { IntervalSet } from './interval-set.ts';
import { AGENT_LIMITS } from './limits.ts';
import type { ResultSource } from './result-source.ts';
import type { Ends } from './slot-book.ts';
import { readContent } from './spool-content.ts';
import { explain, isDiskFull, openSpoolFile, writeTrouble } from './spool-file.ts';
import type { SpoolRows, Weight } from './spool-rows.ts';
import { rowBytes, spoolRows } from './spool-rows.ts';
import type { Cancel, Timers } from './time.ts';

export interface SpoolOptions {
  readonly dataDir: string;
  /** Names this process: seqs begin at 1 with it. */
  readonly boot: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly bytesMax?: number;
  readonly ageMaxMs?: number;
  /** Pages of 4 KiB that the file may have: what a full disk would allow it. No limit when absent. */
  readonly pagesMax?: number;
  /** A commit stored results: there is something to send. */
  onCommitted?(): void;
  /** Something to tell people; the spool goes on. */
  onTrouble?(message: string, error?: unknown): void;
}

export class Spool implements ResultSource {
  readonly boot: string;
  /** When the spool was made, Unix milliseconds of the agent: it knows nothing of slots before. */
  readonly createdMs: number;
  /** The last process started no slot from this instant on, Unix milliseconds; absent when it was killed. */
  readonly stoppedAtMs: number | undefined;
  /** Where a broken spool was put aside on opening. */
  readonly asideFile: string | undefined;
  /** The disk was full already: nothing of this process is stored yet. */
  readonly fullAtStart: boolean;
  readonly #options: SpoolOptions;
  readonly #file: string;
  /** Wall clock minus monotonic clock when it was opened: ages are not touched when somebody sets the clock. */
  readonly #aheadMs: number;
  readonly #database: DatabaseSync;
  readonly #rows: SpoolRows;
  readonly #eviction = new Eviction();
  readonly #bootIds = new Map<string, number>();
  #dropped: Dropped;
  /** Highest seq sent by this process. Of boots of earlier ones that is not known until a session begins. */
  readonly #sent = new Map<string, number>();
  /** What the next commit stores. */
  #buffer: Draft[] = [];
  readonly #settled = new Map<string, IntervalSet>();
  readonly #forgotten = new Set<string>();
  readonly #acked = new Map<string, number>();
  readonly #meta = new Map<string, string>();
  #lastSeq = 0;
  #stored = 0;
  #bytes = 0;
  #cancel: Cancel | undefined;
  #dueMs = 0;
  #failing = false;
  #closed = false;

  /** Opens or makes the spool; throws `SpoolError`. */
  constructor(options: SpoolOptions) {
    this.#options = options;
    this.boot = options.boot;
    this.#file = join(options.dataDir, 'spool.db');
    const nowMs = options.clock.wallMs();
    this.#aheadMs = nowMs - options.clock.monotonicMs();
    const { asideFile, content, database } = openSpoolFile(this.#file, nowMs, (opened) =>
      readContent(spoolRows(opened)),
    );
    this.#database = database;
    this.asideFile = asideFile;
    if (options.pagesMax !== undefined) database.exec(`PRAGMA max_page_count = ${options.pagesMax}`);
    this.#rows = content.rows;
    this.#dropped = content.dropped;
    this.createdMs = content.createdMs ?? Math.floor(nowMs);
    this.stoppedAtMs = content.stoppedAtMs;
    for (const [boot, id] of content.boots) this.#bootIds.set(boot, id);
    ({ count: this.#stored, bytes: this.#bytes } = content.weight);
    this.#meta.set('created_ms', String(this.createdMs)).set('stopped_at_ms', '');
    this.fullAtStart = !this.#begin();
  }

  /** Results not acknowledged yet. */
  get pending(): number {
    return this.#stored + this.#buffer.length;
  }

  /** Results given up since the spool was made, by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return this.#dropped.byReason();
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs() + this.#aheadMs;
  }

  /** The highest seq given out by this process. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** How full it is against its limits, and whether the disk takes what it is given. */
  get fill(): Omit<SpoolHealth, 'inFlight'> {
    const { bytesMax, ageMaxMs } = this.#options;
    const [oldest] = this.#closed || this.#stored === 0 ? [] : this.#rows.oldest(1);
    return {
      bytes: this.#bytes,
      bytesMax: bytesMax ?? AGENT_LIMITS.spoolBytes.value,
      oldestAgeMs: oldest === undefined ? 0 : Math.max(0, this.#nowMs - oldest.storedMs),
      ageMaxMs: ageMaxMs ?? AGENT_LIMITS.spoolAgeMs.value,
      lastSeq: this.#lastSeq,
      refusing: this.#failing,
    };
  }

  /**
   * Boots that results are held of, the oldest first, and those of which the collector may hold results that were dropped
   * here; the last is this one, whether it has any or not.
   */
  boots(): string[] {
    const earlier = [...this.#bootIds.keys(), ...this.#dropped.doubtfulBoots];
    return [...new Set(earlier.filter((boot) => boot !== this.boot)), this.boot];
  }

  /** What earlier processes have settled, by key of the check. */
  loadSettled(): Map<string, IntervalSet> {
    const parsed = this.#rows
      .settled()
      .map(({ key, ranges }) => [key, JSON.parse(ranges) as Range[]] as const);
    return new Map(parsed.map(([key, ranges]) => [key, new IntervalSet(ranges)]));
  }

  loadSchedule(): Schedule | undefined {
    const text = this.#meta.get('schedule') ?? this.#rows.meta('schedule');
    return text === undefined ? undefined : (JSON.parse(text) as Schedule);
  }

  saveSchedule(schedule: Schedule): void {
    this.#meta.set('schedule', JSON.stringify(schedule));
    this.#arm();
  }

  /** Remembers that this process starts no slot from `stoppedAtMs` on. */
  saveStop(stoppedAtMs: number): void {
    this.#meta.set('stopped_at_ms', String(stoppedAtMs));
    this.#arm();
  }

  /** Takes results, which end slots of one check or none. */
  add(drafts: readonly Draft[], ends?: Ends): void {
    for (const draft of drafts) this.#buffer.push(draft);
    if (ends) this.#settled.set(ends.key, ends.settled);
    const max = AGENT_LIMITS.spoolBuffer.value;
    if (this.#buffer.length > max && !this.#failing) this.commit();
    if (this.#buffer.length > max) {
      this.#dropped.count('disk_full', this.#buffer.length - max);
      this.#buffer = this.#buffer.slice(-max);
    }
    this.#arm();
  }

  /** Counts slots that are given up without a result. Call it before `add`, so that one commit holds both. */
  giveUp(reason: string, count: number, ends: Ends): void {
    this.#dropped.count(reason, count);
    this.#settled.set(ends.key, ends.settled);
    this.#arm();
  }

  /** Forgets what was settled of these checks. */
  forget(keys: readonly string[]): void {
    for (const key of keys) {
      this.#settled.delete(key);
      this.#forgotten.add(key);
    }
    this.#arm();
  }

  /** Up to `limit` results of `boot` after `afterSeq` that have consecutive seqs, in order. */
  read(boot: string, afterSeq: number, limit: number): RecordBatch {
    const bootId = this.#bootIds.get(boot);
    const rows = bootId === undefined ? [] : this.#rows.read(bootId, afterSeq, limit);
    const gap = rows.findIndex((row, index) => row.seq !== (rows[0]?.seq ?? 0) + index);
    return {
      boot,
      records: (gap < 0 ? rows : rows.slice(0, gap)).map(({ seq, body }) => ({
        ...(JSON.parse(body) as Draft),
        seq,
      })),
    };
  }

  /** These went out: from now on the collector may hold them. */
  sent(boot: string, seq: number): void {
    this.#sent.set(boot, Math.max(seq, this.#sent.get(boot) ?? 0));
  }

  /** The collector holds every result of `boot` up to `seq`. */
  acked(boot: string, seq: number): void {
    this.#dropped.held(boot, seq);
    this.#acked.set(boot, Math.max(seq, this.#acked.get(boot) ?? 0));
    this.#arm(AGENT_LIMITS.spoolAckMs.value);
  }

  /** A session begins: the collector holds `seq` of `boot`, and everything after it is sent, or sent again. */
  heldAtStart(boot: string, seq: number): void {
    this.acked(boot, seq);
    this.#dropped.settle(boot);
    this.#sent.set(boot, seq);
    // Before anything further is sent: the next process would take what did not arrive for held, once later ones are.
    this.commit();
  }

  /** Gives up one stored result, e.g. because the collector refuses it; false when the disk takes nothing. */
  drop(boot: string, seq: number, reason: string): boolean {
    const bootId = this.#bootIds.get(boot);
    if (bootId === undefined) return true;
    try {
      const { count, bytes } = this.#rows.transaction(() => {
        const weight = this.#rows.remove(bootId, seq, seq);
        this.#rows.addDropped(reason, weight.count);
        return weight;
      });
      this.#stored -= count;
      this.#bytes -= bytes;
      this.#dropped.count(reason, count);
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  /** Stores what is due, now; true when nothing is left in memory. */
  commit(): boolean {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#closed) return this.#buffer.length === 0;
    const dropped = this.#dropped.takeChanged();
    const drafts = this.#buffer;
    try {
      this.#written(this.#rows.transaction(() => this.#write(drafts, dropped)));
    } catch (error) {
      if (dropped) this.#dropped.putBack();
      this.#failed(error);
      return false;
    }
    this.#lastSeq += drafts.length;
    this.#buffer = [];
    for (const due of [this.#settled, this.#forgotten, this.#acked, this.#meta]) due.clear();
    if (this.#failing) this.#options.onTrouble?.('The spool can be written again.');
    this.#failing = false;
    this.#evict();
    if (drafts.length > 0) this.#options.onCommitted?.();
    return true;
  }

  /** Drops what is too old, and moves the log into the file: when `quiet`, or when it has grown too long. */
  maintain(quiet: boolean): void {
    if (!this.commit()) return;
    const walBytes = statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (walBytes < AGENT_LIMITS[quiet ? 'quietWalBytes' : 'walBytes'].value) return;
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Stores what is due and closes the file. */
  close(): void {
    if (this.#closed) return;
    this.commit();
    this.#cancel?.();
    this.#closed = true;
    this.#database.close();
  }

  /** Stores that this boot begins. False on a full disk: commits try again. Throws `SpoolError` when they would in vain. */
  #begin(): boolean {
    try {
      this.#written(this.#rows.transaction(() => this.#write([], undefined)));
      this.#meta.clear();
      return true;
    } catch (error) {
      if (!isDiskFull(error)) {
        this.#database.close();
        throw explain(error, this.#file);
      }
      this.#failing = true;
      this.#arm();
      return false;
    }
  }

  /** What one commit changes; returns by how much the stored results grow. */
  #write(drafts: readonly Draft[], dropped: DroppedState | undefined) {
    const rows = this.#rows;
    let count = drafts.length;
    let bytes = 0;
    // First what makes room.
    for (const [boot, seq] of this.#acked) {
      const bootId = this.#bootIds.get(boot);
      if (bootId === undefined) continue;
      const gone = rows.remove(bootId, 0, seq);
      count -= gone.count;
      bytes -= gone.bytes;
    }
    const bootId = this.#bootIds.get(this.boot) ?? rows.beginBoot(this.boot, this.#bootIds);
    const nowMs = this.#nowMs;
    for (const [index, draft] of drafts.entries()) {
      const body = JSON.stringify(draft);
      rows.insert(bootId, this.#lastSeq + 1 + index, nowMs, body);
      bytes += rowBytes(body);
    }
    for (const key of this.#forgotten) rows.unsettle(key);
    for (const [key, settled] of this.#settled) rows.settle(key, JSON.stringify(settled.ranges()));
    if (dropped) rows.setDropped(dropped);
    for (const [key, value] of this.#meta) rows.setMeta(key, value);
    return { bootId, count, bytes };
  }

  #written({ bootId, bytes, count }: Weight & { readonly bootId: number }): void {
    this.#bootIds.set(this.boot, bootId);
    this.#stored += count;
    this.#bytes += bytes;
  }

  /** Drops the oldest results beyond the limits of size and age. */
  #evict(): void {
    const bytesMax = this.#options.bytesMax ?? AGENT_LIMITS.spoolBytes.value;
    const oldestMs = this.#nowMs - (this.#options.ageMaxMs ?? AGENT_LIMITS.spoolAgeMs.value);
    const goalBytes = evictionGoal(this.#bytes, bytesMax);
    try {
      while (this.#stored > 0 && this.#evictStep(goalBytes, oldestMs)) {}
    } catch (error) {
      this.#failed(error);
    }
    for (const [boot, id] of this.#bootIds)
      if (boot !== this.boot && !this.#rows.holdsBoot(id)) this.#bootIds.delete(boot);
  }

  /** One step of it; true when there may be more. */
  #evictStep(goalBytes: number, oldestMs: number): boolean {
    const gone = this.#eviction.next(this.#rows, { bytes: this.#bytes, goalBytes, oldestMs });
    const last = gone.at(-1);
    if (last === undefined) return false;
    const dropped = new Dropped(this.#dropped.state);
    for (const { reason, boot, seq } of gone)
      dropped.countResult(reason, boot, seq, this.#mayBeHeld(boot, seq));
    this.#rows.transaction(() => {
      this.#rows.removeTo(last);
      this.#rows.setDropped(dropped.state);
    });
    this.#dropped = dropped;
    this.#stored -= gone.length;
    this.#bytes -= gone.reduce((sum, { bytes }) => sum + bytes, 0);
    return true;
  }

  #mayBeHeld(boot: string, seq: number): boolean {
    const sent = this.#sent.get(boot);
    return sent === undefined ? boot !== this.boot : seq <= sent;
  }

  /** Commits within `withinMs`; while the disk takes nothing, when it is to be asked again. */
  #arm(withinMs: number = AGENT_LIMITS.spoolCommitMs.value): void {
    if (this.#closed) return;
    const { clock, timers } = this.#options;
    const delayMs = this.#failing ? AGENT_LIMITS.spoolRetryMs.value : withinMs;
    const dueMs = clock.monotonicMs() + delayMs;
    if (this.#cancel && this.#dueMs <= dueMs) return;
    this.#cancel?.();
    this.#dueMs = dueMs;
    this.#cancel = timers.after(delayMs, () => this.commit());
  }

  #failed(error: unknown): void {
    if (!this.#failing) this.#options.onTrouble?.(writeTrouble(error, this.#file), error);
    this.#failing = true;
    this.#arm();
  }
}
