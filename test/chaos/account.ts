/**
 * The agent's own account of what it numbered, kept by a trigger in the database of its spool: written in the very transaction that
 * stores a result, it is true after any crash, and stays when the result has been acknowledged and deleted.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSpoolFile } from '../../agent/spool-file.ts';

/** What names a result, and what it says in short: the same in the spool and in the table. */
export interface Entry {
  readonly boot: string;
  /** From 1 on within the boot, without gaps. */
  readonly seq: number;
  readonly probe: string;
  readonly target: string;
  readonly scheduledMs: number;
  readonly trigger: string;
  readonly outcome: string;
}

export interface SpoolAccount {
  /** Every result that the spool ever stored. */
  readonly numbered: readonly Entry[];
  /** Those that it still holds. */
  readonly pending: readonly Entry[];
  /** Given up, by reason, since the spool was made. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Spools that were put aside as broken: what they held is lost. */
  readonly brokenFiles: readonly string[];
}

const ACCOUNT = `
CREATE TABLE chaos_boots (id INTEGER PRIMARY KEY, boot TEXT NOT NULL);
CREATE TABLE chaos_results (
  boot_id INTEGER NOT NULL, seq INTEGER NOT NULL, probe TEXT, target TEXT, scheduled_ms REAL, run_trigger TEXT, outcome TEXT,
  PRIMARY KEY (boot_id, seq)
) WITHOUT ROWID;
CREATE TRIGGER chaos_boot AFTER INSERT ON boots BEGIN
  INSERT INTO chaos_boots VALUES (NEW.id, NEW.boot);
END;
CREATE TRIGGER chaos_result AFTER INSERT ON results BEGIN
  INSERT INTO chaos_results VALUES (
    NEW.boot_id, NEW.seq, NEW.body ->> '$.probe', NEW.body ->> '$.target', NEW.body ->> '$.scheduledMs',
    NEW.body ->> '$.trigger', NEW.body ->> '$.outcome'
  );
END;`;

const ENTRIES = `SELECT b.boot, r.seq, probe, target, scheduled_ms AS scheduledMs, run_trigger AS "trigger", outcome
FROM chaos_results AS r JOIN chaos_boots AS b ON b.id = r.boot_id`;

export function spoolFileOf(dataDir: string): string {
  return join(dataDir, 'spool.db');
}

/** Makes the spool of an agent that never ran, with the account in it. */
export function openAccount(dataDir: string): void {
  openSpoolFile(spoolFileOf(dataDir), Date.now(), (opened) => opened.exec(ACCOUNT)).database.close();
}

/** Reads the account of an agent that does not run. */
export function readAccount(dataDir: string): SpoolAccount {
  const file = spoolFileOf(dataDir);
  const database = new DatabaseSync(file);
  try {
    const all = <T>(sql: string): readonly T[] => database.prepare(sql).all() as unknown as readonly T[];
    const dropped = all<{ reason: string; count: number }>(
      'SELECT reason, count FROM dropped WHERE count > 0',
    );
    return {
      numbered: all<Entry>(`${ENTRIES} ORDER BY r.boot_id, r.seq`),
      pending: all<Entry>(`${ENTRIES} WHERE (r.boot_id, r.seq) IN (SELECT boot_id, seq FROM results)`),
      dropped: Object.fromEntries(dropped.map(({ reason, count }) => [reason, count])),
      brokenFiles: readdirSync(dirname(file)).filter((name) => /broken-\d+$/.test(name)),
    };
  } finally {
    database.close();
  }
}

/** How many results an agent that does not run still holds; 0 for one that never had a spool. */
export function pendingOf(dataDir: string): number {
  return existsSync(spoolFileOf(dataDir)) ? readAccount(dataDir).pending.length : 0;
}
