/**
 * Evidence on its way to the collector: a small file of its own beside the spool of results, so that it can neither crowd results
 * out nor hold them up. What does not fit is given up, the oldest first, and counted.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../probes/probe.ts';
import { EVIDENCE_SPOOL_LIMITS } from './limits.ts';

export interface EvidenceEntry {
  /** See `sessionIdOf`: names the run at the collector too. */
  readonly run: string;
  readonly probe: string;
  readonly target: string;
  /** The slot, Unix milliseconds. */
  readonly atMs: number;
  /** JSON of an `Evidence`. */
  readonly text: string;
}

export interface EvidenceSpoolOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  /** Something to tell people; the agent goes on. */
  onTrouble(message: string, error?: unknown): void;
}

const SCHEMA = `CREATE TABLE IF NOT EXISTS evidence (
  id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, probe TEXT NOT NULL, target TEXT NOT NULL, at_ms REAL NOT NULL, body TEXT NOT NULL
)`;
/** Another process may hold the file for a moment while it hands over. */
const BUSY_MS = 200;
const MS_PER_SECOND = 1000;

export class EvidenceSpool {
  readonly #options: EvidenceSpoolOptions;
  readonly #database: DatabaseSync;
  #tokens: number = EVIDENCE_SPOOL_LIMITS.burst.value;
  #filledMs: number;
  #givenUp = 0;
  #closed = false;

  /** Never throws: without its file it keeps what it can in memory. */
  constructor(options: EvidenceSpoolOptions) {
    this.#options = options;
    this.#filledMs = options.clock.monotonicMs();
    this.#database = this.#open();
  }

  /** Evidence given up since the start of this process: for want of room, or because failures came too fast. */
  get givenUp(): number {
    return this.#givenUp;
  }

  get pending(): number {
    return this.#weight().count;
  }

  /** True when there is room for the evidence of one more failure now: it takes that room. */
  admit(): boolean {
    const { perSecond, burst } = EVIDENCE_SPOOL_LIMITS;
    const nowMs = this.#options.clock.monotonicMs();
    const gained = ((nowMs - this.#filledMs) / MS_PER_SECOND) * perSecond.value;
    this.#tokens = Math.min(burst.value, this.#tokens + gained);
    this.#filledMs = nowMs;
    if (this.#tokens < 1) {
      this.#givenUp += 1;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  keep({ run, probe, target, atMs, text }: EvidenceEntry): void {
    this.#guard(() => {
      const sql = 'INSERT OR REPLACE INTO evidence (run, probe, target, at_ms, body) VALUES (?, ?, ?, ?, ?)';
      this.#database.prepare(sql).run(run, probe, target, atMs, text);
      this.#makeRoom();
    });
  }

  /** The oldest. */
  next(): EvidenceEntry | undefined {
    return this.#guard(() => {
      const sql = 'SELECT run, probe, target, at_ms AS atMs, body AS text FROM evidence ORDER BY id LIMIT 1';
      return this.#database.prepare(sql).get() as EvidenceEntry | undefined;
    });
  }

  /** The collector has it, or will never take it. */
  done(run: string): void {
    this.#guard(() => this.#database.prepare('DELETE FROM evidence WHERE run = ?').run(run));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#database.close();
  }

  #makeRoom(): void {
    const { entries, spoolBytes } = EVIDENCE_SPOOL_LIMITS;
    for (let weight = this.#weight(); weight.count > entries.value || weight.bytes > spoolBytes.value; ) {
      this.#database.exec('DELETE FROM evidence WHERE id = (SELECT min(id) FROM evidence)');
      this.#givenUp += 1;
      weight = this.#weight();
    }
  }

  #weight(): { readonly count: number; readonly bytes: number } {
    const sql = 'SELECT count(*) AS count, coalesce(sum(octet_length(body)), 0) AS bytes FROM evidence';
    const weight = this.#guard(() => this.#database.prepare(sql).get());
    return (weight ?? { count: 0, bytes: 0 }) as { count: number; bytes: number };
  }

  #open(): DatabaseSync {
    const file = join(this.#options.dataDir, 'evidence.db');
    try {
      mkdirSync(this.#options.dataDir, { recursive: true });
      return opened(file);
    } catch (error) {
      this.#options.onTrouble('The evidence of earlier failures cannot be read, and is given up.', error);
    }
    try {
      for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
      return opened(file);
    } catch (error) {
      this.#options.onTrouble('The evidence of failures is kept in memory: its file cannot be made.', error);
      return opened(':memory:');
    }
  }

  /** A full disk costs evidence, never a run. */
  #guard<T>(work: () => T): T | undefined {
    if (this.#closed) return undefined;
    try {
      return work();
    } catch (error) {
      this.#givenUp += 1;
      this.#options.onTrouble('The evidence of a failure was given up.', error);
      return undefined;
    }
  }
}

function opened(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    database.exec('PRAGMA journal_mode = WAL');
    // A power cut may take the last of it: it is evidence, not a result.
    database.exec('PRAGMA synchronous = OFF');
    database.exec('PRAGMA cache_size = -256');
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
