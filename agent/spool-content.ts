/** What a spool holds at the moment when it is opened. */
import { Dropped } from './dropped.ts';
import type { SpoolRows, Weight } from './spool-rows.ts';

export interface SpoolContent {
  readonly rows: SpoolRows;
  /** Boots that results are held of, the oldest first, by name. */
  readonly boots: ReadonlyMap<string, number>;
  readonly dropped: Dropped;
  /** Of all results. */
  readonly weight: Weight;
  /** When the spool was made, Unix milliseconds; undefined of one that is new. */
  readonly createdMs: number | undefined;
  /** See `Spool.stoppedAtMs`. */
  readonly stoppedAtMs: number | undefined;
}

/** Reads all of it but bodies, and every page that they are on: a file that is broken throws SQLite’s error here. */
export function readContent(rows: SpoolRows): SpoolContent {
  const createdAt = rows.meta('created_ms');
  const stoppedAt = rows.meta('stopped_at_ms') ?? '';
  const held = rows.boots().filter(({ id }) => rows.holdsBoot(id));
  return {
    rows,
    boots: new Map(held.map(({ boot, id }) => [boot, id])),
    dropped: new Dropped({
      counts: new Map(rows.dropped().map(({ reason, count }) => [reason, count])),
      doubtful: JSON.parse(rows.meta('doubtful') ?? '[]'),
    }),
    weight: rows.weighAll(),
    createdMs: createdAt === undefined ? undefined : Number(createdAt),
    stoppedAtMs: stoppedAt === '' ? undefined : Number(stoppedAt),
  };
}
