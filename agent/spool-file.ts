/** The database file of the spool: opening it for one process alone, its tables, and its errors in words. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  -- Boots in the order in which they began: results are sent in the order of (boot id, seq).
  CREATE TABLE boots (id INTEGER PRIMARY KEY AUTOINCREMENT, boot TEXT NOT NULL UNIQUE);
  CREATE TABLE results (
    boot_id INTEGER NOT NULL, seq INTEGER NOT NULL, stored_ms INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (boot_id, seq)
  ) WITHOUT ROWID;
  CREATE TABLE dropped (reason TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
  -- Per check the slots that have ended, as JSON ranges of slot numbers.
  CREATE TABLE settled (check_key TEXT PRIMARY KEY, ranges TEXT NOT NULL) WITHOUT ROWID;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** SQLite result codes (sqlite.org/rescode.html) that decide what happens next. */
const CODES = { busy: 5, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** Why the spool cannot be used, for people. */
export class SpoolError extends Error {
  readonly code: 'in_use' | 'newer' | 'unusable';
  readonly hint: string;
  constructor(code: SpoolError['code'], message: string, hint: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'SpoolError';
    this.code = code;
    this.hint = hint;
  }
}

/** The primary result code of an SQLite error; 0 for any other. */
export function sqliteCode(error: unknown): number {
  return ((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff;
}

export function isDiskFull(error: unknown): boolean {
  return sqliteCode(error) === CODES.full;
}

/** Why nothing can be stored now, for people. */
export function writeTrouble(error: unknown, file: string): string {
  const what = isDiskFull(error) ? `The disk of ${file} is full` : `The spool ${file} cannot be written`;
  return `${what}: results are kept in memory, and the oldest dropped.`;
}

export interface OpenedFile<T> {
  readonly database: DatabaseSync;
  readonly content: T;
  /** Where a broken spool was put aside; what it held is lost. */
  readonly asideFile?: string;
}

/**
 * Opens or creates the file and reads it by `read`; throws `SpoolError`. A broken file is put aside (`-broken-TIME`) and a new
 * one made: an agent that can probe is worth more than the results that nobody can read.
 */
export function openSpoolFile<T>(
  file: string,
  nowMs: number,
  read: (database: DatabaseSync) => T,
): OpenedFile<T> {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openAndRead(file, read);
  } catch (error) {
    const code = sqliteCode(error);
    if (code === CODES.corrupt || code === CODES.notADatabase) {
      const asideFile = `${file}-broken-${Math.floor(nowMs)}`;
      for (const suffix of ['', '-wal', '-shm'])
        if (existsSync(file + suffix)) renameSync(file + suffix, asideFile + suffix);
      return { ...openAndRead(file, read), asideFile };
    }
    throw explain(error, file);
  }
}

function openAndRead<T>(file: string, read: (database: DatabaseSync) => T): OpenedFile<T> {
  const database = open(file);
  try {
    return { database, content: read(database) };
  } catch (error) {
    database.close();
    throw error;
  }
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // One process alone: SQLite then holds the lock for as long as the file is open, and needs no shared memory.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    // Survives kill -9 whole; a power cut may take the last commits, never the file (sqlite.org/pragma.html#pragma_synchronous).
    database.exec('PRAGMA synchronous = NORMAL');
    // Checkpoints wait for the disk: the agent does them when no run is under way.
    database.exec('PRAGMA wal_autocheckpoint = 0');
    database.exec('PRAGMA cache_size = -512');
    database.exec('BEGIN EXCLUSIVE');
    const version = database.prepare('PRAGMA user_version').get()?.user_version as number;
    if (version > SCHEMA_VERSION)
      throw new SpoolError(
        'newer',
        `The spool ${file} is of a newer version (${version}; this agent reads up to ${SCHEMA_VERSION}).`,
        'Start the newer agent again, or give this one another data directory.',
      );
    if (version === 0) database.exec(SCHEMA);
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** An error on opening, in words. */
export function explain(error: unknown, file: string): SpoolError {
  if (error instanceof SpoolError) return error;
  if (sqliteCode(error) === CODES.busy)
    return new SpoolError(
      'in_use',
      `Another process uses the spool ${file}.`,
      'Two agents cannot share a data directory: stop the other one, or give this one a directory of its own.',
      error,
    );
  return new SpoolError(
    'unusable',
    `The spool ${file} cannot be opened: ${error instanceof Error ? error.message : String(error)}.`,
    'The data directory must exist or be creatable, be writable, and have a few MB free.',
    error,
  );
}
