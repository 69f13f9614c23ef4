/** Limits of the store, each with its reason. */
export const STORE_LIMITS = {
  embeddedConcurrency: {
    value: 2,
    reason:
      'Each statement of the embedded engine holds one of Node’s four pool threads: one stays for inserts, one for files and names.',
    past: 'Further statements wait their turn.',
  },
  embeddedWaiting: {
    value: 200,
    reason: 'Statements that wait for a turn: beyond this the store is slower than its readers.',
    past: 'The statement is refused with `busy`.',
  },
  requestMs: {
    value: 30_000,
    reason: 'A server that does not answer within this is treated as gone; blocks are retried.',
    past: 'The statement fails with `unreachable`.',
  },
  shardHandshakeMs: {
    value: 2000,
    reason: 'A server of the cluster that takes a connection and does not greet is stopped, not slow.',
    past: 'Its shard counts as one that does not answer.',
  },
  queryMs: {
    value: 20_000,
    reason: 'Our own queries read minutes to a day; a longer one is a mistake that must not pile up.',
    past: 'ClickHouse stops it.',
  },
  personMemoryBytes: {
    value: 1024 * 1024 * 1024,
    reason: 'The embedded engine shares its process with ingest.',
    past: 'ClickHouse stops the query.',
  },
  personResultBytes: {
    value: 32 * 1024 * 1024,
    reason: 'An answer is held in memory whole, once as text and once parsed.',
    past: 'The answer ends with the row, or with the block of rows, that goes past it, and says `truncated`.',
  },
  personSqlBytes: {
    value: 64 * 1024,
    reason: 'A query that people write; not a data load.',
    past: 'The query is refused.',
  },
} as const;
