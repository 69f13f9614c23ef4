/**
 * Where the results of a simulated agent wait: in memory, as no more than their slots. Otherwise it keeps the contract of the
 * spool on disk: seqs without gaps, everything until it is acknowledged, the oldest dropped past the limit and counted.
 */
import { Dropped } from '../../agent/dropped.ts';
import type { ResultSource } from '../../agent/result-source.ts';
import type { Trigger } from '../../probes/outcome.ts';
import type { Clock } from '../../probes/probe.ts';
import type { RecordBatch, ResultRecord } from '../../protocol/record.ts';
import type { SimCheck } from './check-table.ts';
import type { Tally } from './tally.ts';

/** A result as it waits. */
export interface Waiting {
  readonly check: SimCheck;
  readonly slotMs: number;
  readonly latenessMs: number;
  /** The simulator was too late to run the slot. */
  readonly missed: boolean;
  /** Of a run that somebody asked for. */
  readonly asked?: { readonly trigger: Trigger; readonly requestId: string };
}

export interface MemorySpoolOptions {
  readonly boot: string;
  readonly clock: Clock;
  readonly tally: Tally;
  /** Results held at most. */
  readonly resultsMax: number;
  makeRecord(waiting: Waiting, seq: number): ResultRecord;
}

interface Entry {
  readonly waiting: Waiting;
  /** Monotonic, for the time to the ack. */
  readonly madeMs: number;
}

/** Space of acknowledged results is given back from this many on. */
const COMPACT_AT = 32;

export class MemorySpool implements ResultSource {
  readonly boot: string;
  readonly #options: MemorySpoolOptions;
  readonly #dropped = new Dropped();
  /** From `#head` on those that wait, of seq `#firstSeq` and up; undefined where one was given up. */
  #entries: (Entry | undefined)[] = [];
  #head = 0;
  #firstSeq = 1;
  #lastSeq = 0;
  #pending = 0;
  /** As the tally has it. */
  #droppedCount = 0;
  /** Highest seq sent in this session, and ever. */
  #sent = 0;
  #everSent = 0;

  constructor(options: MemorySpoolOptions) {
    this.#options = options;
    this.boot = options.boot;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get pending(): number {
    return this.#pending;
  }

  /** Results given up, by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return this.#dropped.byReason();
  }

  /** How long the oldest result has waited, milliseconds; 0 when there is none. */
  get oldestAgeMs(): number {
    const oldest = this.#entry(this.#firstSeq);
    return oldest ? this.#options.clock.monotonicMs() - oldest.madeMs : 0;
  }

  boots(): string[] {
    return [this.boot];
  }

  add(waiting: Waiting): void {
    const { clock, resultsMax, tally } = this.#options;
    this.#entries.push({ waiting, madeMs: clock.monotonicMs() });
    this.#lastSeq += 1;
    this.#pending += 1;
    tally.made += 1;
    if (waiting.missed) tally.missed += 1;
    if (waiting.asked) tally.asked += 1;
    while (this.#pending > resultsMax) this.#evictOldest();
  }

  read(boot: string, afterSeq: number, limit: number): RecordBatch {
    const records: ResultRecord[] = [];
    if (boot !== this.boot) return { boot, records };
    const from = Math.max(afterSeq + 1, this.#firstSeq);
    for (let seq = from; seq <= this.#lastSeq && records.length < limit; seq += 1) {
      const entry = this.#entry(seq);
      if (entry) records.push(this.#options.makeRecord(entry.waiting, seq));
      else if (records.length > 0) break;
    }
    return { boot, records };
  }

  sent(boot: string, seq: number): void {
    if (boot !== this.boot) return;
    const { tally } = this.#options;
    const fresh = Math.max(0, seq - Math.max(this.#everSent, this.#firstSeq - 1));
    tally.sent += fresh;
    tally.resent += Math.max(0, Math.min(seq, this.#everSent) - this.#sent);
    this.#sent = Math.max(this.#sent, seq);
    this.#everSent = Math.max(this.#everSent, seq);
  }

  acked(boot: string, seq: number): void {
    if (boot !== this.boot) return;
    const { clock, tally } = this.#options;
    // What was dropped on its way and has arrived all the same was not lost.
    this.#dropped.held(boot, seq);
    tally.acked += this.#droppedCount - this.#recountDropped();
    const nowMs = clock.monotonicMs();
    const until = Math.min(seq, this.#lastSeq);
    while (this.#firstSeq <= until) {
      const entry = this.#takeFirst();
      if (!entry) continue;
      this.#pending -= 1;
      tally.countAck(nowMs - entry.madeMs);
    }
  }

  heldAtStart(boot: string, seq: number): void {
    this.acked(boot, seq);
    if (boot !== this.boot) return;
    this.#dropped.settle(boot);
    this.#sent = seq;
  }

  drop(boot: string, seq: number, reason: string): boolean {
    if (boot !== this.boot || !this.#entry(seq)) return true;
    this.#entries[this.#head + seq - this.#firstSeq] = undefined;
    this.#pending -= 1;
    this.#dropped.count(reason, 1);
    this.#recountDropped();
    return true;
  }

  commit(): boolean {
    return true;
  }

  #entry(seq: number): Entry | undefined {
    return seq < this.#firstSeq ? undefined : this.#entries[this.#head + seq - this.#firstSeq];
  }

  #evictOldest(): void {
    const seq = this.#firstSeq;
    if (!this.#takeFirst()) return;
    this.#pending -= 1;
    this.#dropped.countResult('spool_full', this.boot, seq, seq <= this.#sent);
    this.#recountDropped();
  }

  #takeFirst(): Entry | undefined {
    const entry = this.#entries[this.#head];
    this.#entries[this.#head] = undefined;
    this.#head += 1;
    this.#firstSeq += 1;
    if (this.#head === this.#entries.length) {
      this.#entries = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** Brings the tally up to date; returns how many are dropped now. */
  #recountDropped(): number {
    let count = 0;
    for (const ofReason of Object.values(this.#dropped.byReason())) count += ofReason;
    this.#options.tally.dropped += count - this.#droppedCount;
    this.#droppedCount = count;
    return count;
  }
}
