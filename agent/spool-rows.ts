/** The SQL of the spool, statement by statement; policy and bookkeeping are in spool.ts. */
import type { DatabaseSync } from 'node:sqlite';
import type { DroppedState } from './dropped.ts';

/** What a row costs beside its body, roughly: key, header, share of the page. */
const ROW_BYTES = 32;

/** Some rows and what they weigh. */
export interface Weight {
  readonly count: number;
  readonly bytes: number;
}

export interface OldRow {
  readonly boot: string;
  readonly bootId: number;
  readonly seq: number;
  readonly storedMs: number;
  readonly bytes: number;
}

export type SpoolRows = ReturnType<typeof spoolRows>;

export function rowBytes(body: string): number {
  return Buffer.byteLength(body) + ROW_BYTES;
}

export function spoolRows(database: DatabaseSync) {
  const weigh = `SELECT count(*) AS count, coalesce(sum(octet_length(body) + ${ROW_BYTES}), 0) AS bytes FROM results`;
  const sql = {
    insert: database.prepare('INSERT INTO results (boot_id, seq, stored_ms, body) VALUES (?, ?, ?, ?)'),
    read: database.prepare(
      'SELECT seq, body FROM results WHERE boot_id = ? AND seq > ? ORDER BY seq LIMIT ?',
    ),
    weighAll: database.prepare(weigh),
    weigh: database.prepare(`${weigh} WHERE boot_id = ? AND seq BETWEEN ? AND ?`),
    remove: database.prepare('DELETE FROM results WHERE boot_id = ? AND seq BETWEEN ? AND ?'),
    oldest: database.prepare(
      `SELECT boot, boot_id AS bootId, seq, stored_ms AS storedMs, octet_length(body) + ${ROW_BYTES} AS bytes
       FROM results JOIN boots ON boots.id = boot_id ORDER BY boot_id, seq LIMIT ?`,
    ),
    removeTo: database.prepare('DELETE FROM results WHERE (boot_id, seq) <= (?, ?)'),
    holds: database.prepare('SELECT 1 FROM results WHERE boot_id = ? LIMIT 1'),
    addBoot: database.prepare('INSERT INTO boots (boot) VALUES (?) RETURNING id'),
    removeBoot: database.prepare('DELETE FROM boots WHERE id = ?'),
    boots: database.prepare('SELECT id, boot FROM boots ORDER BY id'),
    settle: database.prepare('INSERT OR REPLACE INTO settled (check_key, ranges) VALUES (?, ?)'),
    unsettle: database.prepare('DELETE FROM settled WHERE check_key = ?'),
    settled: database.prepare('SELECT check_key AS key, ranges FROM settled'),
    setDropped: database.prepare('INSERT OR REPLACE INTO dropped (reason, count) VALUES (?, ?)'),
    addDropped: database.prepare(
      `INSERT INTO dropped (reason, count) VALUES (?, ?)
       ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count`,
    ),
    dropped: database.prepare('SELECT reason, count FROM dropped'),
    setMeta: database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)'),
    meta: database.prepare('SELECT value FROM meta WHERE key = ?'),
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
  };
  const boots = () => sql.boots.all() as unknown as readonly { id: number; boot: string }[];
  return {
    insert(bootId: number, seq: number, storedMs: number, body: string): void {
      sql.insert.run(bootId, seq, Math.floor(storedMs), body);
    },
    read(bootId: number, afterSeq: number, limit: number) {
      return sql.read.all(bootId, afterSeq, limit) as unknown as readonly { seq: number; body: string }[];
    },
    weighAll: () => sql.weighAll.get() as unknown as Weight,
    /** Removes the results of a boot from `from` to `to`, both included, and says what they weighed. */
    remove(bootId: number, from: number, to: number): Weight {
      const weight = sql.weigh.get(bootId, from, to) as unknown as Weight;
      if (weight.count > 0) sql.remove.run(bootId, from, to);
      return weight;
    },
    oldest: (limit: number) => sql.oldest.all(limit) as unknown as readonly OldRow[],
    /** Removes every result up to this one. */
    removeTo: (row: Pick<OldRow, 'bootId' | 'seq'>) => void sql.removeTo.run(row.bootId, row.seq),
    holdsBoot: (bootId: number) => sql.holds.get(bootId) !== undefined,
    /** Adds a boot, and forgets those that are not `kept`: nothing is held of them. */
    beginBoot(boot: string, kept: ReadonlyMap<string, number>): number {
      for (const known of boots()) if (!kept.has(known.boot)) sql.removeBoot.run(known.id);
      return (sql.addBoot.get(boot) as { id: number }).id;
    },
    boots,
    settle: (key: string, ranges: string) => void sql.settle.run(key, ranges),
    unsettle: (key: string) => void sql.unsettle.run(key),
    settled: () => sql.settled.all() as unknown as readonly { key: string; ranges: string }[],
    setDropped({ counts, doubtful }: DroppedState): void {
      for (const [reason, count] of counts) sql.setDropped.run(reason, count);
      sql.setMeta.run('doubtful', JSON.stringify(doubtful));
    },
    addDropped: (reason: string, count: number) => void sql.addDropped.run(reason, count),
    dropped: () => sql.dropped.all() as unknown as readonly { reason: string; count: number }[],
    setMeta: (key: string, value: string) => void sql.setMeta.run(key, value),
    meta: (key: string) => (sql.meta.get(key) as { value: string } | undefined)?.value,
    /** Runs `work` in one transaction: all of it, or nothing and the error. */
    transaction<T>(work: () => T): T {
      sql.begin.run();
      try {
        const result = work();
        sql.commit.run();
        return result;
      } catch (error) {
        // SQLite rolls some failures back by itself, a full disk among them.
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
  };
}
